"""Searches the knowledge base inside Rasa's pipeline, with the sentence vector that the message already has."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import asdict
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from sqlalchemy import func, select

from knowledge_base.aspects import may_ask, names_within, subject_of
from knowledge_base.guides import prepare
from knowledge_base.index import load_index
from knowledge_base.models import GuideRow
from knowledge_base.search import search
from nlu.encoder import normalize, query_vector
from storage import reading

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""Between two looks for what staff edited."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class GuideSearch(GraphComponent):
    """Sets the property `guides`: the decision, the nearest guides, and what of the words stands in names of guides;
    of a message that can't be about one, nothing."""

    def __init__(self) -> None:
        prepare()
        self._state = _state_of_guides()
        self._index = load_index()
        # Beside the conversation: a new index takes a second or two to build at a city's size.
        threading.Thread(target=self._keep_fresh, name="guides", daemon=True).start()

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
        index = self._index
        for message in messages:
            features = message.get_dense_features(TEXT)[1] if message.features else None
            if features is not None and may_ask(message.get(INTENT) or {}):
                found = search(index, *_question(message, features.features[0]))
                named = names_within(found.query, index.pieces_of_names)
                message.set("guides", {**asdict(found), "named": named}, add_to_output=True)
        return messages

    def _keep_fresh(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            try:
                if (state := _state_of_guides()) != self._state:
                    self._index, self._state = load_index(), state
            except Exception:  # the database may be away for a while; the old index answers until then
                log.exception("guides.refresh_failed")


def _question(message: Message, vector: np.ndarray) -> tuple[str, np.ndarray]:
    """The question of a message with its vector: of one that tells something else too, the part that asks; without the words
    that only connect it to what was said before."""
    text = message.get(TEXT)
    asked = next(iter(message.get("questions") or ()), None) or subject_of(text)
    return (asked, query_vector(asked)) if asked != normalize(text) else (text, vector)


def _state_of_guides() -> tuple:
    with reading() as session:
        return tuple(session.execute(select(func.count(), func.max(GuideRow.updated_at)).select_from(GuideRow)).one())
