"""The arithmetic of a deadline: a clock that starts, stands still while the resident is asked, and goes on.

A mark is a moment with whether the clock goes from then on. Marks come from a report's history; they may be handed over in any
order and repeated, and give the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Protocol

Mark = tuple[datetime, bool]


class Clock(Protocol):
    """Working time or elapsed time (`feedback/working_time.py`)."""

    def between(self, start: datetime, end: datetime) -> timedelta: ...

    def after(self, start: datetime, amount: timedelta) -> datetime: ...


def runs(start: datetime, marks: Iterable[Mark]) -> Iterator[tuple[datetime, datetime | None]]:
    """The stretches of time in which a clock went that was started at `start`; the end of one that still goes is None."""
    since: datetime | None = start
    for moment, goes in sorted(marks):
        if moment < start:
            continue
        if goes:
            since = since or moment
        elif since:
            yield since, moment
            since = None
    if since:
        yield since, None


def running_since(start: datetime, marks: Iterable[Mark]) -> datetime | None:
    """Since when a clock goes without a break; None if it stands still."""
    return next((since for since, until in runs(start, marks) if until is None), None)


def reaches(clock: Clock, amount: timedelta, start: datetime, marks: Iterable[Mark]) -> datetime | None:
    """When a clock shows so much, if it isn't stopped again; None if it stands still before that."""
    for since, until in runs(start, marks):
        if until is None or amount <= clock.between(since, until):
            return clock.after(since, amount)
        amount -= clock.between(since, until)
    return None


def spent(clock: Clock, start: datetime, marks: Iterable[Mark], now: datetime) -> timedelta:
    """What a clock shows at a moment."""
    stretches = ((since, min(until or now, now)) for since, until in runs(start, marks))
    return sum((clock.between(since, until) for since, until in stretches), timedelta())
