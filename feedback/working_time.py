"""Working time on the Chinese calendar: how much of it lies between two moments, and when so much of it has passed.

Which days are worked is what the State Council announced for each year (holidays, and 调休: weekend days that are worked for
them), as the package `chinesecalendar` knows it. In years it does not know, the days from Monday to Friday count.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, cached_property

from chinese_calendar import holidays, workdays

from feedback.report_number import CITY_TIME

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
"""Moments outside of these days can't be asked about."""


def is_working_day(day: date) -> bool:
    """Whether offices are open on a day."""
    return day in workdays or (day.weekday() < 5 and day not in holidays)


def known_until() -> date:
    """The last day of the years whose holidays are known."""
    return date(max(holidays).year, 12, 31)


@cache
def _working_days() -> list[int]:
    """The ordinals of all working days, so that counting them is looking one up."""
    days = range(FIRST_DAY.toordinal(), LAST_DAY.toordinal() + 1)
    return [day for day in days if is_working_day(date.fromordinal(day))]


@dataclass(frozen=True)
class WorkingTime:
    """A clock that runs while offices are open: on working days, in these spans of city time, earliest first."""

    hours: tuple[tuple[time, time], ...]

    @classmethod
    def parse(cls, written: str) -> WorkingTime:
        """The clock of hours as a setting has them: `09:00-12:00,13:00-17:30`.

        Raises:
            ValueError: that is no list of spans, or they are empty or overlap.
        """
        spans = [span.split("-") for span in written.split(",")]
        hours = tuple((time.fromisoformat(a.strip()), time.fromisoformat(b.strip())) for a, b in spans)
        moments = [moment for span in hours for moment in span]
        if moments != sorted(moments) or any(opens == closes for opens, closes in hours):
            raise ValueError(f"opening hours must follow one another: {written}")
        return cls(hours)

    @cached_property
    def day(self) -> timedelta:
        """How long offices are open on a working day."""
        return sum((_since_midnight(closes) - _since_midnight(opens) for opens, closes in self.hours), timedelta())

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from one moment to a later one; none if it is not later."""
        return max(self._total(end) - self._total(start), timedelta())

    def after(self, start: datetime, amount: timedelta) -> datetime:
        """The first moment (UTC) at which so much working time has passed since `start`; `start` itself for none."""
        if amount <= timedelta():
            return start.astimezone(UTC)
        days, rest = divmod(self._total(start) + amount, self.day)
        if not rest:  # the evening of a working day comes before the morning of the next
            days, rest = days - 1, self.day
        return self._moment(date.fromordinal(_working_days()[days]), rest)

    def _total(self, moment: datetime) -> timedelta:
        """The working time from the first day to a moment."""
        local = moment.astimezone(CITY_TIME)
        today = local.toordinal()
        before = bisect_left(_working_days(), today)
        return before * self.day + (self._until(local.time()) if is_working_day(local.date()) else timedelta())

    def _until(self, moment: time) -> timedelta:
        """The working time of a working day until a time of it."""
        now = _since_midnight(moment)
        spans = ((_since_midnight(opens), _since_midnight(closes)) for opens, closes in self.hours)
        return sum((min(now, closes) - opens for opens, closes in spans if now > opens), timedelta())

    def _moment(self, day: date, worked: timedelta) -> datetime:
        """The first moment of a working day at which so much of it has been worked."""
        for opens, closes in self.hours:
            length = _since_midnight(closes) - _since_midnight(opens)
            if worked <= length:
                break
            worked -= length
        return (datetime.combine(day, opens, CITY_TIME) + worked).astimezone(UTC)


def _since_midnight(moment: time) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond)


class ElapsedTime:
    """A clock that never stops, for what can't wait until offices open."""

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The time from one moment to a later one; none if it is not later."""
        # In UTC, since two moments of one zone are subtracted as if its clocks were never put back.
        return max(end.astimezone(UTC) - start.astimezone(UTC), timedelta())

    def after(self, start: datetime, amount: timedelta) -> datetime:
        """The moment (UTC) at which so much time has passed since `start`."""
        return start.astimezone(UTC) + max(amount, timedelta())
