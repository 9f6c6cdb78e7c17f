"""The nearest texts to a question, in process or in PostgreSQL: `nearest(vector)` of both gives the same."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from knowledge_base.features import Features
from storage import engine, reading, writing

log = logging.getLogger(__name__)
NEAREST = 100
"""Texts that are looked up; a guide that has none among them counts as no nearer than the last."""
Found = tuple[np.ndarray, np.ndarray]


class Vectors(Protocol):
    def nearest(self, vector: np.ndarray, count: int = NEAREST, among: np.ndarray | None = None) -> Found:
        """The numbers of the guides whose texts are nearest, and the cosines, best first; a guide comes once a text.

        Who need not look at all guides may look at the numbers in `among` alone.
        """


def open_vectors(guides: Sequence[Features]) -> Vectors:
    """pgvector's index where the database has it, otherwise one in process."""
    if engine().dialect.name == "postgresql":
        try:
            return PostgresVectors(guides)
        except DBAPIError as error:
            log.warning("没有 pgvector，向量改在进程内查找: %s", error.orig)
    return LocalVectors(guides)


class LocalVectors:
    """Compares text by text; with all of them at a city's size that takes as long as everything else in a search."""

    def __init__(self, guides: Sequence[Features]) -> None:
        self._texts = np.concatenate([guide.asked for guide in guides])
        self._counts = np.array([len(guide.asked) for guide in guides])
        self._begins = np.cumsum(self._counts) - self._counts
        self._owners = np.repeat(np.arange(len(guides)), self._counts)

    def nearest(self, vector: np.ndarray, count: int = NEAREST, among: np.ndarray | None = None) -> Found:
        texts, owners = self._texts, self._owners
        if among is not None:
            rows = self._rows(among)
            texts, owners = texts[rows], owners[rows]
        cosines = texts @ vector
        best = highest(cosines, count)
        best = best[np.argsort(-cosines[best])]
        return owners[best], cosines[best]

    def _rows(self, guides: np.ndarray) -> np.ndarray:
        """Where the texts of these guides stand."""
        counts = self._counts[guides]
        before = np.cumsum(counts) - counts
        return np.arange(counts.sum()) + np.repeat(self._begins[guides] - before, counts)


class PostgresVectors:
    """A table of texts with an HNSW index. Rows are named by content, so instances share them."""

    EXAMINED = 400
    """Candidates that HNSW keeps (`ef_search`): more finds more and takes longer."""

    def __init__(self, guides: Sequence[Features]) -> None:
        self._numbers = {guide.key: number for number, guide in enumerate(guides)}
        dimensions = guides[0].asked.shape[1]
        with writing() as session:
            for statement in _TABLE:
                session.execute(text(statement.format(d=dimensions)))
            stored = set(session.scalars(text("SELECT DISTINCT key FROM guide_texts")))
            session.execute(
                text("DELETE FROM guide_texts WHERE NOT key = ANY(:keys)"), {"keys": list(self._numbers)}
            )  # fmt: skip
            rows = [
                {"key": guide.key, "number": number, "vector": _literal(vector)}
                for guide in guides
                if guide.key not in stored
                for number, vector in enumerate(guide.asked)
            ]
            if rows:
                session.execute(text("INSERT INTO guide_texts VALUES (:key, :number, :vector)"), rows)
        self._query = text(_NEAREST.format(d=dimensions))

    def nearest(self, vector: np.ndarray, count: int = NEAREST, among: np.ndarray | None = None) -> Found:
        with reading() as session:
            session.execute(text(f"SET LOCAL hnsw.ef_search = {max(self.EXAMINED, count)}"))
            found = session.execute(self._query, {"vector": _literal(vector), "count": count}).all()
        found = [(self._numbers[key], 1 - distance) for key, distance in found if key in self._numbers]
        return np.array([n for n, _ in found], int), np.array([c for _, c in found], np.float32)


_TABLE = (
    "CREATE EXTENSION IF NOT EXISTS vector",
    "CREATE TABLE IF NOT EXISTS guide_texts (key text, number int, embedding vector, PRIMARY KEY (key, number))",
    # The dimensions are the encoder's, so that the column leaves them open and the index names them.
    "CREATE INDEX IF NOT EXISTS guide_texts_nearest_{d} ON guide_texts "
    "USING hnsw ((embedding::vector({d})) vector_cosine_ops) WHERE vector_dims(embedding) = {d}",
)
_NEAREST = (
    "SELECT key, (embedding::vector({d})) <=> CAST(:vector AS vector({d})) AS distance FROM guide_texts "
    "WHERE vector_dims(embedding) = {d} ORDER BY distance LIMIT :count"
)


def _literal(vector: np.ndarray) -> str:
    return "[" + ",".join(f"{value:.7f}" for value in vector) + "]"


def highest(scores: np.ndarray, count: int) -> np.ndarray:
    """Where the highest scores stand, in no order."""
    return np.argpartition(-scores, count)[:count] if count < len(scores) else np.arange(len(scores))
