"""Learns how much each kind of evidence is worth, and when a guide answers a question.

The weights come from the guides' own questions, each asked of an index without it, and from `tuning.jsonl`; the decision
also from questions whose guide is taken away and from talk. Held-out questions are never read here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from tqdm import tqdm

from knowledge_base.features import features_of, texts_of
from knowledge_base.guides import shipped_files
from knowledge_base.index import EVIDENCE, Index
from knowledge_base.schema import Guide, read_guides
from knowledge_base.search import CALIBRATION, lead
from nlu import encoder

BATCH = 32
FOLDS = 6
"""Parts of a guide's own questions; each part is asked of an index without it."""
RIVALS = 15
"""Guides with which the right one is compared: those that the evidence puts nearest."""
FOREIGN_REAL = 0.022
"""Share of the tuning questions that may be taken for other talk."""
HOPELESS_REAL = 0.005
"""Share of the tuning questions that may be declined because no guide seems to answer."""
SURE = 0.45
"""Chance from which a guide is shown as the answer rather than offered as a choice."""
AS_WRITTEN = 30.0
"""What a tuning question weighs beside a guide's own: it was written as residents write, not to be found."""
SCALES = {"vector": 10.0, "evidence": 3.0}
"""What brings both kinds of features to a like spread, so that one regularization fits both."""
TUNING = Path(__file__).with_name("tuning.jsonl")
TRAINING = Path(__file__).resolve().parent.parent / "nlu" / "data"
FOREIGN = ("out_of_scope", "greet", "goodbye", "thank", "bot_challenge", "abuse")


@dataclass(frozen=True)
class Asked:
    """A question, what the index made of it, and its guide's number."""

    vector: np.ndarray
    evidence: np.ndarray
    guide: int


def calibrate() -> None:
    """Learn and write `calibration.json`; prints what was learned and how it does on what it was learned from."""
    guides = sorted(read_guides(shipped_files()), key=lambda guide: guide.id)
    rows, talk = [json.loads(line) for line in TUNING.read_text("utf-8").splitlines()], _foreign_texts()
    asked = map(encoder.normalize, [*(row["question"] for row in rows), *talk])
    encode = _remembering([*(text for guide in guides for text in texts_of(guide)), *asked])
    index = Index([features_of(guide, encode) for guide in guides])
    numbers = {guide.id: number for number, guide in enumerate(guides)}
    own = list(_own_questions(guides, encode))
    tuning = [_ask(index, row["question"], encode, numbers[row["guide"]]) for row in rows]
    foreign = [_ask(index, text, encode, -1) for text in talk]
    ranking = _learn_ranking(own, tuning)
    _report("指南自己的问题（交叉检验）", own, ranking)
    _report("调试集", tuning, ranking)
    service, service_of = _learn_service(own, tuning, foreign, ranking)
    answering, chance_of = _learn_answering(own, tuning, ranking)
    limits = {
        "service": float(np.quantile(service_of["调试集"], FOREIGN_REAL)),
        "clarify": float(np.quantile(chance_of["调试集"], HOPELESS_REAL)),
        "answer": SURE,
    }
    _report_decisions(service_of, chance_of, limits, [_best(q.evidence, ranking)[0] == q.guide for q in tuning])
    learned = {
        "encoder": encoder.name(),
        "ranking": _by_name(ranking),
        "service": service,
        "answering": answering,
        "limits": {name: round(limit, 3) for name, limit in limits.items()},
    }
    CALIBRATION.write_text(json.dumps(learned) + "\n", "utf-8")


def _remembering(texts: Iterable[str]) -> Callable:
    """`encode_queries` for these texts, each of which is encoded once, on all cores."""
    unique = list(dict.fromkeys(texts))
    batches = [unique[begin : begin + BATCH] for begin in range(0, len(unique), BATCH)]
    with encoder.mapping(True) as mapped:
        vectors = np.concatenate(list(tqdm(mapped(encoder.encode_queries, batches), "向量", len(batches))))
    known = dict(zip(unique, vectors, strict=True))
    return lambda wanted: np.stack([known[text] for text in wanted])


def _ask(index: Index, text: str, encode: Callable, guide: int) -> Asked:
    question = encoder.normalize(text)
    vector = encode([question])[0]
    return Asked(vector, index.evidence(question, vector), guide)


def _own_questions(guides: list[Guide], encode: Callable):
    """Each guide's questions, a part at a time asked of an index without that part."""
    order = np.random.default_rng(0).permutation(sum(len(guide.questions) for guide in guides))
    folds = iter(order % FOLDS)
    fold_of = [[next(folds) for _ in guide.questions] for guide in guides]
    for fold in range(FOLDS):
        index = Index([features_of(_without(g, of, fold), encode) for g, of in zip(guides, fold_of, strict=True)])
        for number, (guide, of) in enumerate(zip(guides, fold_of, strict=True)):
            for question, its_fold in zip(guide.questions, of, strict=True):
                if its_fold == fold:
                    yield _ask(index, question, encode, number)


def _without(guide: Guide, folds: list[int], fold: int) -> Guide:
    kept = tuple(q for q, its_fold in zip(guide.questions, folds, strict=True) if its_fold != fold)
    return guide.model_copy(update={"questions": kept})


def _foreign_texts() -> list[str]:
    blocks = [b for file in sorted(TRAINING.glob("*.yml")) for b in yaml.safe_load(file.read_text("utf-8"))["nlu"]]
    lines = [line for block in blocks if block["intent"] in FOREIGN for line in block["examples"].splitlines()]
    return [line.removeprefix("- ") for line in lines]


