"""Pinyin as characters: who has no Chinese keyboard writes "lu deng huai le", and means 路灯坏了.

The likeliest words with these syllables, by the frequencies that jieba's dictionary has (dynamic programming over a
unigram model, as jieba itself cuts sentences).
"""

from __future__ import annotations

import hashlib
import math
import os
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cache

import jieba

from nlu.examples import training_texts
from nlu.gazetteer import gazetteer
from nlu.settings import settings
from nlu.sounds import all_syllables

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
            if best[begin] is not None and word[begin:end] in all_syllables()
        ]
        best[end] = min(ways, key=len, default=None)
    return best[-1] or []


def _likeliest(syllables: list[str]) -> str:
    best = [(0.0, "")] + [(-math.inf, "")] * len(syllables)
    for end in range(1, len(syllables) + 1):
        ways = {" ".join(syllables[begin:end]): best[begin] for begin in range(max(0, end - LONGEST), end)}
        marks = ",".join("?" * len(ways))
        for sound, word, chance in _words().execute(f"SELECT * FROM words WHERE sound IN ({marks})", list(ways)):
            best[end] = max(best[end], (ways[sound][0] + chance, ways[sound][1] + word))
    return best[-1][1] or " ".join(syllables)


def prepare() -> None:
    """Learn the words now, if they have not been learned from the present texts and names: it takes ten seconds."""
    _words()


@cache
def _words() -> sqlite3.Connection:
    """A table `words`: the likeliest word of each sound, and the logarithm of its chance; kept in `var/pinyin`, since in
    memory it would take 100 MB."""
    texts = training_texts() + gazetteer().names()
    file = settings().var / "pinyin" / f"{hashlib.sha256(chr(10).join(texts).encode()).hexdigest()[:16]}.db"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{os.getpid()}")
        with closing(sqlite3.connect(part)) as db, db:
            db.execute("CREATE TABLE words (sound TEXT PRIMARY KEY, word TEXT, chance REAL) WITHOUT ROWID")
            db.executemany("INSERT INTO words VALUES (?, ?, ?)", _learned(texts))
        for old in file.parent.glob("*.db"):
            old.unlink(missing_ok=True)
        part.rename(file)  # others may be learning the same
    return sqlite3.connect(f"file:{file}?immutable=1", uri=True, check_same_thread=False)


def _learned(texts: Sequence[str]) -> list[tuple[str, str, float]]:
    from pypinyin import lazy_pinyin, load_phrases_dict
    from pypinyin.phrases_dict import phrases_dict

    load_phrases_dict(phrases_dict)
    found: dict[str, tuple[str, float]] = {}
    counts = _counts(texts)
    total = sum(counts.values())
    for word, count in counts.items():
        sound, chance = " ".join(lazy_pinyin(word)), math.log(count / total)
        if sound not in found or found[sound][1] < chance:
            found[sound] = word, chance
    return [(sound, *told) for sound, told in found.items()]


def _counts(texts: Sequence[str]) -> Counter[str]:
    """How often words are used; what residents say and call places, words alone and with their neighbours, counts more."""
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
