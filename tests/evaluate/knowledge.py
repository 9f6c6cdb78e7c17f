"""The right guide first, or an honest "I don't know": beside the encoder alone and TF-IDF alone on the same sets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from tqdm import tqdm

from knowledge_base.features import features_of
from knowledge_base.guides import shipped_files
from knowledge_base.index import Index
from knowledge_base.schema import FIELDS, Guide, read_guides
from knowledge_base.search import calibration, search
from nlu import encoder

HELD_OUT = Path(__file__).with_name("questions.jsonl")
FOREIGN = Path(__file__).with_name("foreign.jsonl")
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
STYLES = {
    "plain": "平常话", "terse": "几个字", "elderly": "老人、沪语", "story": "讲事情", "typo": "错别字", "mixed": "繁体、拼音、英文",
}  # fmt: skip


@dataclass(frozen=True)
class Question:
    """A question, the number of the guide that answers it, and what it is counted under."""

    text: str
    guide: int
    groups: tuple[str, ...] = ()


Ranker = Callable[[str, np.ndarray], np.ndarray]
"""Scores of all guides for a normalized question and its vector."""


def sections() -> Iterator[str]:
    """The chapter of the knowledge base, a piece at a time."""
    guides = sorted(read_guides(shipped_files()), key=lambda guide: guide.id)
    index = index_of(guides, "指南")
    yield "## Knowledge base: the right guide for a resident's own words\n"
    yield from _own(guides, index)
    yield from _epidemic()
    yield from _foreign(index)


def _own(guides: Sequence[Guide], index: Index) -> Iterator[str]:
    numbers = {guide.id: number for number, guide in enumerate(guides)}
    rows = [json.loads(line) for line in HELD_OUT.read_text("utf-8").splitlines()]
    questions = [
        Question(row["question"], numbers[row["guide"]], (guides[numbers[row["guide"]]].field, STYLES[row["style"]]))
        for row in rows
    ]
    vectors = encoder.encode_queries([question.text for question in questions])
    yield f"Held-out: {len(questions)} questions over {len(guides)} guides (`tests/evaluate/questions.jsonl`).\n"
    yield _compared(questions, vectors, index, [_texts(guide) for guide in guides])
    found = [search(index, q.text, v) for q, v in zip(questions, vectors, strict=True)]
    decisions = [result.decision for result in found]
    right = np.array([guides[q.guide].id == result.hits[0].id for q, result in zip(questions, found, strict=True)])
    shares = {name: np.mean([d == name for d in decisions]) for name in ("answer", "clarify", "none")}
    yield f"Answered {shares['answer']:.3f}, asked back {shares['clarify']:.3f}, declined {shares['none']:.3f}.\n"
    sure = np.array([d == "answer" for d in decisions])
    yield f"The first hit of the whole search is right for {right.mean():.3f}, of those answered outright for {right[sure].mean():.3f}.\n"
    ranks = _ranks(questions, vectors, _learned(index))
    for title, names in (("Field", FIELDS), ("Style", STYLES.values())):
        yield _by_group(title, names, questions, ranks)


def _epidemic() -> Iterator[str]:
    file = SHARED / "faq_pairs_epidemic.jsonl"
    if not file.exists():
        yield f"Epidemic questions: not measured, {file.name} is not here.\n"
        return
    pairs = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    texts = list(dict.fromkeys(pair["s1"] for pair in pairs))
    numbers = {text: number for number, text in enumerate(texts)}
    asked = [pair for pair in pairs if int(pair["label"]) == 1 and measuring_half(pair["s1"])]
    questions = [Question(pair["s2"], numbers[pair["s1"]]) for pair in asked]
    index = faq_index(texts)
    vectors = encoder.encode_queries([question.text for question in questions])
    yield f"Epidemic questions, the measuring half: {len(questions)} questions, {len(texts)} answers of one text each.\n"
    yield _compared(questions, vectors, index, [[encoder.normalize(text)] for text in texts])


def measuring_half(text: str) -> bool:
    """Whether a text belongs to the half of the epidemic questions that is measured on, not tuned on."""
    return hashlib.sha256(text.encode()).digest()[0] % 2 == 1


def faq_index(texts: Sequence[str]) -> Index:
    """An index in which each text is a guide of its own."""
    made = [Guide(id=f"q{n}", title=text[:100], field=FIELDS[0], questions=(text,)) for n, text in enumerate(texts)]
    return index_of(made, "问答")


def index_of(guides: Sequence[Guide], progress: str) -> Index:
    """An index in memory, encoded on all cores."""
    with encoder.mapping(True) as mapped:
        return Index(list(tqdm(mapped(features_of, guides), progress, len(guides))))


def _foreign(index: Index) -> Iterator[str]:
    sets = {"Held-out talk (`tests/evaluate/foreign.jsonl`)": [json.loads(x)["question"] for x in _lines(FOREIGN)]}
    if (file := SHARED / "other_domains_smp2017.jsonl").exists():
        rows = [json.loads(line) for line in _lines(file)]
        sets["Foreign domains, the `test` split (SMP2017)"] = [r["text"] for r in rows if r["split"] == "test"]
    yield "| what no guide answers | texts | declined | asked back | answered |\n|---|---|---|---|---|"
    for name, texts in sets.items():
        vectors = encoder.encode_queries(texts)
        decisions = [search(index, text, vector).decision for text, vector in zip(texts, vectors, strict=True)]
        shares = [np.mean([d == name for d in decisions]) for name in ("none", "clarify", "answer")]
        yield f"| {name} | {len(texts)} | {shares[0]:.3f} | {shares[1]:.3f} | {shares[2]:.3f} |"
    yield ""


def _compared(questions: Sequence[Question], vectors: np.ndarray, index: Index, texts: list[list[str]]) -> str:
    rankers = {
        "this search": _learned(index),
        "encoder alone": _encoder_alone(index),
        "TF-IDF alone": _tfidf_alone(texts),
    }
    lines = ["| | R@1 | R@3 | MRR |", "|---|---|---|---|"]
    for name, ranker in rankers.items():
        ranks = _ranks(questions, vectors, ranker)
        found = (np.mean(ranks == 0), np.mean(ranks < 3), np.mean(1 / (1 + ranks)))
        lines.append(f"| {name} | {found[0]:.3f} | {found[1]:.3f} | {found[2]:.3f} |")
    return "\n".join(lines) + "\n"


def _ranks(questions: Sequence[Question], vectors: np.ndarray, ranker: Ranker) -> np.ndarray:
    """How many guides stand before the right one."""
    ranks = []
    for question, vector in zip(questions, vectors, strict=True):
        scores = ranker(encoder.normalize(question.text), vector)
        ranks.append(int((scores > scores[question.guide]).sum()))
    return np.array(ranks)


def _learned(index: Index) -> Ranker:
    return lambda text, vector: calibration().scores(index.evidence(text, vector))


def _encoder_alone(index: Index) -> Ranker:
    starts = np.cumsum([0] + [len(guide.asked) for guide in index.guides[:-1]])
    asked = np.concatenate([guide.asked for guide in index.guides])
    return lambda text, vector: np.maximum.reduceat(asked @ vector, starts)


def _tfidf_alone(texts: list[list[str]]) -> Ranker:
    starts = np.cumsum([0] + [len(of_guide) for of_guide in texts[:-1]])
    model = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
    matrix = model.fit_transform([text for of_guide in texts for text in of_guide])
    return lambda text, vector: np.maximum.reduceat((matrix @ model.transform([text]).T).toarray()[:, 0], starts)


def _texts(guide: Guide) -> list[str]:
    return [encoder.normalize(text) for text in (guide.title, *guide.aliases, *guide.questions)]


def _by_group(title: str, names: Sequence[str], questions: Sequence[Question], ranks: np.ndarray) -> str:
    lines = [f"| {title} | questions | R@1 | R@3 |", "|---|---|---|---|"]
    for name in names:
        of_group = ranks[[name in question.groups for question in questions]]
        if len(of_group):
            lines.append(f"| {name} | {len(of_group)} | {np.mean(of_group == 0):.3f} | {np.mean(of_group < 3):.3f} |")
    return "\n".join(lines) + "\n"


def _lines(file: Path) -> list[str]:
    return file.read_text("utf-8").splitlines()
