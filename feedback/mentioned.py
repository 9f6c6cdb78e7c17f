"""Which of a resident's reports their words mean: by its rank, its matter or its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import cache

from feedback.models import Report
from nlu.categories import categories, category
from nlu.places import without_places

_RANK = re.compile(r"(?:第([一二两三四五六七八九1-9])|(最后)一?)(?:个|件|条|项)(?!路口|灯|楼|门)")
_NUMERALS = {numeral: number for number, numeral in enumerate("一二三四五六七八九", 1)} | {"两": 2}
_NEGATED = re.compile("(?:而)?不是[^，,。；;\\s]+")
_POINTED_AT = re.compile("([^，,。]{2,12}?)的?(?:[那这](?:个|件|条|事)|的事|的呢)")
"""What stands before such words tells which report is meant."""
_BESIDE = re.compile("^(?:门口|附近|旁边|对面|楼下|这里|那里|的|有|[，,。 ])+")
FEWEST_OF_A_PLACE, FEWEST_OF_A_MATTER = 3, 2
"""Characters in common from which a place or a matter is named."""
LONGEST_MATTER, LONGEST_PLACE = 12, 14
"""Characters by which somebody knows their report again."""


def mentioned(reports: Sequence[Report], words: str, listed: Sequence[str] = ()) -> list[Report]:
    """The reports that words may mean; all if they name none, none if they name a rank that there isn't.

    `reports` are the resident's, newest first; `listed` the numbers of a list that they were just shown, which a rank then
    counts in. Without a list it counts in the order of filing.
    """
    words = _NEGATED.sub("", words)
    if rank := _RANK.search(words):
        return _ranked(reports, rank, listed)
    scores = [_likeness(report, words) for report in reports]
    return [report for report, score in zip(reports, scores, strict=True) if score == max(scores)]


def is_named(report: Report, words: str) -> bool:
    """Whether words name the matter or the place of a report, or a rank that may be its."""
    return bool(_RANK.search(words)) or _likeness(report, _NEGATED.sub("", words)) > 0


def without_rank(words: str) -> str:
    """Words without those that tell which of several is meant."""
    return _RANK.sub("", words)


def short_title(report: Report) -> str:
    """Matter and place, short enough for a button."""
    return "，".join(filter(None, (short_matter(report), short_place(report))))


def short_matter(report: Report) -> str:
    """The first words of the matter, without the place."""
    told = _BESIDE.sub("", without_places(report.text))
    first = re.split("[，,。；;！!？?\n]", told)[0]
    return _cut(first if len(first) > 1 else told, LONGEST_MATTER)


def short_place(report: Report) -> str:
    """The spot, else the district; empty if nothing is known of the place."""
    spot = (report.address or "").removeprefix(report.district or "").strip()
    return _cut(spot or report.district or "", LONGEST_PLACE)


def _ranked(reports: Sequence[Report], rank: re.Match, listed: Sequence[str]) -> list[Report]:
    by_number = {report.number: report for report in reports}
    order = [by_number[number] for number in listed if number in by_number] or list(reversed(reports))
    position = len(order) if rank[2] else _NUMERALS.get(rank[1]) or int(rank[1])
    return order[position - 1 : position]


def _likeness(report: Report, words: str) -> int:
    """How many characters of words name the report's place or matter."""
    pointed = _POINTED_AT.search(words)
    terms = [term for term in _terms() if term in words and (term in report.text or term in _own_terms(report))]
    return (
        _in_common(words, report.address or report.district or "", FEWEST_OF_A_PLACE)
        + max(map(len, terms), default=0)
        + (_in_common(pointed[1], without_places(report.text), FEWEST_OF_A_MATTER) if pointed else 0)
    )


def _in_common(words: str, told: str, fewest: int) -> int:
    """The length of the longest run of characters in both, if it isn't too short to tell anything."""
    size = SequenceMatcher(None, words, told, autojunk=False).find_longest_match().size
    return size if size >= fewest else 0


def _own_terms(report: Report) -> tuple[str, ...]:
    known = category(report.category)
    return (known.name, *known.keywords)


@cache
def _terms() -> frozenset[str]:
    """The words for matters that all categories have."""
    return frozenset(term for known in categories().values() for term in (known.name, *known.keywords))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
