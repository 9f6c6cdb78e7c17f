"""Learns how much each kind of evidence is worth, and when a guide answers a question.

The weights come from the guides' own questions, each taken out of the index while it is asked; the decision also from
training texts that no guide answers. Held-out questions are never read here.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import yaml
from sklearn.linear_model import LogisticRegression

from knowledge_base.index import EVIDENCE, Index, load_index
from knowledge_base.search import CALIBRATION
from nlu import encoder

RIVALS = 15
"""Guides with which the right one is compared: those that the evidence puts nearest."""
SURE = 0.5
"""Chance from which a guide is shown as the answer rather than offered as a choice."""
DECLINED_REAL = 0.025
"""Share of the guides' own questions that may fall below the limit for declining."""
UNSURE_WRONG = 0.5
"""Chance of being wrong at which the resident is asked which guide they mean."""
TRAINING = Path(__file__).resolve().parent.parent / "nlu" / "data"
FOREIGN = ("out_of_scope", "greet", "goodbye", "thank", "bot_challenge", "abuse")


def calibrate() -> None:
    """Learn and write `calibration.json`; prints what was learned and how it does on what it was learned from."""
    index = load_index()
    asked = _own_questions(index)
    own = [(index.evidence(text, index.vectors[row], leave_out=row), owner) for text, row, owner in asked]
    ranking = _learn_ranking(own)
    answered = [_best(evidence, ranking) for evidence, _ in own]
    right = np.array([best == owner for best, (_, owner) in zip(answered, own, strict=True)])
    print(f"{len(own)} 个指南自己的问题，留一法 R@1 {right.mean():.3f}")
    # A question whose guide is missing is what a gap looks like; talk is what no guide answers.
    gaps = [_without(evidence, owner) for evidence, owner in own]
    foreign = [index.evidence(text, vector) for text, vector in zip(*_foreign_questions(), strict=True)]
    unanswerable = [evidence[_best(evidence, ranking)] for evidence in (*gaps, *foreign)]
    rows = np.stack([evidence[best] for best, (evidence, _) in zip(answered, own, strict=True)] + unanswerable)
    labels = np.concatenate([right, np.zeros(len(unanswerable), bool)])
    model = LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000).fit(rows, labels)
    chances = model.predict_proba(rows)[:, 1]
    clarify = float(np.quantile(chances[: len(own)], DECLINED_REAL))
    answer = max(clarify, SURE)
    parts = {
        "自己的问题": chances[: len(own)],
        "缺了指南的": chances[len(own) : 2 * len(own)],
        "闲聊": chances[2 * len(own) :],
    }
    for name, chance in parts.items():
        print(
            f"{name}: 回答 {(chance >= answer).mean():.3f}，反问 {((chance >= clarify) & (chance < answer)).mean():.3f}"
        )
    learned = {
        "ranking": _by_name(ranking),
        "answering": _by_name(model.coef_[0]) | {"intercept": round(float(model.intercept_[0]), 3)},
        "answer": round(answer, 3),
        "clarify": round(clarify, 3),
        "lead": round(_lead(own, ranking), 3),
    }
    CALIBRATION.write_text(json.dumps(learned, indent=1) + "\n", "utf-8")


def _by_name(weights: np.ndarray) -> dict[str, float]:
    return dict(zip(EVIDENCE, weights.round(3).tolist(), strict=True))


def _without(evidence: np.ndarray, guide: int) -> np.ndarray:
    return np.delete(evidence, guide, axis=0)


def _own_questions(index: Index) -> list[tuple[str, int, int]]:
    """Each question of each guide with its row in the index and its guide; names don't count as questions."""
    rows = enumerate(text for entry in index.entries for text in entry.texts)
    return [
        (text, row, int(index.owner[row])) for row, text in rows if text not in index.entries[index.owner[row]].names
    ]


def _learn_ranking(own: list[tuple[np.ndarray, int]]) -> np.ndarray:
    """Weights by which the right guide outweighs its nearest rivals: logistic regression on differences."""
    differences = []
    for evidence, owner in own:
        rivals = [i for i in np.argsort(-evidence.sum(axis=1))[:RIVALS] if i != owner]
        differences.append(evidence[owner] - evidence[rivals])
    stacked = np.concatenate(differences)
    signs = np.where(np.arange(len(stacked)) % 2, 1.0, -1.0)
    model = LogisticRegression(C=10.0, fit_intercept=False, max_iter=1000)
    model.fit(stacked * signs[:, None], signs)
    return model.coef_[0]


def _foreign_questions() -> tuple[list[str], np.ndarray]:
    """Training texts that no guide answers, with their vectors."""
    blocks = [
        block for file in sorted(TRAINING.glob("*.yml")) for block in yaml.safe_load(file.read_text("utf-8"))["nlu"]
    ]
    lines = [line for block in blocks if block["intent"] in FOREIGN for line in block["examples"].splitlines()]
    texts = [encoder.normalize(line.removeprefix("- ")) for line in lines]
    return texts, encoder.encode_queries(texts)


def _best(evidence: np.ndarray, ranking: np.ndarray) -> int:
    return int(np.argmax(evidence @ ranking))


def _lead(own: list[tuple[np.ndarray, int]], ranking: np.ndarray) -> float:
    """The lead over the second guide below which the first is as likely wrong as right."""
    leads, right = [], []
    for evidence, owner in own:
        scores = evidence @ ranking
        order = np.argsort(-scores)
        leads.append(scores[order[0]] - scores[order[1]])
        right.append(int(order[0] == owner))
    if all(right):
        return 0.0
    model = LogisticRegression(max_iter=1000).fit(np.array(leads)[:, None], right)
    wanted = np.log((1 - UNSURE_WRONG) / UNSURE_WRONG)
    return max(0.0, float((wanted - model.intercept_[0]) / model.coef_[0, 0]))
