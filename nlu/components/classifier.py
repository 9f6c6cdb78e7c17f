"""Tells what a message is about: its intent and, in the same pass, category, kind, urgency and sentiment (`nlu.matter`).

The labels of a training text stand beside it in the training data: the intent as always, `category`, `kind`,
`urgent` and `sentiment` in its metadata.
"""

from __future__ import annotations

import re
from functools import cache
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
from nlu.contacts import CONTACTS
from nlu.danger import Danger, denies_self_harm, find_danger, wants_secrecy
from nlu.matter import MatterModel, Ranking
from nlu.parts import parts_of
from nlu.places import PARTS, without_places
from nlu.training_vectors import kept_vectors

CATEGORY, KIND, URGENT, SENTIMENT = "category", "kind", "urgent", "sentiment"
QUESTIONS = (INTENT, CATEGORY, KIND, URGENT, SENTIMENT)
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
        "language_normal",
        "english",
        "check_report",
        "my_reports",
        "link_channels",
        "wait",
        "delete_contact",
    ]
)
"""Intents that are about no matter at all: their kind is unknown."""
ABOUT_A_REPORT = frozenset(("emergency", "self_harm", "withdraw_report", "supplement", "rate", "reopen"))
"""Intents that a report's number may go with; with any other, the number is asked about."""
SURE = 0.5
NOT_UNLIKELY = 0.25
"""Confidence in a category that is enough where the words say that something is to be reported."""
BEYOND_DOUBT = 0.7
SENTIMENTS = {"thank": "positive", "abuse": "angry"}
"""Of intents that tell it by themselves."""
DANGERS = ("emergency", "self_harm")
DANGER_FROM, DANGER_FROM_IN_TALK, DANGER_FROM_IN_BITS = 0.3, 0.4, 0.65
"""Chance of an emergency from which it is met: in what looks like a report, in what looks like anything else (「饿死了」 is no
emergency), and in a few characters that no word of danger is among (「没人倒」 goes on with what was said before). Low ones
with few false alarms on training texts that were left out in turn (docs/quality.md)."""
LONGEST_BIT = 8
SELF_HARM_FROM = 0.4
"""Chance of a life at risk from which it is met as such, found in the same way: who only says goodbye must not read words for
somebody in despair."""
NO_DANGER_BELOW = 0.03
"""Chance of a danger up to which its words alone are none; no cry for help came near it, two of three figures of speech did."""
URGENT_FROM = 0.4
"""Chance from which a report is urgent: found 91 % of the urgent ones at 2.4 % false alarms on 1,023 reports that were not
trained on then; what it finds of texts left out of training stands in docs/quality.md."""
LIKELIEST = 3
"""Categories that a conversation keeps of each message: all of them would make up most of what it stores and reads again."""
_WANTS_TO_REPORT = re.compile(
    r"^我?们?(?:想|要|来)(?:匿名|实名)?(?:投诉|举报|反映)(?!.*(?:怎么|哪|如何|什么|多[久少]|几|能不能|可不可以|是否|[吗么?？]\W*$))"
)
_THANKS = re.compile(r"(?:好的?|哦|嗯|行|\W)*(?:谢谢|多谢|谢了|感谢|thank)", re.IGNORECASE)
_REPORTS = re.compile("投诉|举报|反映|上报|报|report", re.IGNORECASE)
_OPENING = re.compile(
    r"喂|请问?|我?(?:想|要|来|得)*(?:投诉|反映|举报|报修?|提|说|上报|咨询)(?:一?[下个件些]|点)*|建议|意见|问题|情况|事情?|人|东西|怎么|在哪里?|可以"
    r"|那|就|行|嗯|好的?|麻烦|上去|[帮替给]?[我你您]们?|一下|把|这[个件]?|[吗呢吧啊呀了的]|\W"
    r"|\b(?:ok(?:ay)?|yes|please|can you|i want to|help me|to|report|it|this)\b",
    re.IGNORECASE,
)
"""What opens or rounds off a wish to report, and says nothing of what."""
BARE_TALK = frozenset(("greet", "goodbye", "start_over"))
"""Intents that go with no place and no car: 「哦 在普陀的」, 「沪B88888」."""
_PLATE = re.compile(r"[沪苏浙皖京鲁豫赣闽粤][A-Z][A-Z\d]{5,6}", re.IGNORECASE)
HIDDEN = "\0"
SHORTEST_MATTER = 3
"""Characters that a message needs beside a contact to be about anything."""
BESIDE_A_CONTACT = 14
"""Characters beside a telephone number that leave a message nothing but a way to be reached."""
MOST_MATTERS = 4
"""Parts of one message that are looked at."""
FILE = "matter.skops"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MatterClassifier(IntentClassifier, GraphComponent):
    """Sets `intent` and the properties `matter` (kind, urgent, category, the likeliest ones, department, sentiment),
    `matters` and `questions` of a message that has several, and `ranking` of all categories, which is not kept with the
    conversation."""

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
        texts = [without_places(m.get(TEXT)) for m in examples]
        self._model.fit(texts, kept_vectors(texts), labels)
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder / FILE)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if message.get(TEXT) and message.features and self._model.labels:
                self._say(message, self._ranking(message))
                self._say_parts(message)
        return messages

    def _ranking(self, message: Message) -> dict[str, Ranking]:
        """What the model thinks of a message; where it lies and how to reach the writer are left out."""
        text = without_places(_without_contacts(message))
        whole = text == message.get(TEXT)
        return self._model.rankings([text], (_vector(message) if whole else encoder.query_vector(text))[None, :])[0]

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def _say_parts(self, message: Message) -> None:
        """Sets `matters`, if the message tells several or one beside a question, and `questions`, if it asks beside a matter."""
        matters, questions = self._in_parts(message.get(TEXT))
        asks_too = bool(matters and questions) and message.get(INTENT)["name"] not in DANGERS
        if asks_too:
            message.set(INTENT, {"name": "report", "confidence": 1.0}, add_to_output=True)
        message.set("matters", matters if len(matters) > 1 or asks_too else [], add_to_output=True)
        message.set("questions", questions if asks_too else [], add_to_output=True)

    def _in_parts(self, text: str) -> tuple[list[dict[str, Any]], list[str]]:
        """The matters of one message, each with its words, one of a category; and the questions in it."""
        parts = parts_of(text)[:MOST_MATTERS]
        if len(parts) < 2:
            return [], []
        found: dict[str, dict[str, Any]] = {}
        questions = []
        told = [without_places(part) for part in parts]
        for part, ranking in zip(
            parts, self._model.rankings(told, np.stack(list(map(encoder.query_vector, told)))), strict=True
        ):
            (intent, sure), (code, confidence) = ranking[INTENT][0], ranking[CATEGORY][0]
            if intent == "ask" and sure > BEYOND_DOUBT:
                questions.append(part)
            elif intent in ("report", "emergency") and confidence > SURE:
                found.setdefault(code, {"text": part, **_matter(*_of_intent(intent, ranking), ranking[CATEGORY])})
        return list(found.values()), questions

    def _say(self, message: Message, ranking: dict[str, Ranking]) -> None:
        danger = find_danger(message.get(TEXT))
        figure_of_speech = len(message.get(TEXT)) > LONGEST_BIT and _chance_of_danger(ranking) < NO_DANGER_BELOW
        if danger and not danger.self_harm and figure_of_speech:
            danger = None
        # What the model never saw ranks last: the contract names all codes.
        codes = ranking[CATEGORY] + [(code, 0.0) for code in categories() if code not in dict(ranking[CATEGORY])]
        if danger:
            codes = sorted(codes, key=lambda pair: pair[0] != danger.category)
        intents = [{"name": name, "confidence": confidence} for name, confidence in ranking[INTENT]]
        if proven := _proven_intent(message, ranking, danger):
            intents = [{"name": proven, "confidence": 1.0}, *(i for i in intents if i["name"] != proven)]
        if proven == "report":
            ranking[KIND] = [pair for pair in ranking[KIND] if pair[0] != "consultation"]
        message.set(INTENT, intents[0], add_to_output=True)
        message.set(INTENT_RANKING_KEY, intents[:10], add_to_output=True)
        message.set("matter", _matter(*_of_intent(intents[0]["name"], ranking), codes), add_to_output=True)
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


