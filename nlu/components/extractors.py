"""Finds what has a form: places, report numbers, ways to be reached, times."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    EXTRACTOR,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message

from nlu.contacts import contacts
from nlu.pinyin import to_characters
from nlu.places import PARTS, locate
from nlu.times import times

_SIGN = "0-9A-Za-z０-９Ａ-Ｚａ-ｚ"
_BETWEEN = r"[\s\-–—－_.]{0,2}"
"""The dash of a Chinese keyboard is two long ones."""
PATTERNS = {
    "report_number": re.compile(
        rf"(?<![{_SIGN}])[2２][0０]\d{{6}}{_BETWEEN}[{_SIGN}]{{4}}{_BETWEEN}[{_SIGN}]{{5}}(?![{_SIGN}])"
    ),
    # A code alone is known by its shape, as it was given; words with a hyphen and telephone numbers have another.
    "link_code": re.compile(
        r"(?i:关联码|關聯碼|link code)(?:是|is|\W)*([2-9A-Za-z]{4}-?[2-9A-Za-z]{4})(?![0-9A-Za-z])"
        r"|(?<![0-9A-Za-z-])([A-Z]{2}[2-9][A-Z]-[A-Z]{2}[2-9][A-Z])(?![0-9A-Za-z-])"
    ),
}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class FormExtractor(EntityExtractorMixin, GraphComponent):
    """Entities named in `PATTERNS`, `time`, `district`, `subdistrict` and `address`; and the property `location`."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FormExtractor:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT) or ""
            location = asdict(locate(to_characters(text)))
            found = [_entity(kind, _named(m), m.span()) for kind, p in PATTERNS.items() for m in p.finditer(text)]
            found += [_entity(kind, value, span) for kind, value, span in contacts(text)]
            found += [_entity("time", m[0], m.span()) for m in times(text)]
            found += [_entity(part, location[part], _span(text, location[part])) for part in PARTS if location[part]]
            message.set("location", location, add_to_output=True)
            message.set(ENTITIES, [*message.get(ENTITIES, []), *found], add_to_output=True)
        return messages


def _named(match: re.Match) -> str:
    """What stands in the group that matched, of a pattern with groups."""
    return next((group for group in match.groups() if group), match[0])


def _span(text: str, value: str) -> tuple[int, int]:
    """Where the value stands; one that follows from another name (浦东 → 浦东新区) covers the whole text."""
    start = text.find(value)
    return (start, start + len(value)) if start >= 0 else (0, len(text))


def _entity(kind: str, value: str, span: tuple[int, int]) -> dict[str, Any]:
    return {
        ENTITY_ATTRIBUTE_TYPE: kind,
        ENTITY_ATTRIBUTE_VALUE: value,
        ENTITY_ATTRIBUTE_START: span[0],
        ENTITY_ATTRIBUTE_END: span[1],
        EXTRACTOR: FormExtractor.__name__,
    }
