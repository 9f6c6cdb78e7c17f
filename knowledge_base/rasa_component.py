"""Searches the knowledge base inside Rasa's pipeline, with the sentence vector that the message already has."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from sqlalchemy import func, select

from knowledge_base.guides import prepare
from knowledge_base.index import load_index
from knowledge_base.models import GuideRow
from knowledge_base.search import search
from storage import reading

FRESH_FOR = 2.0
"""Seconds for which the guides are taken to be unchanged; staff's edits are found soon after."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class GuideSearch(GraphComponent):
    """Sets the property `guides`: the decision and the nearest guides."""

    def __init__(self) -> None:
        prepare()
        self._state = _state_of_guides()
        self._index = load_index()
        self._checked = time.monotonic()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> GuideSearch:
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        self._refresh()
        for message in messages:
            features = message.get_dense_features(TEXT)[1] if message.features else None
            if features is not None:
                found = search(self._index, message.get(TEXT), features.features[0])
                message.set("guides", asdict(found), add_to_output=True)
        return messages

    def _refresh(self) -> None:
        if time.monotonic() - self._checked < FRESH_FOR:
            return
        self._checked = time.monotonic()
        if (state := _state_of_guides()) != self._state:
            self._index, self._state = load_index(), state


def _state_of_guides() -> tuple:
    with reading() as session:
        return tuple(session.execute(select(func.count(), func.max(GuideRow.updated_at)).select_from(GuideRow)).one())
