"""Tells what a message is about: its intent and, in the same pass, category, kind and urgency.

One logistic regression per question, all over the same features (jieba words and characters, and the
sentence vector). The labels of a training text stand beside it in the training data: the intent as always,
`category`, `kind` and `urgent` in its metadata.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import skops.io as sio
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize

from nlu.categories import OTHER, categories, category
from nlu.danger import find_danger

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


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MatterClassifier(IntentClassifier, GraphComponent):
    """Sets `intent` and the property `matter` (kind, urgent, category, ranking, department)."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [Featurizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"C": 5.0, "max_iter": 300, "random_state": 42, "dense_weight": 2.0}

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self.config = config
        self.heads: dict[str, LogisticRegression] = {}
        self.mean = np.zeros(0)
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
        self.mean = np.mean([_dense(m) for m in examples], axis=0)
        features = self._features(examples)
        for question in QUESTIONS:
            labels = [_label(m, question) for m in examples]
            rows = [row for row, label in enumerate(labels) if label is not None]
            head = LogisticRegression(
                C=self.config["C"],
                max_iter=self.config["max_iter"],
                random_state=self.config["random_state"],
                class_weight="balanced",
            )
            self.heads[question] = head.fit(features[rows], [labels[row] for row in rows])
        self._persist()
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        written = [m for m in messages if m.get(TEXT) and m.features]
        if not written or not self.heads:
            return messages
        features = self._features(written)
        rankings = {question: self._ranking(question, features) for question in QUESTIONS}
        for row, message in enumerate(written):
            self._say(message, {question: rankings[question][row] for question in QUESTIONS})
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def _features(self, messages: list[Message]) -> csr_matrix:
        """Sparse and dense features side by side, each part of a row with a length of its own choosing."""
        sparse = normalize(vstack([m.get_sparse_features(TEXT)[1].features for m in messages]))
        # Vectors of e5 crowd into a narrow cone: taking off what they share leaves what tells them apart.
        dense = normalize(np.stack([_dense(m) for m in messages]) - self.mean) * self.config["dense_weight"]
        return hstack([sparse, csr_matrix(dense)]).tocsr()

    def _ranking(self, question: str, features: csr_matrix) -> list[list[tuple[str, float]]]:
        head = self.heads[question]
        return [
            sorted(zip(head.classes_.tolist(), map(float, row), strict=True), key=lambda pair: -pair[1])
            for row in head.predict_proba(features)
        ]

    def _say(self, message: Message, ranking: dict[str, list[tuple[str, float]]]) -> None:
        intents = [{"name": name, "confidence": confidence} for name, confidence in ranking[INTENT]]
        codes, kind, urgent = ranking[CATEGORY], ranking[KIND][0][0], ranking[URGENT][0][0] == "true"
        # What the model never saw ranks last: the contract names all codes.
        codes += [(code, 0.0) for code in categories() if code not in dict(codes)]
        sure = intents[0]["name"] in ABOUT_A_REPORT and intents[0]["confidence"] > SURE
        if not sure and _names_a_report(message):
            intents = _put_first(intents, "check_report")
        if intents[0]["name"] == "inform_place" and codes[0][1] > SURE and _says_more_than_a_place(message):
            intents = _put_first(intents, "report")
        if danger := find_danger(message.get(TEXT)):
            intents = _put_first(intents, "self_harm" if danger.self_harm else "emergency")
            codes = sorted(codes, key=lambda pair: pair[0] != danger.category)
        if intents[0]["name"] in ("emergency", "self_harm"):
            kind, urgent = "emergency", True
        elif intents[0]["name"] == "ask":
            kind, urgent = "consultation", False
        elif intents[0]["name"] in TALK:
            kind, urgent = None, False
        message.set(INTENT, intents[0], add_to_output=True)
        message.set(INTENT_RANKING_KEY, intents[:10], add_to_output=True)
        message.set("matter", _matter(kind, urgent, codes), add_to_output=True)

    def _persist(self) -> None:
        with self._model_storage.write_to(self._resource) as folder:
            sio.dump({"heads": self.heads, "mean": self.mean}, folder / "heads.skops")

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
            kept = sio.load(folder / "heads.skops", trusted=[])
        component.heads, component.mean = kept["heads"], kept["mean"]
        return component


def _dense(message: Message) -> np.ndarray:
    return message.get_dense_features(TEXT)[1].features[0]


def _label(message: Message, question: str) -> str | None:
    """The label of a training text; None where it has none."""
    if question == INTENT:
        return message.get(INTENT)
    metadata = (message.get(METADATA) or {}).get(METADATA_INTENT) or {}
    label = metadata.get(question)
    return str(label).lower() if isinstance(label, bool) else label


def _names_a_report(message: Message) -> bool:
    return any(entity["entity"] == "report_number" for entity in message.get(ENTITIES) or [])


def _says_more_than_a_place(message: Message) -> bool:
    """A long address makes a report look like an answer to "where"; what stands beside it tells."""
    rest = message.get(TEXT)
    location = message.get("location") or {}
    for name in sorted(filter(None, location.values()), key=len, reverse=True):
        rest = rest.replace(name, "")
    return len(re.sub(r"[\W_]|在|就|我们|那边|这里", "", rest)) > 2


def _put_first(intents: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [{"name": name, "confidence": 1.0}, *(intent for intent in intents if intent["name"] != name)]


def _matter(kind: str | None, urgent: bool, codes: list[tuple[str, float]]) -> dict[str, Any]:
    code, confidence = codes[0] if codes else (OTHER, 0.0)
    return {
        "kind": kind,
        "urgent": urgent,
        "category": {"code": code, "confidence": confidence},
        "ranking": [{"code": code, "confidence": confidence} for code, confidence in codes],
        "department": category(code).department,
    }
