"""Search: which guide answers a question, or that none does.

The evidence (`index.EVIDENCE`) is weighed by learned weights. Two more learned formulas decide: whether the question is
about public services at all, and how likely the best guide answers it. All are in `calibration.json`, written by
`knowledge_base.calibrate`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np

from knowledge_base.index import EVIDENCE, Index
from knowledge_base.vectors import highest
from nlu import encoder
from nlu.parts import parts_of

CALIBRATION = Path(__file__).with_name("calibration.json")
NEAREST = 5
MOST_MATTERS = 3
"""Parts of a message that are looked up each for itself."""
Decision = Literal["answer", "clarify", "none"]


@dataclass(frozen=True)
class Hit:
    """A guide that was found; `score` is the probability that it answers, 0..1."""

    id: str
    title: str
    field: str
    score: float


@dataclass(frozen=True)
class Result:
    """The nearest guides, best first, and what to do with them."""

    query: str
    decision: Decision
    hits: list[Hit]
    answers: int = 1
    """How many of the first hits answer, each a part of the question."""


@dataclass(frozen=True)
class Calibration:
    """What was learned.

    `ranking` weighs the evidence for each guide. `service` tells questions about public services from other talk, by the
    vector (of `encoder`) and the best guide's evidence. `answering` gives the chance that the best guide answers.
    `limits`: below `service` (a logit) it is other talk, below `clarify` (a chance) no guide answers, from `answer` on
    the best one does.
    """

    encoder: str
    ranking: dict[str, float]
    service: dict
    answering: dict[str, float]
    limits: dict[str, float]

    def scores(self, evidence: np.ndarray) -> np.ndarray:
        """Evidence `(guides, len(EVIDENCE))` as one number a guide; differences are logarithms of odds."""
        return evidence @ _weights(self.ranking)

    def is_service(self, vector: np.ndarray, best: np.ndarray) -> bool:
        """Whether a question is about public services; `best` is the evidence for the best guide."""
        if self.encoder != encoder.name():
            return True  # learned for other vectors: calibrate anew with this encoder
        logit = vector @ np.array(self.service["vector"]) + best @ _weights(self.service["evidence"])
        return float(logit) + self.service["intercept"] >= self.limits["service"]

    def chance(self, best: np.ndarray, lead: float) -> float:
        """The probability that the best guide answers."""
        logit = best @ _weights(self.answering) + self.answering["lead"] * lead + self.answering["intercept"]
        return float(1 / (1 + np.exp(-logit)))


def _weights(named: dict[str, float]) -> np.ndarray:
    return np.array([named[name] for name in EVIDENCE])


def lead(scores: np.ndarray) -> float:
    """How far the best guide is ahead of the next, at most 5."""
    if len(scores) < 2:
        return 5.0
    second, first = np.partition(scores, -2)[-2:]
    return min(float(first - second), 5.0)


@cache
def calibration() -> Calibration:
    return Calibration(**json.loads(CALIBRATION.read_text("utf-8")))


def search(index: Index, query: str, vector: np.ndarray | None = None) -> Result:
    """The nearest guides to a resident's words; `vector` is the query's if it has been encoded already."""
    question = encoder.normalize(query)
    if not index.guides:
        return Result(query, "none", [])
    if vector is None:
        vector = encoder.query_vector(question)
    whole = _search(index, query, question, vector)
    parts = parts_of(question)
    return _both(index, whole, parts) if len(parts) > 1 and whole.decision != "none" else whole


def _both(index: Index, whole: Result, parts: list[str]) -> Result:
    """Two matters in one message, each with its guide; or the whole, if they aren't or it is about something else."""
    found = [_search(index, part, part, encoder.query_vector(part)) for part in parts[:MOST_MATTERS]]
    answers = {result.hits[0].id: result.hits[0] for result in found if result.decision == "answer"}
    if len(answers) < 2 or whole.hits[0].id not in answers:
        return whole
    others = [hit for hit in whole.hits if hit.id not in answers]
    return Result(whole.query, "answer", [*answers.values(), *others][:NEAREST], len(answers))


def _search(index: Index, query: str, question: str, vector: np.ndarray) -> Result:
    learned = calibration()
    evidence = index.evidence(question, vector)
    scores = learned.scores(evidence)
    nearest = highest(scores, NEAREST)
    nearest = nearest[np.argsort(-scores[nearest])]
    best = evidence[nearest[0]]
    chance = learned.chance(best, lead(scores))
    hits = [_hit(index, i, chance * float(np.exp(scores[i] - scores[nearest[0]]))) for i in nearest]
    if not question or not learned.is_service(vector, best) or chance < learned.limits["clarify"]:
        return Result(query, "none", hits)
    return Result(query, "answer" if chance >= learned.limits["answer"] else "clarify", hits)


def _hit(index: Index, number: int, chance: float) -> Hit:
    guide = index.guides[number]
    return Hit(guide.id, guide.title, guide.field, round(chance, 4))
