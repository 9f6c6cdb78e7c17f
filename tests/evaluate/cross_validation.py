"""How well the learned part does on training texts that are left out of training in turn, before any rule or threshold.

Beside the held-out sets it tells whether a figure there is luck, and thresholds are chosen on it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np
from sklearn.metrics import f1_score
from tqdm import tqdm

from nlu.components.classifier import CATEGORY, DANGERS, INTENT, KIND, QUESTIONS, URGENT
from nlu.examples import Example, examples
from nlu.matter import MatterModel, Ranking
from nlu.places import without_places
from nlu.training_vectors import kept_vectors

FOLDS = 3
CHANCES = (0.2, 0.3, 0.4, 0.5)
"""Thresholds that are shown."""
Answers = list[tuple[str, Ranking]]
"""The right answer to a question and the one that was given, a text each."""


def sections() -> Iterator[str]:
    """The chapter of cross-validation, a piece at a time."""
    texts = list(examples())
    answers = _answers(texts, _left_out(texts))
    yield "## Cross-validation: the learned part on texts left out of training\n"
    yield f"{len(texts)} training texts in {FOLDS} parts, each left out in turn.\n"
    yield "| | texts | first | among three | macro F1 |\n|---|---|---|---|---|"
    for question in (CATEGORY, KIND, INTENT):
        yield _row(question, answers[question])
    yield "\n| chance from which it counts | urgent found | false alarms | dangers found | false alarms |\n|---|---|---|---|---|"
    for chance in CHANCES:
        found = (*_found(answers[URGENT], ["true"], chance), *_found(answers[INTENT], DANGERS, chance))
        yield f"| {chance} | " + " | ".join(f"{share:.3f}" for share in found) + " |"
    yield ""


def _left_out(examples: Sequence[Example]) -> list[dict[str, Ranking]]:
    """For each example what a model says that did not learn from it."""
    texts = [without_places(example.text) for example in examples]
    vectors = kept_vectors(texts)
    parts = np.random.default_rng(0).integers(FOLDS, size=len(texts))
    said: list[dict[str, Ranking]] = [{} for _ in texts]
    for part in tqdm(range(FOLDS), "交叉验证", unit="份"):
        known, new = np.flatnonzero(parts != part), np.flatnonzero(parts == part)
        labels = {question: [_label(examples[i], question) for i in known] for question in QUESTIONS}
        model = MatterModel().fit([texts[i] for i in known], vectors[known], labels)
        for i, rankings in zip(new, model.rankings([texts[i] for i in new], vectors[new]), strict=True):
            said[i] = rankings
    return said


def _label(example: Example, question: str) -> str | None:
    """The answer to a question that stands beside a training text; None if none does."""
    label = example.intent if question == INTENT else example.metadata.get(question)
    return label if label is None else str(label).lower()


def _answers(examples: Sequence[Example], said: Sequence[dict[str, Ranking]]) -> dict[str, Answers]:
    """The answers to each question, of the examples that tell the right one."""
    return {
        question: [
            (label, rankings[question])
            for example, rankings in zip(examples, said, strict=True)
            if (label := _label(example, question))
        ]
        for question in QUESTIONS
    }


def _row(question: str, answers: Answers) -> str:
    truth = [label for label, _ in answers]
    ranked = [[label for label, _ in ranking] for _, ranking in answers]
    first = [labels[0] for labels in ranked]
    right = np.mean(np.array(truth) == np.array(first))
    among = np.mean([label in labels[:3] for label, labels in zip(truth, ranked, strict=True)])
    macro = f1_score(truth, first, average="macro", zero_division=0)
    return f"| {question} | {len(answers)} | {right:.3f} | {among:.3f} | {macro:.3f} |"


def _found(answers: Answers, wanted: Collection[str], chance: float) -> tuple[float, float]:
    """Share of the texts with a wanted label that get it from a chance on, and share of all others that do."""
    met = np.array([sum(c for label, c in ranking if label in wanted) >= chance for _, ranking in answers])
    truth = np.array([label in wanted for label, _ in answers])
    return float(met[truth].mean()), float(met[~truth].mean())
