"""The index in process: every guide's texts as vectors and as character n-grams, and the evidence they give."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jieba
import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sqlalchemy import select

from knowledge_base.models import GuideRow, GuideVector
from nlu import encoder
from storage import reading, settings, writing

BATCH = 128
EVIDENCE = ("cosine", "cosine_3", "characters", "characters_3", "words", "alias")
"""What speaks for a guide, each a number in 0..1:
the nearest text's cosine and the mean of the three nearest, the same two for character n-grams,
the share of the question's words (by rarity) that the guide uses, and the part of the question that is one of its names."""


@dataclass(frozen=True)
class Entry:
    """A guide in the index: what it is called and the texts that stand for it."""

    id: str
    title: str
    field: str
    names: tuple[str, ...]
    texts: tuple[str, ...]


class Index:
    """Guides and the evidence for each of them. Built once; a change of guides builds a new one."""

    def __init__(self, entries: Sequence[Entry], vectors: np.ndarray) -> None:
        """`vectors` holds a row for each text of each entry, in their order."""
        self.entries = list(entries)
        self.vectors = vectors
        self.owner = np.repeat(np.arange(len(entries)), [len(e.texts) for e in entries])
        self.starts = np.searchsorted(self.owner, np.arange(len(entries)))
        texts = [text for entry in entries for text in entry.texts]
        self._characters = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, dtype=np.float32)
        self._matrix = self._characters.fit_transform(texts)
        self._words = TfidfVectorizer(analyzer=_words, binary=True, norm=None, use_idf=False, dtype=np.float32)
        self._text_words = self._words.fit_transform(texts)
        self._bags = self._of_guides(self._text_words).tocsc()
        self._rarity = np.log((1 + len(entries)) / (1 + np.diff(self._bags.indptr))) + 0.1

    def evidence(self, question: str, vector: np.ndarray, leave_out: int | None = None) -> np.ndarray:
        """The evidence for each guide, `(guides, len(EVIDENCE))`.

        `leave_out` is the row of a text that must not count: a guide's own question, when weights are learned from it.
        """
        cosines = self.vectors @ vector
        overlaps = (self._matrix @ self._characters.transform([question]).T).toarray()[:, 0]
        if leave_out is not None:
            cosines[leave_out] = overlaps[leave_out] = 0.0
        return np.column_stack(
            [
                np.maximum.reduceat(cosines, self.starts),
                self._three_best(cosines),
                np.maximum.reduceat(overlaps, self.starts),
                self._three_best(overlaps),
                self._shared_words(question, leave_out),
                self._named(question),
            ]
        )

    def _three_best(self, scores: np.ndarray) -> np.ndarray:
        order = np.lexsort((-scores, self.owner))
        rank = np.arange(len(scores)) - self.starts[self.owner]
        best = np.where(rank < 3, scores[order], 0.0)
        return np.add.reduceat(best, self.starts) / 3

    def _shared_words(self, question: str, leave_out: int | None) -> np.ndarray:
        columns = self._words.transform([question]).indices
        weights = self._rarity[columns]
        unknown = len(set(_words(question))) - len(columns)
        total = weights.sum() + unknown * np.log(1 + len(self.entries))
        if not total:
            return np.zeros(len(self.entries))
        shared = np.asarray(self._bags[:, columns] @ weights).ravel()
        if leave_out is not None:
            owner = self.owner[leave_out]
            others = [row for row in np.flatnonzero(self.owner == owner) if row != leave_out]
            shared[owner] = (np.asarray(self._text_words[others][:, columns].sum(axis=0)).ravel() > 0) @ weights
        return shared / total

    def _of_guides(self, text_words: csr_matrix) -> csr_matrix:
        """Which guide uses which word, from which text does."""
        texts = np.arange(len(self.owner))
        belongs = csr_matrix((np.ones(len(texts), np.float32), (self.owner, texts)))
        bags = belongs @ text_words
        bags.data[:] = 1.0
        return bags

    def _named(self, question: str) -> np.ndarray:
        length = max(len(question), 1)
        return np.array([max((len(n) for n in e.names if n in question), default=0) / length for e in self.entries])


def _words(text: str) -> list[str]:
    return [word for word in jieba.lcut(text) if len(word) > 1 or word.isalnum()]


def load_index() -> Index:
    """The index of the guides in the database; vectors that are not kept yet are made and kept."""
    _keep_jieba_cache_private()
    with reading() as session:
        entries = [_entry(row) for row in session.scalars(select(GuideRow).order_by(GuideRow.id))]
    return Index(entries, kept_vectors([text for entry in entries for text in entry.texts]))


def _entry(row: GuideRow) -> Entry:
    names = tuple(map(encoder.normalize, (row.title, *row.body.get("aliases", ()))))
    questions = map(encoder.normalize, row.body["questions"])
    return Entry(row.id, row.title, row.field, names, tuple(dict.fromkeys((*names, *questions))))


def kept_vectors(texts: Sequence[str]) -> np.ndarray:
    """The texts' vectors, made once and kept in the database by content and encoder."""
    keys = [hashlib.sha256(f"{encoder.name()}\n{text}".encode()).hexdigest() for text in texts]
    with reading() as session:
        kept = {row.key: np.frombuffer(row.vector, np.float32) for row in session.scalars(select(GuideVector))}
    missing = list({key: text for key, text in zip(keys, texts, strict=True) if key not in kept}.items())
    for begin in range(0, len(missing), BATCH):
        batch = missing[begin : begin + BATCH]
        vectors = encoder.encode_queries([text for _, text in batch])
        with writing() as session:
            for (key, _), vector in zip(batch, vectors, strict=True):
                session.merge(GuideVector(key=key, vector=vector.tobytes()))
        kept.update(zip((key for key, _ in batch), vectors, strict=True))
    return np.stack([kept[key] for key in keys]) if keys else np.zeros((0, 1), np.float32)


def _keep_jieba_cache_private() -> None:
    # jieba's default is a predictable file in the shared temporary folder.
    folder = Path(settings().var)
    folder.mkdir(parents=True, exist_ok=True)
    jieba.dt.tmp_dir = os.fspath(folder)
    jieba.setLogLevel("WARNING")
