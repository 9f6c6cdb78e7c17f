"""What a message is about: intent, category, kind, urgency and place, by the trained model as it stands."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import f1_score
from tqdm import tqdm

from nlu.analyze import analyze
from nlu.training import ensure_model
from tests.evaluate import diet

HERE = Path(__file__).parent
CONFUSED = 15
"""Rows of a table of confusions."""


def sections() -> Iterator[str]:
    """The chapter of understanding, a piece at a time."""
    sets = {name: _read(HERE / f"{name}.jsonl") for name in ("reports", "intents", "dangers", "places")}
    texts = [row["text"] for rows in sets.values() for row in rows]
    analyses = iter(list(tqdm(analyze(texts, ensure_model()), "理解", len(texts), unit="句")))
    said = {name: [next(analyses) for _ in rows] for name, rows in sets.items()}
    yield "## Understanding: what a message is about\n"
    yield from _reports(sets["reports"], said["reports"])
    yield from _intents(sets["intents"], said["intents"])
    yield from _dangers(sets["dangers"], said["dangers"])
    yield from _places(sets["places"], said["places"])


def _reports(rows: Sequence[dict], said: Sequence[dict]) -> Iterator[str]:
    truth = [row["category"] for row in rows]
    ranked = [[entry["code"] for entry in a["ranking"]] for a in said]
    first = [codes[0] for codes in ranked]
    yield f"Reports: {len(rows)} texts over {len(set(truth))} categories (`tests/evaluate/reports.jsonl`).\n"
    yield "| | first | among three | macro F1 |\n|---|---|---|---|"
    yield _category_row("category", truth, ranked)
    if theirs := diet.kept("category", [row["text"] for row in rows]):
        yield _category_row(f"category, DIET ({diet.EPOCHS} epochs)", truth, theirs)
    kinds, found = [row["kind"] for row in rows], [a["kind"] or "none" for a in said]
    yield f"| kind | {_share(kinds, found)} | | {f1_score(kinds, found, average='macro', zero_division=0):.3f} |\n"
    yield _urgency(rows, said)
    yield _confusions(truth, first, "category")
    yield _confusions(kinds, found, "kind")


def _category_row(name: str, truth: Sequence[str], ranked: Sequence[Sequence[str]]) -> str:
    first = [codes[0] for codes in ranked]
    among = np.mean([code in codes[:3] for code, codes in zip(truth, ranked, strict=True)])
    return f"| {name} | {_share(truth, first)} | {among:.3f} | {f1_score(truth, first, average='macro'):.3f} |"


def _intents(rows: Sequence[dict], said: Sequence[dict]) -> Iterator[str]:
    truth, found = [row["intent"] for row in rows], [a["intent"]["name"] for a in said]
    theirs = diet.kept("intent", [row["text"] for row in rows])
    yield f"Intents: {len(rows)} texts (`tests/evaluate/intents.jsonl`).\n"
    yield "| | right | macro F1 |\n|---|---|---|"
    rows_of = {"intent": found} | (
        {f"intent, DIET ({diet.EPOCHS} epochs)": [labels[0] for labels in theirs]} if theirs else {}
    )
    for name, answers in rows_of.items():
        macro = f1_score(truth, answers, average="macro", labels=sorted(set(truth)), zero_division=0)
        yield f"| {name} | {_share(truth, answers)} | {macro:.3f} |"
    yield ""
    yield _confusions(truth, found, "intent")


def _dangers(rows: Sequence[dict], said: Sequence[dict]) -> Iterator[str]:
    emergencies = [a["intent"]["name"] for a in said]
    truth = [row["emergency"] for row in rows]
    met = [name in ("emergency", "self_harm") for name in emergencies]
    yield f"Dangers and near-dangers: {len(rows)} texts. {_urgency(rows, said)}"
    found = np.mean([m for m, t in zip(met, truth, strict=True) if t])
    false = np.mean([m for m, row in zip(met, rows, strict=True) if not row["urgent"]])
    yield f"Told to call at once: {found:.3f} of the emergencies, {false:.3f} of what is no danger.\n"
    missed = [row["text"] for row, m in zip(rows, met, strict=True) if row["emergency"] and not m]
    yield f"Emergencies that were not met as such: {len(missed)}.\n"


def _places(rows: Sequence[dict], said: Sequence[dict]) -> Iterator[str]:
    yield "| places | texts | right |\n|---|---|---|"
    for part in ("district", "subdistrict"):
        told = [(row[part], a["location"][part]) for row, a in zip(rows, said, strict=True)]
        named, unnamed = [p for p in told if p[0]], [p for p in told if not p[0]]
        yield f"| {part}, where the text tells | {len(named)} | {np.mean([a == b for a, b in named]):.3f} |"
        yield f"| {part}, left open where it doesn't | {len(unnamed)} | {np.mean([b is None for _, b in unnamed]):.3f} |"
    yield ""


def _urgency(rows: Sequence[dict], said: Sequence[dict]) -> str:
    urgent = [a["urgent"] for row, a in zip(rows, said, strict=True) if row["urgent"]]
    others = [a["urgent"] for row, a in zip(rows, said, strict=True) if not row["urgent"]]
    return f"Urgent: {np.mean(urgent):.3f} of {len(urgent)} found, {np.mean(others):.3f} false alarms among {len(others)}.\n"


def _confusions(truth: Sequence[str], found: Sequence[str], name: str) -> str:
    wrong = Counter((t, f) for t, f in zip(truth, found, strict=True) if t != f)
    rows = [f"| {t} | {f} | {count} |" for (t, f), count in wrong.most_common(CONFUSED)]
    return "\n".join([f"| {name} | taken for | texts |", "|---|---|---|", *rows, ""])


def _share(truth: Sequence[str], found: Sequence[str]) -> str:
    return f"{np.mean([t == f for t, f in zip(truth, found, strict=True)]):.3f}"


def _read(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]
