"""Working time on the Chinese calendar: its laws, and odd days by hand (2026 as the State Council announced it)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.report_number import CITY_TIME
from feedback.working_time import ElapsedTime, WorkingTime, is_working_day, known_until

OFFICE = WorkingTime.parse("09:00-12:00,13:00-17:30")
DAY = OFFICE.day
clocks = st.sampled_from([OFFICE, WorkingTime.parse("08:00-20:00"), ElapsedTime()])
moments = st.datetimes(datetime(2002, 1, 1), datetime(2050, 1, 1), timezones=st.just(UTC))
amounts = st.timedeltas(timedelta(), timedelta(hours=400))


def at(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=CITY_TIME)


@given(clocks, moments, moments)
def test_time_is_never_negative_and_never_more_than_passes(clock, start, end):
    assert timedelta() <= clock.between(start, end) <= max(end - start, timedelta())


@given(clocks, moments, amounts)
def test_what_is_added_is_what_is_measured(clock, start, amount):
    assert clock.between(start, clock.after(start, amount)) == amount


@given(st.sampled_from([OFFICE, WorkingTime.parse("08:00-20:00")]), moments, amounts)
def test_it_is_the_first_moment_at_which_so_much_has_passed(clock, start, amount):
    end = clock.after(start, amount)
    if amount:
        assert clock.between(start, end - timedelta(microseconds=1)) < amount


@given(clocks, moments, amounts, amounts)
def test_more_time_never_ends_earlier(clock, start, one, other):
    assert clock.after(start, min(one, other)) <= clock.after(start, max(one, other))


@given(clocks, moments, moments, amounts)
def test_a_later_start_never_ends_earlier(clock, one, other, amount):
    assert clock.after(min(one, other), amount) <= clock.after(max(one, other), amount)


@given(clocks, st.lists(moments, min_size=3, max_size=3))
def test_a_span_split_at_any_point_adds_up(clock, three):
    start, middle, end = sorted(three)
    assert clock.between(start, middle) + clock.between(middle, end) == clock.between(start, end)


@given(clocks, moments, amounts, st.sampled_from(["America/New_York", "Asia/Kathmandu", "Pacific/Apia"]))
def test_the_callers_time_zone_does_not_matter(clock, start, amount, name):
    elsewhere = start.astimezone(ZoneInfo(name))
    end = clock.after(start, amount)
    assert clock.after(elsewhere, amount) == end
    assert clock.between(elsewhere, end.astimezone(ZoneInfo(name))) == clock.between(start, end)


@pytest.mark.parametrize(
    ("start", "amount", "end"),
    [
        ("2026-11-25 10:00", DAY, "2026-11-26 10:00"),  # a plain Wednesday
        ("2026-11-25 11:30", timedelta(hours=1), "2026-11-25 13:30"),  # over lunch
        ("2026-11-25 12:20", timedelta(minutes=1), "2026-11-25 13:01"),  # during lunch
        ("2026-11-25 16:30", timedelta(hours=1), "2026-11-25 17:30"),  # the evening, not the next morning
        ("2026-11-25 23:59", timedelta(minutes=1), "2026-11-26 09:01"),  # before midnight
        ("2026-11-26 00:00", timedelta(minutes=1), "2026-11-26 09:01"),  # at midnight
        ("2026-11-28 10:00", DAY, "2026-11-30 17:30"),  # a Saturday
        ("2026-02-13 10:00", DAY, "2026-02-14 10:00"),  # Saturday 14 February is worked for the Spring Festival,
        ("2026-02-14 10:00", DAY, "2026-02-24 10:00"),  # 15 to 23 February are off,
        ("2026-02-27 10:00", 2 * DAY, "2026-03-02 10:00"),  # and Saturday 28 February is worked again
        ("2026-09-30 17:30", timedelta(minutes=30), "2026-10-08 09:30"),  # the National Day week
        ("2026-10-09 17:00", DAY, "2026-10-10 17:00"),  # and its Saturday
        ("2025-12-31 17:00", timedelta(hours=1), "2026-01-04 09:30"),  # New Year; Sunday 4 January is worked
    ],
)
def test_odd_days(start, amount, end):
    assert OFFICE.after(at(start), amount) == at(end)


def test_beyond_the_known_years_the_days_from_monday_to_friday_count():
    end = known_until()
    after = date(end.year + 1, 5, 1)
    days = [after + timedelta(days=n) for n in range(14)]
    assert end.month == 12 and sum(map(is_working_day, days)) == 10
    last = datetime(end.year, 12, 31, 17, tzinfo=CITY_TIME)
    assert OFFICE.between(last, OFFICE.after(last, 3 * DAY)) == 3 * DAY, "over the end of what is known"


def test_a_day_without_work_has_none():
    assert OFFICE.between(at("2026-10-01 00:00"), at("2026-10-08 00:00")) == timedelta()
    assert OFFICE.between(at("2026-09-20 00:00"), at("2026-09-21 00:00")) == timedelta(hours=7.5), "a worked Sunday"


@pytest.mark.parametrize("written", ["", "9-17", "12:00-09:00", "09:00-12:00,11:00-17:00", "09:00-09:00"])
def test_hours_that_make_no_sense_are_refused(written):
    with pytest.raises(ValueError):
        WorkingTime.parse(written)
