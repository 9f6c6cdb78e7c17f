"""Search: which guide answers a question, or that none does.

The evidence (`index.EVIDENCE`) is weighed by learned weights; a second learned formula turns the best guide's
evidence into the probability that it answers. Both are in `calibration.json`, written by `knowledge_base.calibrate`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np

from knowledge_base.index import EVIDENCE, Index
from nlu import encoder

CALIBRATION = Path(__file__).with_name("calibration.json")
NEAREST = 5
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


@dataclass(frozen=True)
class Calibration:
    """What was learned: weights of the evidence, and when to answer.

    `answer` and `clarify` are probabilities; a best guide below `clarify` is declined. `lead` is the
    distance in score from the second guide below which residents are asked which one they mean.
    """

    ranking: dict[str, float]
    answering: dict[str, float]
    answer: float
    clarify: float
    lead: float


@cache
def calibration() -> Calibration:
    return Calibration(**json.loads(CALIBRATION.read_text("utf-8")))


def search(index: Index, query: str, vector: np.ndarray | None = None) -> Result:
    """The nearest guides to a resident's words; `vector` is the query's if it has been encoded already."""
    question = encoder.normalize(query)
    if not index.entries:
        return Result(query, "none", [])
    if vector is None:
        vector = encoder.encode_queries([question])[0]
    result = decide(index, query, index.evidence(question, vector), calibration())
    return result if question else Result(query, "none", result.hits)


def decide(index: Index, query: str, evidence: np.ndarray, learned: Calibration) -> Result:
    """Weigh the evidence for every guide and say what it comes to."""
    scores = evidence @ np.array([learned.ranking[name] for name in EVIDENCE])
    best = np.argsort(-scores)[:NEAREST]
    chance = probability(evidence[best[0]], learned)
    # Differences of scores are logarithms of odds: what the best is likely to be, the others are the less so.
    hits = [_hit(index, i, chance * float(np.exp(scores[i] - scores[best[0]]))) for i in best]
    lead = scores[best[0]] - scores[best[1]] if len(best) > 1 else np.inf
    return Result(query, _decision(chance, lead, learned), hits)


def probability(evidence: np.ndarray, learned: Calibration) -> float:
    """The probability that a guide with this evidence answers the question."""
    weights = np.array([learned.answering[name] for name in EVIDENCE])
    return float(1 / (1 + np.exp(-(evidence @ weights + learned.answering["intercept"]))))


def _decision(chance: float, lead: float, learned: Calibration) -> Decision:
    if chance < learned.clarify:
        return "none"
    return "answer" if chance >= learned.answer and lead >= learned.lead else "clarify"


def _hit(index: Index, number: int, chance: float) -> Hit:
    entry = index.entries[number]
    return Hit(entry.id, entry.title, entry.field, round(chance, 4))