def _vector(message: Message) -> np.ndarray:
    return message.get_dense_features(TEXT)[1].features[0]


def _label(message: Message, question: str) -> str | None:
    """The label of a training text; None where it has none."""
    if question == INTENT:
        return message.get(INTENT)
    metadata = (message.get(METADATA) or {}).get(METADATA_INTENT) or {}
    label = metadata.get(question)
    return str(label).lower() if isinstance(label, bool) else label


def _proven_intent(message: Message, ranking: dict[str, Ranking], danger: Danger | None) -> str | None:
    """The intent that the words of a message prove, or that is too grave for a guess, whatever the model puts first; None if
    there is nothing to correct."""
    chances = dict(ranking[INTENT])
    (intent, confidence), (_, of_category) = ranking[INTENT][0], ranking[CATEGORY][0]
    if danger:
        return "self_harm" if danger.self_harm else "emergency"
    if chances["self_harm"] >= SELF_HARM_FROM and not _is_no_despair(message.get(TEXT)):
        return "self_harm"
    if chances["emergency"] >= _danger_from(message.get(TEXT), intent):
        return "emergency"
    if intent in DANGERS or intent in BARE_TALK and _names_something(message):
        return next(name for name, _ in ranking[INTENT] if name not in DANGERS and name not in BARE_TALK)
    if _entities(message, "link_code"):
        return "link_channels"
    if _entities(message, "report_number") and not (intent in ABOUT_A_REPORT and confidence > SURE):
        return "check_report"
    if _is_a_contact(message) and not (intent == "report" and confidence > SURE):
        return "inform_contact"
    if intent == "out_of_scope" and confidence < BEYOND_DOUBT and _entities(message, *CONTACTS):
        return "inform_contact"
    if intent in TALK and confidence < BEYOND_DOUBT and _THANKS.match(message.get(TEXT)):
        return "thank"
    if intent == "inform_contact" and of_category > SURE and not _is_a_contact(message):
        return "report"
    if intent != "ask" and _names_a_matter(message.get(TEXT)):
        return "report"
    if intent in ("report", "file_report") and _only_wishes(message.get(TEXT)):
        return "file_report"
    if intent in ("file_report", "ask") and _wishes_to_report(message.get(TEXT), intent, of_category):
        return "report"
    if intent == "inform_place" and of_category > SURE and _says_more_than_a_place(message):
        return "report"
    return None


