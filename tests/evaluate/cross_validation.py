"""How well the learned part does on training texts that are left out of training in turn, before any rule or threshold.

Beside the held-out sets it tells whether a figure there is luck, and thresholds are chosen on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import yaml
from sklearn.metrics import f1_score
from tqdm import tqdm

from nlu.components.classifier import CATEGORY, DANGERS, INTENT, KIND, QUESTIONS, SENTIMENT, URGENT
from nlu.matter import MatterModel, Ranking
from nlu.places import without_places
from nlu.settings import ROOT
from nlu.training_vectors import kept_vectors

FOLDS = 3
CHANCES = (0.2, 0.3, 0.4, 0.5)
"""Thresholds that are shown."""


@dataclass(frozen=True)
class Example:
    """A training text with its labels, a question each; None where it has none."""

    text: str
    labels: dict[str, str | None]


def sections() -> Iterator[str]:
    """The chapter of cross-validation, a piece at a time."""
    examples = list(_examples())
    said = _left_out(examples)
    yield "## Cross-validation: the learned part on texts left out of training\n"
    yield f"{len(examples)} training texts in {FOLDS} parts, each left out in turn.\n"
    yield "| | texts | first | among three | macro F1 |\n|---|---|---|---|---|"
    for question in (CATEGORY, KIND, INTENT):
        yield _row(question, examples, said)
    yield "\n| chance from which it counts | urgent found | false alarms | dangers found | false alarms |\n|---|---|---|---|---|"
    for chance in CHANCES:
        urgent = _found(examples, said, URGENT, ("true",), chance)
        danger = _found(examples, said, INTENT, DANGERS, chance)
        yield f"| {chance} | {urgent[0]:.3f} | {urgent[1]:.3f} | {danger[0]:.3f} | {danger[1]:.3f} |"
    yield ""


def _examples() -> Iterator[Example]:
    for file in sorted((ROOT / "nlu/data").rglob("*.yml")):
        for block in yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)["nlu"]:
            metadata = block.get("metadata") or {}
            labels = {
                q: str(metadata[q]).lower() if q in metadata else None for q in (CATEGORY, KIND, URGENT, SENTIMENT)
            }
            for line in filter(str.strip, block["examples"].splitlines()):
                yield Example(line.removeprefix("- ").strip(), {INTENT: block["intent"], **labels})


def _left_out(examples: list[Example]) -> list[dict[str, Ranking]]:
    """For each example what a model says that did not learn from it."""
    texts = [without_places(example.text) for example in examples]
    vectors = kept_vectors(texts)
    parts = np.random.default_rng(0).integers(FOLDS, size=len(texts))
    said: list[dict[str, Ranking]] = [{} for _ in texts]
    for part in tqdm(range(FOLDS), "交叉验证", unit="份"):
        known, new = np.flatnonzero(parts != part), np.flatnonzero(parts == part)
        labels = {question: [examples[i].labels[question] for i in known] for question in QUESTIONS}
        model = MatterModel().fit([texts[i] for i in known], vectors[known], labels)
        for i, rankings in zip(new, model.rankings([texts[i] for i in new], vectors[new]), strict=True):
            said[i] = rankings
    return said


def _row(question: str, examples: list[Example], said: list[dict[str, Ranking]]) -> str:
    told = [
        (e.labels[question], [label for label, _ in s[question]])
        for e, s in zip(examples, said, strict=True)
        if e.labels[question]
    ]
    truth, first = [label for label, _ in told], [labels[0] for _, labels in told]
    among = np.mean([label in labels[:3] for label, labels in told])
    right = np.mean(np.array(truth) == np.array(first))
    macro = f1_score(truth, first, average="macro", zero_division=0)
    return f"| {question} | {len(told)} | {right:.3f} | {among:.3f} | {macro:.3f} |"


def _found(
    examples: list[Example], said: list[dict[str, Ranking]], question: str, labels: tuple[str, ...], chance: float
) -> tuple[float, float]:
    """Share of the examples with one of the labels that get it from a chance on, and share of all others that do."""
    asked = [
        (e.labels[question] in labels, s[question]) for e, s in zip(examples, said, strict=True) if e.labels[question]
    ]
    met = np.array([sum(c for label, c in ranking if label in labels) >= chance for _, ranking in asked])
    truth = np.array([is_one for is_one, _ in asked])
    return float(met[truth].mean()), float(met[~truth].mean())
