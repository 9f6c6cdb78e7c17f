"""How a text sounds: what is typed by its sound, or in pinyin, is the same as what was meant."""

from __future__ import annotations

import os
import re
from functools import cache

# Its dictionary of phrases takes 45 MB; only who learns words by their sound needs it, and loads it then (`nlu.pinyin`).
os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")

from pypinyin.constants import PINYIN_DICT
from pypinyin.contrib.tone_convert import to_normal


def sounds(text: str) -> list[str]:
    """Syllables without tones and pairs of them: homophones, and pinyin in place of characters, are the same.

    What southern speakers and keyboards mix up (zh and z, n and ng) is the same as well.
    """
    syllables = [_blurred(syllable) for chunk in _CHUNKS.findall(text) for syllable in _syllables(chunk)]
    return syllables + [f"{first} {second}" for first, second in zip(syllables, syllables[1:], strict=False)]


# A Chinese character, a Latin word, or whatever else stands together.
_CHUNKS = re.compile(r"[\u3400-\u9fff]|[a-z]+|[^a-z\s\u3400-\u9fff]+")


def _syllables(chunk: str) -> list[str]:
    if reading := PINYIN_DICT.get(ord(chunk)) if len(chunk) == 1 else None:
        return [_toneless(reading.split(",")[0])]
    return _pinyin().findall(chunk) if _pinyin_word().fullmatch(chunk) else [chunk]


_toneless = cache(to_normal)


@cache
def all_syllables() -> frozenset[str]:
    """Every syllable of Mandarin, without tones."""
    readings = {_toneless(reading) for entry in PINYIN_DICT.values() for reading in entry.split(",")}
    return frozenset(r for r in readings if r.isascii() and (len(r) > 1 or r in "aeo"))


@cache
def _pinyin() -> re.Pattern:
    return re.compile("|".join(sorted(all_syllables(), key=lambda syllable: (-len(syllable), syllable))))


@cache
def _pinyin_word() -> re.Pattern:
    return re.compile(f"(?:{_pinyin().pattern})+")


@cache
def _blurred(syllable: str) -> str:
    return re.sub(r"ng$", "n", re.sub(r"^([zcs])h", r"\1", syllable))
