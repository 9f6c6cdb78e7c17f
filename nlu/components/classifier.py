"""Tells what a message is about: its intent and, in the same pass, category, kind and urgency (`nlu.matter`).

The labels of a training text stand beside it in the training data: the intent as always, `category`, `kind` and
`urgent` in its metadata.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu import encoder
from nlu.categories import OTHER, categories, category
from nlu.danger import Danger, find_danger
from nlu.matter import MatterModel, Ranking
from nlu.parts import parts_of

CATEGORY, KIND, URGENT = "category", "kind", "urgent"
QUESTIONS = (INTENT, CATEGORY, KIND, URGENT)
TALK = frozenset(
    [
        "greet",
        "goodbye",
        "thank",
        "affirm",
        "deny",
        "cancel",
        "start_over",
        "bot_challenge",
        "capabilities",
        "human",
        "repeat",
        "why_contact",
        "out_of_scope",
        "language_simple",
        "english",
        "check_report",
        "my_reports",
    ]
)
"""Intents that are about no matter at all: their kind is unknown."""
ABOUT_A_REPORT = frozenset(("emergency", "self_harm", "withdraw_report", "supplement", "rate", "reopen"))
"""Intents that a report's number may go with; with any other, the number is asked about."""
SURE = 0.5
DANGERS = ("emergency", "self_harm")
DANGER_FROM = 0.15
"""Chance of a danger from which it is met: of unseen training texts that finds nine of ten and is wrong in 1.4 % of the others."""
LIKELIEST = 3
"""Categories that a conversation keeps of each message: all of them would make up most of what it stores and reads again."""
MOST_MATTERS = 4
"""Parts of one message that are looked at."""
FILE = "matter.skops"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MatterClassifier(IntentClassifier, GraphComponent):
    """Sets `intent` and the properties `matter` (kind, urgent, category, the likeliest ones, department), `matters`, if
    several, and `ranking` of all categories, which is not kept with the conversation."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [Featurizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"random_state": 42}

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._model = MatterModel(seed=config["random_state"])
        self._model_storage = model_storage
        self._resource = resource

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MatterClassifier:
        return cls(config, model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """The categories are read from a file that Rasa does not know of."""
        return ",".join(categories())

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Numbers only; a wrong one fails in training by name."""

    def train(self, training_data: TrainingData) -> Resource:
        examples = [m for m in training_data.intent_examples if m.get(TEXT) and m.get(INTENT)]
        labels = {question: [_label(m, question) for m in examples] for question in QUESTIONS}
        self._model.fit([m.get(TEXT) for m in examples], _vectors(examples), labels)
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder / FILE)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        written = [m for m in messages if m.get(TEXT) and m.features]
        if written and self._model.heads:
            rankings = self._model.rankings([m.get(TEXT) for m in written], _vectors(written))
            for message, ranking in zip(written, rankings, strict=True):
                self._say(message, ranking)
                message.set("matters", self._matters(message.get(TEXT)), add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def _matters(self, text: str) -> list[dict[str, Any]]:
        """The several matters of one message, each with its words; empty if it is about one."""
        parts = parts_of(text)[:MOST_MATTERS]
        if len(parts) < 2:
            return []
        found: dict[str, dict[str, Any]] = {}
        vectors = np.stack(list(map(encoder.query_vector, parts)))
        for part, ranking in zip(parts, self._model.rankings(parts, vectors), strict=True):
            (intent, _), (code, confidence) = ranking[INTENT][0], ranking[CATEGORY][0]
            if intent in ("report", "emergency") and confidence > SURE:
                matter = _matter(*_kind_and_urgency(intent, ranking), ranking[CATEGORY])
                found.setdefault(code, {"text": part, **matter})
        return list(found.values()) if len(found) > 1 else []

    def _say(self, message: Message, ranking: dict[str, Ranking]) -> None:
        danger = find_danger(message.get(TEXT))
        # What the model never saw ranks last: the contract names all codes.
        codes = ranking[CATEGORY] + [(code, 0.0) for code in categories() if code not in dict(ranking[CATEGORY])]
        if danger:
            codes = sorted(codes, key=lambda pair: pair[0] != danger.category)
        intents = [{"name": name, "confidence": confidence} for name, confidence in ranking[INTENT]]
        if proven := _proven_intent(message, ranking, danger):
            intents = [{"name": proven, "confidence": 1.0}, *(i for i in intents if i["name"] != proven)]
        message.set(INTENT, intents[0], add_to_output=True)
        message.set(INTENT_RANKING_KEY, intents[:10], add_to_output=True)
        message.set("matter", _matter(*_kind_and_urgency(intents[0]["name"], ranking), codes), add_to_output=True)
        message.set("ranking", _named(codes))

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> MatterClassifier:
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._model = MatterModel.load(folder / FILE)
        return component


def _vectors(messages: list[Message]) -> np.ndarray:
    return np.stack([m.get_dense_features(TEXT)[1].features[0] for m in messages])


def _label(message: Message, question: str) -> str | None:
    """The label of a training text; None where it has none."""
    if question == INTENT:
        return message.get(INTENT)
    metadata = (message.get(METADATA) or {}).get(METADATA_INTENT) or {}
    label = metadata.get(question)
    return str(label).lower() if isinstance(label, bool) else label


def _proven_intent(message: Message, ranking: dict[str, Ranking], danger: Danger | None) -> str | None:
    """The intent that the words of a message prove, whatever the model thinks of the whole; None if they prove none."""
    chances = dict(ranking[INTENT])
    (intent, confidence), (_, of_category) = ranking[INTENT][0], ranking[CATEGORY][0]
    if danger:
        return "self_harm" if danger.self_harm else "emergency"
    if sum(chances[name] for name in DANGERS) >= DANGER_FROM:
        return max(DANGERS, key=chances.get)
    if _names_a_report(message) and not (intent in ABOUT_A_REPORT and confidence > SURE):
        return "check_report"
    if intent == "inform_place" and of_category > SURE and _says_more_than_a_place(message):
        return "report"
    return None


def _kind_and_urgency(intent: str, ranking: dict[str, Ranking]) -> tuple[str | None, bool]:
    if intent in DANGERS:
        return "emergency", True
    if intent == "ask":
        return "consultation", False
    if intent in TALK:
        return None, False
    return ranking[KIND][0][0], ranking[URGENT][0][0] == "true"


def _names_a_report(message: Message) -> bool:
    return any(entity["entity"] == "report_number" for entity in message.get(ENTITIES) or [])


def _says_more_than_a_place(message: Message) -> bool:
    """A long address makes a report look like an answer to "where"; what stands beside it tells."""
    rest = message.get(TEXT)
    location = message.get("location") or {}
    for name in sorted(filter(None, location.values()), key=len, reverse=True):
        rest = rest.replace(name, "")
    return len(re.sub(r"[\W_]|在|就|我们|那边|这里", "", rest)) > 2


def _matter(kind: str | None, urgent: bool, codes: list[tuple[str, float]]) -> dict[str, Any]:
    code, confidence = codes[0] if codes else (OTHER, 0.0)
    return {
        "kind": kind,
        "urgent": urgent,
        "category": {"code": code, "confidence": confidence},
        "ranking": _named(codes[:LIKELIEST]),
        "department": category(code).department,
    }


def _named(codes: list[tuple[str, float]]) -> list[dict[str, Any]]:
    return [{"code": code, "confidence": confidence} for code, confidence in codes]