def _learn_ranking(own: list[Asked], tuning: list[Asked]) -> np.ndarray:
    """Weights by which the right guide outweighs its nearest rivals: logistic regression on differences."""
    differences, weights = [], []
    for question, weight in [*((q, 1.0) for q in own), *((q, AS_WRITTEN) for q in tuning)]:
        nearest = np.argsort(-question.evidence.sum(axis=1))[:RIVALS]
        rivals = nearest[nearest != question.guide]
        differences.append(question.evidence[question.guide] - question.evidence[rivals])
        weights += [weight] * len(rivals)
    stacked = np.concatenate(differences)
    signs = np.where(np.arange(len(stacked)) % 2, 1.0, -1.0)
    model = LogisticRegression(C=10.0, fit_intercept=False, max_iter=1000)
    return model.fit(stacked * signs[:, None], signs, sample_weight=weights).coef_[0]


def _learn_service(
    own: list[Asked], tuning: list[Asked], foreign: list[Asked], ranking: np.ndarray
) -> tuple[dict, dict[str, np.ndarray]]:
    """The formula that tells questions about services from other talk, and the logits of each group.

    The vector tells what is talked about, the evidence whether a guide knows of it; each text gets its logit from a
    formula that was learned without it.
    """
    asked = own + tuning + foreign
    vectors = np.stack([q.vector for q in asked])
    evidence = np.stack([_best(q.evidence, ranking)[1] for q in asked])
    table = np.column_stack([SCALES["vector"] * (vectors - vectors.mean(axis=0)), SCALES["evidence"] * evidence])
    labels = np.arange(len(asked)) < len(own) + len(tuning)
    groups = np.repeat([0, 1, 2], [len(own), len(tuning), len(foreign)])
    weights = np.array([1.0, AS_WRITTEN / 2, 4.0])[groups]
    model = LogisticRegression(C=1.0, max_iter=2000)
    unseen = cross_val_predict(
        model, table, labels, cv=StratifiedKFold(5, shuffle=True, random_state=0), method="decision_function",
        fit_params={"sample_weight": weights},
    )  # fmt: skip
    model.fit(table, labels, sample_weight=weights)
    of_vector, of_evidence = np.split(model.coef_[0], [vectors.shape[1]])
    of_vector = SCALES["vector"] * of_vector
    formula = {
        "vector": of_vector.round(3).tolist(),
        "evidence": _by_name(SCALES["evidence"] * of_evidence),
        "intercept": round(float(model.intercept_[0] - of_vector @ vectors.mean(axis=0)), 3),
    }
    return formula, {name: unseen[groups == number] for number, name in enumerate(("指南自己的问题", "调试集", "闲聊"))}


def _learn_answering(
    own: list[Asked], tuning: list[Asked], ranking: np.ndarray
) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """The formula for the chance that the best guide answers a question about services, and the chances of each group."""
    real = own + tuning
    # A question whose guide is missing is what a gap looks like.
    missing = [np.delete(q.evidence, q.guide, axis=0) for q in real]
    table = np.stack([_best_with_lead(e, ranking) for e in [q.evidence for q in real] + missing])
    right = [_best(q.evidence, ranking)[0] == q.guide for q in real]
    labels = np.concatenate([right, np.zeros(len(missing))]).astype(bool)
    groups = np.repeat([0, 1, 2, 3], [len(own), len(tuning), len(own), len(tuning)])
    weights = np.array([1.0, AS_WRITTEN, 0.2, 0.2 * AS_WRITTEN])[groups]
    model = LogisticRegression(C=10.0, max_iter=2000).fit(table, labels, sample_weight=weights)
    chances = model.predict_proba(table)[:, 1]
    formula = dict(zip((*EVIDENCE, "lead"), model.coef_[0].round(3).tolist(), strict=True))
    formula["intercept"] = round(float(model.intercept_[0]), 3)
    names = ("指南自己的问题", "调试集", "缺了指南的", "调试集缺了指南")
    return formula, {name: chances[groups == number] for number, name in enumerate(names)}


def _best(evidence: np.ndarray, ranking: np.ndarray) -> tuple[int, np.ndarray]:
    best = int(np.argmax(evidence @ ranking))
    return best, evidence[best]


def _best_with_lead(evidence: np.ndarray, ranking: np.ndarray) -> np.ndarray:
    return np.append(_best(evidence, ranking)[1], lead(evidence @ ranking))


def _report_decisions(service: dict, chances: dict, limits: dict, right: list[bool]) -> None:
    for name, logits in service.items():
        print(f"{name}: 当作闲聊 {(logits < limits['service']).mean():.3f}")
    for name, chance in chances.items():
        answered, declined = (chance >= limits["answer"]).mean(), (chance < limits["clarify"]).mean()
        print(f"{name}: 回答 {answered:.3f}，反问 {1 - answered - declined:.3f}，没有指南 {declined:.3f}")
    print(f"调试集里直接回答的，答对 {np.array(right)[chances['调试集'] >= limits['answer']].mean():.3f}")


def _report(name: str, asked: list[Asked], ranking: np.ndarray) -> None:
    ranks = np.array([(q.evidence @ ranking > (q.evidence @ ranking)[q.guide]).sum() for q in asked])
    print(f"{name}: {len(asked)} 个，R@1 {(ranks == 0).mean():.3f}，R@3 {(ranks < 3).mean():.3f}")


def _by_name(weights: np.ndarray) -> dict[str, float]:
    return dict(zip(EVIDENCE, weights.round(3).tolist(), strict=True))
