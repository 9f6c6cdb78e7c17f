"""Lexical evidence: which guides use the question's words, and which sound like it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from zlib import crc32

import jieba
import numpy as np

from storage import settings

Tokenizer = Callable[[str], list[str]]


def words(text: str) -> list[str]:
    """The words that jieba sees."""
    _prepare_jieba()
    return [word for word in jieba.lcut(text) if not word.isspace()]


@cache
def _prepare_jieba() -> None:
    # jieba's default is a predictable file in the shared temporary folder.
    folder = Path(settings().var)
    folder.mkdir(parents=True, exist_ok=True)
    jieba.dt.tmp_dir = os.fspath(folder)
    jieba.setLogLevel("WARNING")


def counted(tokens: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
    """Tokens as numbers, and how often each comes: `(uint32, float32)`. Numbers can be kept as bytes and compared fast."""
    counts = Counter(crc32(token.encode()) for token in tokens)
    numbers = np.fromiter(counts, np.uint32, len(counts))
    return numbers, np.fromiter(counts.values(), np.float32, len(counts))


class Terms:
    """Which guide uses which token, weighted as in TF-IDF with logarithmic counts and cosine."""

    def __init__(self, tokenize: Tokenizer, bags: Sequence[tuple[np.ndarray, np.ndarray]]) -> None:
        """`bags` holds for each guide what `counted` gave."""
        self._tokenize = tokenize
        self._guides = len(bags)
        tokens = np.concatenate([numbers for numbers, _ in bags])
        guides = np.repeat(np.arange(len(bags)), [len(numbers) for numbers, _ in bags])
        self._vocabulary, columns, used_by = np.unique(tokens, return_inverse=True, return_counts=True)
        self._rarity = (np.log((1 + len(bags)) / (1 + used_by)) + 1).astype(np.float32)
        weights = (1 + np.log(np.concatenate([counts for _, counts in bags]))) * self._rarity[columns]
        weights /= np.sqrt(np.bincount(guides, weights**2, len(bags)))[guides]
        by_token = np.argsort(columns, kind="stable")
        self._posted, self._weights = guides[by_token], weights[by_token].astype(np.float32)
        self._starts = np.concatenate([[0], np.cumsum(used_by)])

    def scores(self, question: str) -> np.ndarray:
        """How much of the question each guide's words cover, `(guides,)`; tokens that no guide knows count as missing."""
        numbers, counts = counted(self._tokenize(question))
        columns = np.searchsorted(self._vocabulary, numbers).clip(max=len(self._vocabulary) - 1)
        known = self._vocabulary[columns] == numbers
        rarity = np.where(known, self._rarity[columns], np.log(1 + self._guides) + 1)
        weights = (1 + np.log(counts)) * rarity
        if not known.any():
            return np.zeros(self._guides)
        postings = [slice(self._starts[c], self._starts[c + 1]) for c in columns[known]]
        guides = np.concatenate([self._posted[p] for p in postings])
        shares = np.concatenate([self._weights[p] * w for p, w in zip(postings, weights[known], strict=True)])
        return np.bincount(guides, shares, self._guides) / np.linalg.norm(weights)
