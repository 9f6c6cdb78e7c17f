"""How many voices of a signal are normal within some hours.

A category has its own rhythm over the 168 hours of a week, a signal its share of its category; all are learned from what
was heard before, with half the weight after four weeks. Holidays are not told from other days.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from feedback.report_number import CITY_TIME
from feedback.topics.signals import ALL, Voice

HOUR = timedelta(hours=1)
HALF_LIFE = timedelta(days=28)
_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
FLOOR = 0.5
"""Voices of any signal that are normal in any window, also where none was heard before."""
BORROWED = 1.0
"""Weeks for which an hour of a category is believed to be like that hour of all categories, and that like any hour."""
FEWEST_HOURS = 72.0
"""Hours that must have been heard before anything is called normal."""


def weight(at: datetime) -> float:
    """What a voice counts in the stored levels: it grows instead of the stored ones shrinking, so that no row is ever rewritten
    for its age. Levels are read divided by the weight of now."""
    return 2.0 ** ((at - _BEGINNING) / HALF_LIFE)


def hour_of_week(at: datetime) -> int:
    local = at.astimezone(CITY_TIME)
    return local.weekday() * 24 + local.hour


def heard(voices: Iterable[Voice], hour: datetime) -> dict[str, float]:
    """What the voices of one hour add to the levels; `@n` counts how often hour n of the week was heard at all."""
    counts: Counter[str] = Counter()
    slot = hour_of_week(hour)
    for voice in voices:
        counts.update(voice.levels)
        counts.update((f"{voice.category}@{slot}", f"{ALL}@{slot}"))
    counts[f"@{slot}"] += 1
    return {signal: count * weight(hour) for signal, count in counts.items()}


def hours_between(start: datetime, end: datetime) -> dict[int, float]:
    """The hours of the week between two moments, and how much of each."""
    shares: dict[int, float] = {}
    at = start
    while at < end:
        following = min(end, at.replace(minute=0, second=0, microsecond=0) + HOUR)
        shares[hour_of_week(at)] = shares.get(hour_of_week(at), 0.0) + (following - at) / HOUR
        at = following
    return shares


EXPOSURE = tuple(f"@{slot}" for slot in range(168))


def needed(signals: Iterable[str], slots: Iterable[int]) -> set[str]:
    """The stored levels from which the normal numbers of signals follow."""
    keys = {ALL, *EXPOSURE}
    slots = list(slots)
    for signal in signals:
        category, *features = signal.split("|")
        keys.update((category, *(f"{category}|{feature}" for feature in features)))
    categories = {key for key in keys if "|" not in key and not key.startswith("@")}
    return keys | {f"{category}@{slot}" for category in categories for slot in slots}


class Normal:
    """Normal numbers, from levels that are read for now."""

    def __init__(self, levels: Mapping[str, float]) -> None:
        self._levels = levels
        self.hours_heard = sum(levels.get(key, 0.0) for key in EXPOSURE)
        """How many hours the levels stand for."""

    def expected(self, signals: Sequence[str], slots: Mapping[int, float]) -> list[float]:
        """How many voices of each signal are normal in the hours `slots` of the week."""
        of_category: dict[str, float] = {}
        numbers = []
        for signal in signals:
            category, *features = signal.split("|")
            if category not in of_category:
                of_category[category] = sum(self._rate(category, slot) * part for slot, part in slots.items())
            number = of_category[category]
            for feature in features:
                number *= self._share(category, feature)
            numbers.append(number + FLOOR)
        return numbers

    def share(self, word: str, category: str) -> float:
        """The share of a category's voices that have a word."""
        return self._share(category, f"w:{word}")

    def _share(self, category: str, feature: str) -> float:
        whole = self._levels.get(category, 0.0)
        return self._levels.get(f"{category}|{feature}", 0.0) / whole if whole else 0.0

    def _rate(self, category: str, slot: int) -> float:
        """Voices of a category in an hour of the week; a rare one borrows the rhythm of all."""
        usual = self._levels.get(category, 0.0) / self.hours_heard
        if category != ALL:
            usual *= self._rate(ALL, slot) / (self._levels.get(ALL, 0.0) / self.hours_heard)
        heard_here = self._levels.get(f"@{slot}", 0.0)
        return (self._levels.get(f"{category}@{slot}", 0.0) + BORROWED * usual) / (heard_here + BORROWED)
