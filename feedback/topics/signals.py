"""What of a voice may rise together with others: its category by place, and its telling words.

A signal is written `category|feature|…`; the category `*` stands for all together. Features: `d:` district, `s:` subdistrict,
`p:` spot, `w:` word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache

import jieba

from feedback.settings import settings

ALL = "*"
LONGEST_TEXT = 300
"""Characters of a text that are looked at."""
_WORD = re.compile(r"[一-龥]{2,8}|[a-z]{3,12}")

# jieba's default is a predictable file in the shared temporary folder.
jieba.dt.tmp_dir = str(settings().var)
jieba.setLogLevel("WARNING")


@dataclass(frozen=True)
class Voice:
    """A resident's report, or their joining of one."""

    report_id: int
    conversation_id: str
    at: datetime
    category: str
    text: str
    district: str | None = None
    subdistrict: str | None = None
    spot: str | None = None

    @cached_property
    def places(self) -> tuple[str, ...]:
        """Its places as features, the widest first."""
        told = (("d", self.district), ("s", self.subdistrict), ("p", self.spot))
        return tuple(f"{kind}:{name}" for kind, name in told if name)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Its words, without those that name its place."""
        where = f"{self.district or ''}{self.subdistrict or ''}{self.spot or ''}"
        return tuple(word for word in words_of(self.text[:LONGEST_TEXT]) if word not in where)

    @cached_property
    def signals(self) -> tuple[str, ...]:
        """All that may rise: its category, each place, its words, in the city and in the district. Not all voices of the city
        together: two surges at once would be taken for one."""
        return tuple(self._signals())

    def _signals(self) -> Iterator[str]:
        yield from (level for level in self.levels if level != ALL)
        if self.district:
            for word in self.words:
                yield f"{self.category}|w:{word}|d:{self.district}"

    @cached_property
    def levels(self) -> tuple[str, ...]:
        """The signals of at most one feature, whose levels are kept; those of several follow from them."""
        alone = [category for category in (self.category, ALL)]
        placed = [f"{category}|{place}" for category in alone for place in self.places]
        return (*alone, *placed, *(f"{self.category}|w:{word}" for word in self.words))


@lru_cache(maxsize=50_000)
def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, each once."""
    return tuple(dict.fromkeys(word for word in jieba.cut(text.lower()) if _WORD.fullmatch(word)))