def _names_something(message: Message) -> bool:
    """Whether a message names a place or a car."""
    return any(map((message.get("location") or {}).get, PARTS)) or bool(_PLATE.search(message.get(TEXT)))


def _is_no_despair(text: str) -> bool:
    return denies_self_harm(text) or wants_secrecy(text)


def _danger_from(text: str, intent: str) -> float:
    if len(text) <= LONGEST_BIT:
        return DANGER_FROM_IN_BITS
    return DANGER_FROM if intent in ("report", "emergency") else DANGER_FROM_IN_TALK


def _chance_of_danger(ranking: dict[str, Ranking]) -> float:
    chances = dict(ranking[INTENT])
    return sum(chances.get(name, 0.0) for name in DANGERS)


def _of_intent(intent: str, ranking: dict[str, Ranking]) -> tuple[str | None, bool, str]:
    """Kind, urgency and sentiment as far as the intent leaves them open."""
    sentiment = SENTIMENTS.get(intent) or (ranking[SENTIMENT][0][0] if SENTIMENT in ranking else None)
    if intent in DANGERS:
        return "emergency", True, "negative"
    if intent == "ask":
        return "consultation", False, sentiment
    if intent in TALK:
        return None, False, SENTIMENTS.get(intent, "neutral")
    return ranking[KIND][0][0], dict(ranking[URGENT]).get("true", 0.0) >= URGENT_FROM, sentiment


def _entities(message: Message, *kinds: str) -> list[str]:
    """The values of entities of some kinds."""
    return [str(entity["value"]) for entity in message.get(ENTITIES) or [] if entity["entity"] in kinds]


def _without_contacts(message: Message) -> str:
    """The text without numbers and addresses to be reached at, or of a report: they would say that it is about nothing else."""
    text = message.get(TEXT)
    for entity in message.get(ENTITIES) or []:
        if entity["entity"] in (*CONTACTS, "report_number"):
            begin, end = entity["start"], entity["end"]
            text = f"{text[:begin]}{HIDDEN * (end - begin)}{text[end:]}"
    text = text.replace(HIDDEN, "")
    return text if len(re.sub(r"\W", "", text)) >= SHORTEST_MATTER else message.get(TEXT)


def _is_a_contact(message: Message) -> bool:
    """Whether a way to be reached is most of what a message says."""
    contacts = [] if _entities(message, "report_number") else _entities(message, *CONTACTS)
    return bool(contacts) and len(message.get(TEXT)) - sum(map(len, contacts)) <= BESIDE_A_CONTACT


def _says_more_than_a_place(message: Message) -> bool:
    """A long address makes a report look like an answer to "where"; what stands beside it tells."""
    rest = message.get(TEXT)
    location = message.get("location") or {}
    for name in sorted(filter(None, map(location.get, PARTS)), key=len, reverse=True):
        rest = rest.replace(name, "")
    return len(re.sub(r"[\W_]|在|就|我们|那边|这里", "", rest)) > 2


def _names_a_matter(text: str) -> bool:
    """Whether a message is nothing but the thing that is amiss: 「垃圾」, 「路灯」."""
    return text.strip(" ，,。.!！") in _matters_by_name()


@cache
def _matters_by_name() -> frozenset[str]:
    return frozenset(word for c in categories().values() for word in (c.name, *c.keywords))


def _only_wishes(text: str) -> bool:
    """Whether a wish to report says nothing of what: 「那你帮我报一下吧」."""
    return bool(_REPORTS.search(text)) and not _OPENING.sub("", text)


def _wishes_to_report(text: str, intent: str, of_category: float) -> bool:
    """Whether a wish to report says what as well: 「我要投诉楼上漏水」."""
    says_so = _WANTS_TO_REPORT.search(text) is not None
    sure_enough = of_category > (NOT_UNLIKELY if says_so else SURE)
    return sure_enough and (says_so or intent == "file_report") and len(_OPENING.sub("", text)) >= SHORTEST_MATTER


def _matter(kind: str | None, urgent: bool, sentiment: str | None, codes: list[tuple[str, float]]) -> dict[str, Any]:
    code, confidence = codes[0] if codes else (OTHER, 0.0)
    return {
        "kind": kind,
        "urgent": urgent,
        "category": {"code": code, "confidence": confidence},
        "ranking": _named(codes[:LIKELIEST]),
        "department": category(code).department,
        "sentiment": sentiment,
    }


def _named(codes: list[tuple[str, float]]) -> list[dict[str, Any]]:
    return [{"code": code, "confidence": confidence} for code, confidence in codes]
