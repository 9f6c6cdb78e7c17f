"""Pinyin as characters: who has no Chinese keyboard writes "lu deng huai le", and means 路灯坏了.

The likeliest words with these syllables, by the frequencies that jieba's dictionary has (dynamic programming over a
unigram model, as jieba itself cuts sentences).
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

import jieba
from pypinyin import lazy_pinyin
from pypinyin.constants import PINYIN_DICT
from pypinyin.contrib.tone_convert import to_normal

from nlu.settings import settings

FEWEST_SYLLABLES = 3
"""Of fewer, one can't tell pinyin from English or a name."""
COMMON = 30
"""How often a word must have been seen to count; rarer ones make nonsense more often than sense."""
OURS = 1000
"""What a word in our training texts counts beside one of jieba's corpus of 60 million."""
LONGEST = 4
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_LATIN = re.compile(r"[a-z0-9' ,.!?-]+")
_WORD = re.compile(r"[a-z]+")
_RUN = re.compile(r"[a-z]+(?:[' ]+[a-z]+)*")


def to_characters(text: str) -> str:
    """A text that is pinyin and nothing else (numbers may stand in it), in characters; any other text as it is."""
    plain = text.lower()
    if not _LATIN.fullmatch(plain):
        return text
    cut = {word: _syllables(word) for word in _WORD.findall(plain)}
    if not all(cut.values()) or sum(len(cut[word]) for word in _WORD.findall(plain)) < FEWEST_SYLLABLES:
        return text
    written = _RUN.sub(lambda run: _likeliest([s for word in _WORD.findall(run[0]) for s in cut[word]]), plain)
    # Between characters numbers have no spaces; what follows one and sounds like "good" counts houses.
    return re.sub(r"(\d)好", r"\1号", re.sub(r" ?(\d+) ?", r"\1", written))


def _syllables(word: str) -> list[str]:
    """The syllables of a word without spaces, as few as possible; empty if it isn't pinyin."""
    best: list[list[str] | None] = [[]] + [None] * len(word)
    for end in range(1, len(word) + 1):
        ways = [
            [*best[begin], word[begin:end]]
            for begin in range(max(0, end - 6), end)
            if best[begin] is not None and word[begin:end] in _all_syllables()
        ]
        best[end] = min(ways, key=len, default=None)
    return best[-1] or []


def _likeliest(syllables: list[str]) -> str:
    words = _words()
    best = [(0.0, "")] + [(-math.inf, "")] * len(syllables)
    for end in range(1, len(syllables) + 1):
        for begin in range(max(0, end - LONGEST), end):
            if found := words.get(" ".join(syllables[begin:end])):
                word, chance = found
                best[end] = max(best[end], (best[begin][0] + chance, best[begin][1] + word))
    return best[-1][1] or " ".join(syllables)


@cache
def _all_syllables() -> frozenset[str]:
    readings = {to_normal(reading) for entry in PINYIN_DICT.values() for reading in entry.split(",")}
    return frozenset(r for r in readings if r.isascii() and (len(r) > 1 or r in "aeo"))


def prepare() -> None:
    """Learn the words now, if they have not been learned from the present training texts: it takes ten seconds."""
    _words()


@cache
def _words() -> dict[str, tuple[str, float]]:
    """The likeliest word of each sound, and the logarithm of its chance; kept in `var/pinyin`."""
    from nlu.training_vectors import training_texts

    texts = training_texts()
    file = settings().var / "pinyin" / f"{hashlib.sha256(chr(10).join(texts).encode()).hexdigest()[:16]}.json"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(_learned(texts), ensure_ascii=False), "utf-8")
        part.rename(file)  # others may be learning the same
    return json.loads(file.read_text("utf-8"))


def _learned(texts: Sequence[str]) -> dict[str, tuple[str, float]]:
    found: dict[str, tuple[str, float]] = {}
    counts = _counts(texts)
    total = sum(counts.values())
    for word, count in counts.items():
        sound, chance = " ".join(lazy_pinyin(word)), math.log(count / total)
        if sound not in found or found[sound][1] < chance:
            found[sound] = word, chance
    return found


def _counts(texts: Sequence[str]) -> Counter[str]:
    """How often words are used; what residents say, words alone and with their neighbours, counts more."""
    jieba.initialize()
    counts = Counter({word: count for word, count in jieba.dt.FREQ.items() if count >= COMMON and len(word) <= LONGEST})
    for text in texts:
        for said in _phrases(jieba.lcut(text)):
            counts[said] += OURS
    return counts


def _phrases(words: list[str]) -> Iterator[str]:
    for begin in range(len(words)):
        for end in range(begin + 1, min(begin + LONGEST, len(words)) + 1):
            phrase = "".join(words[begin:end])
            if len(phrase) <= LONGEST and _CHINESE.fullmatch(phrase):
                yield phrase
