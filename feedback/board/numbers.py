"""The figures of the board: those of `feedback/figures.py`, counted now and then, and none that tells of single people."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

from feedback.board.places import DISTRICTS
from feedback.figures import DEFINITIONS, Figures, Period, figures, last_days
from nlu.categories import names
from storage import reading

PERIODS = {"30": "近 30 天", "90": "近 90 天", "365": "近一年"}
GROUPS = {"district": "区", "department": "承办部门", "category": "类别"}
"""What the figures can be divided by."""
RATES = {"response_rate": "contact_due", "solved_rate": "asked", "satisfied_rate": "rated"}
"""Each rate, and what it is a share of."""
COUNTS = ("received", "open", "overdue")
COLUMNS = (*COUNTS, *RATES)
MEANINGS = {column: DEFINITIONS[column] for column in COLUMNS}
FEWEST = 5
"""Of fewer cases nothing is told: a rate would mislead, and a case might be known to somebody."""
TOO_FEW = "样本不足"
_UNKNOWN = {"district": "地点不详", "department": "还没有派单", "category": "未定"}
_SHADES = 4
_SUMS = ("received", "open", "contact_due", "contacted_in_time", "asked", "solved", "rated", "satisfied", "overdue")
_SECONDS_A_DAY = 2
"""Figures of so many days are kept so many times this long: of thirty days, a minute."""
_counting = {days: Lock() for days in PERIODS}


@dataclass(frozen=True)
class Numbers:
    """The figures of the city, a district, a department or a category; None where there are too few cases to tell."""

    key: str | None
    name: str
    received: int | None
    open: int | None
    overdue: int | None
    response_rate: float | None
    solved_rate: float | None
    satisfied_rate: float | None

    def cell(self, column: str) -> str:
        """A figure in words."""
        value = getattr(self, column)
        if value is None:
            return TOO_FEW
        return f"{value:.1%}" if column in RATES else f"{value:,}"


@dataclass(frozen=True)
class Tile:
    """A district on the map; `shade` 0 to 4 grows with what it received."""

    numbers: Numbers
    column: int
    row: int
    shade: int


@dataclass(frozen=True)
class Counted:
    """The figures of a period: of the whole city, and divided."""

    period: Period
    city: Numbers
    rows: list[Numbers]


def numbers(days: str, by: str) -> Counted:
    """The figures of a period of `PERIODS`, divided by one of `GROUPS`; of thirty days they are up to a minute old, of a year twelve."""
    with _counting[days]:  # whoever asks at the same time waits for one count instead of counting too
        return _counted(days, by, int(time.monotonic() // (_SECONDS_A_DAY * int(days))))


def forget() -> None:
    """Count anew at the next question."""
    _counted.cache_clear()


@lru_cache(maxsize=2 * len(PERIODS) * len(GROUPS))
def _counted(days: str, by: str, _when: int) -> Counted:
    period = last_days(int(days))
    with reading() as session:
        rows = figures(session, period, by)
    city = Figures(None, **{name: sum(getattr(row, name) for row in rows) for name in _SUMS})
    return Counted(period, _public(city, "全市"), [_public(row, _name(row.key, by)) for row in rows])


def _public(row: Figures, name: str) -> Numbers:
    few = 0 < row.received < FEWEST
    counts = {name: None if few else getattr(row, name) for name in COUNTS}
    rates = {rate: getattr(row, rate) if getattr(row, of) >= FEWEST else None for rate, of in RATES.items()}
    return Numbers(row.key, name, **counts, **rates)


def _name(key: str | None, by: str) -> str:
    return names().get(key, key) if key else _UNKNOWN[by]


def tiles(rows: list[Numbers]) -> list[Tile]:
    """All districts on the map, those without a report too."""
    known = {row.key: row for row in rows}
    most = max((row.received or 0 for row in rows), default=0) or 1
    drawn = [(known.get(name) or _nothing(name), place) for name, place in DISTRICTS.items()]
    return [Tile(row, *place, round(_SHADES * (row.received or 0) / most)) for row, place in drawn]


def _nothing(name: str) -> Numbers:
    return Numbers(name, name, 0, 0, 0, None, None, None)


def in_order(rows: list[Numbers], sort: str) -> list[Numbers]:
    """Sorted by a column, the most first, or with `-` before its name the least; what is not told comes last."""
    column = sort.lstrip("-")
    told = sorted((row for row in rows if getattr(row, column) is not None), key=lambda row: getattr(row, column))
    return [*(told if sort.startswith("-") else reversed(told)), *(row for row in rows if getattr(row, column) is None)]
