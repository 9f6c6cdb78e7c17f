"""Figures over reports: volumes, the three rates, times, by day, category, district, department or channel.

What counts, everywhere: reports by the moment they were filed. `received` are all of them; everything else counts matters,
that is reports neither merged into another (the same matter told again) nor withdrawn. Emergencies are in. Cries of despair
(`crisis.self_harm`) are in no figure: there are so few that a row of a table could tell who it was.

A day is a day in the city. Times are natural time, in whole minutes between whole seconds: integers, so that both databases
say exactly the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from sqlalchemy import ColumnElement, Date, FromClause, Integer, Select, case, func, literal, select, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement, coalesce

from feedback.city_time import CITY_TIME
from feedback.intake import CHANNELS
from feedback.lifecycle import OPEN
from feedback.models import SELF_HARM, Report
from nlu.categories import names
from storage import utcnow

SATISFIED = 4
"""Stars from which a resident counts as satisfied. Our choice: three of five are neither praise nor blame."""
DIMENSIONS = {"day": "日期", "category": "类别", "district": "区", "department": "承办部门", "channel": "渠道"}
DEFINITIONS = {
    "received": ("收到", "这段时间提交的全部诉求，含并案和撤回的"),
    "matters": ("件数", "不含并案和撤回的；下面各项都按它统计"),
    "open": ("在办", "现在还没有办结的"),
    "response_rate": ("响应率", "首次联系期限已有结果的诉求中，按时联系的比例"),
    "solved_rate": ("解决率", "市民说了是否解决的诉求中，说已解决的比例"),
    "satisfied_rate": ("满意率", "评过分的诉求中，最近一次评 4 星或 5 星的比例"),
    "contact_median": ("首次联系（中位）", "从提交到首次联系的小时数，自然时间；一半更快，一半更慢"),
    "contact_mean": ("首次联系（平均）", "从提交到首次联系的小时数，自然时间"),
    "solve_median": ("办结（中位）", "从提交到最近一次办结的小时数，自然时间；一半更快，一半更慢"),
    "solve_mean": ("办结（平均）", "从提交到最近一次办结的小时数，自然时间"),
    "overdue": ("超期", "错过任一期限的件数"),
    "bounces": ("退单", "部门退回的次数"),
    "reopened": ("重办", "市民要求重新办理的次数"),
}
"""What each figure is called and what it means, in words for staff."""


@dataclass(frozen=True)
class Period:
    """Days in the city, `until` not included."""

    since: date
    until: date

    @property
    def start(self) -> datetime:
        return _midnight(self.since)

    @property
    def end(self) -> datetime:
        return _midnight(self.until)

    @property
    def days(self) -> list[date]:
        return [self.since + timedelta(days=n) for n in range((self.until - self.since).days)]


def last_days(count: int, now: datetime | None = None) -> Period:
    """Today and the days before it, `count` in all."""
    tomorrow = _today(now) + timedelta(days=1)
    return Period(tomorrow - timedelta(days=count), tomorrow)


def this_month(now: datetime | None = None) -> Period:
    """From the first of the month up to today."""
    today = _today(now)
    return Period(today.replace(day=1), today + timedelta(days=1))


def _today(now: datetime | None) -> date:
    return (now or utcnow()).astimezone(CITY_TIME).date()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CITY_TIME).astimezone(UTC)


@dataclass(frozen=True)
class Figures:
    """The figures of one value of a dimension; `DEFINITIONS` says what each means. Rates and times are None without a case."""

    key: str | date | None
    received: int
    matters: int = 0
    open: int = 0
    contact_due: int = 0
    """Matters whose first contact came, or whose deadline for it passed."""
    contacted_in_time: int = 0
    asked: int = 0
    """Matters whose owner said whether it is solved."""
    solved: int = 0
    rated: int = 0
    satisfied: int = 0
    overdue: int = 0
    bounces: int = 0
    reopened: int = 0
    contact_median: float | None = None
    """Hours."""
    contact_mean: float | None = None
    solve_median: float | None = None
    solve_mean: float | None = None

    @property
    def response_rate(self) -> float | None:
        return _ratio(self.contacted_in_time, self.contact_due)

    @property
    def solved_rate(self) -> float | None:
        return _ratio(self.solved, self.asked)

    @property
    def satisfied_rate(self) -> float | None:
        return _ratio(self.satisfied, self.rated)


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def figures(
    session: Session,
    period: Period | None = None,
    by: str | None = None,
    where: Mapping[str, str] | None = None,
) -> list[Figures]:
    """The figures of a period (all time without one), a row for each value of a dimension: days in order, otherwise most first.

    `by` and the keys of `where` are of `DIMENSIONS`; without `by` there is exactly one row. A report counts for the department
    of its latest lead work order, whatever became of that; for None before it has one.
    """
    if session.get_bind().dialect.name == "postgresql":
        # It takes every day for a group of its own and would sort all rows; there are few groups, whatever the dimension.
        session.execute(text("SET LOCAL enable_sort = off"))
        session.execute(text("SET LOCAL work_mem = '64MB'"))
    received: Counter = Counter({} if by else {None: 0})
    matters = {}
    for key, own, count, *counts, contact, solve in session.execute(_counts(_chosen(period, by, where or {}))):
        received[key] += count
        if own:
            matters[key] = (count, *counts, *_middle_and_mean(contact), *_middle_and_mean(solve))
    rows = [Figures(key, reports, *matters.get(key, ())) for key, reports in received.items()]
    if by == "day":
        return sorted(rows, key=lambda row: row.key)
    return sorted(rows, key=lambda row: (-row.received, row.key or ""))


def figures_table(rows: Iterable[Figures], columns: Iterable[str], exact: bool = False) -> list[list]:
    """Rows as cells for people: the key by its name, percents, hours with one decimal, nothing where there is no case;
    `exact` leaves numbers as they are."""
    return [[_cell(row, column, exact) for column in columns] for row in rows]


def _cell(row: Figures, column: str, exact: bool):
    value = getattr(row, column)
    if column == "key":
        return _name(value)
    if value is None:
        return "" if exact else "—"
    if exact or isinstance(value, int):
        return value
    return f"{value:.1%}" if column.endswith("_rate") else f"{value:.1f}"


def _name(key: str | date | None) -> str:
    """What people call a value of a dimension. Codes of categories and channels have names; no other value is one of them."""
    return "（未定）" if key is None else {**names(), **CHANNELS}.get(key, str(key))


def _chosen(period: Period | None, by: str | None, where: Mapping[str, str]) -> FromClause:
    """What the figures are made of: of each report its key, whether it is a matter of its own, and what is counted."""
    columns: dict[str, ColumnElement] = {
        "day": city_day(Report.created_at),
        "category": Report.category,
        "district": Report.district,
        "department": Report.department,
        "channel": Report.channel,
    }
    chosen = select(
        (columns[by] if by else literal(None)).label("key"),
        Report.state.not_in(("merged", "withdrawn")).label("own"),
        Report.state,
        Report.contacted_in_time,
        Report.solved,
        Report.stars,
        Report.overdue,
        Report.bounces,
        Report.reopened,
        minutes_between(Report.created_at, Report.first_contact_at).label("contact"),
        minutes_between(Report.created_at, Report.resolved_at).label("solve"),
    ).where(Report.category != SELF_HARM, *(columns[name] == value for name, value in where.items()))
    if period:
        chosen = chosen.where(Report.created_at >= period.start, Report.created_at < period.end)
    return chosen.subquery()


def _counts(chosen: FromClause) -> Select:
    """What `Figures` counts, of matters and of what is none, in the order of its fields."""
    of = chosen.c

    def how_often(condition: ColumnElement) -> ColumnElement:
        return func.count(case((condition, 1)))

    def total(column: ColumnElement) -> ColumnElement:
        return coalesce(func.sum(column), 0)

    return select(
        of.key,
        of.own,
        func.count().label("matters"),
        how_often(of.state.in_(OPEN)).label("open"),
        func.count(of.contacted_in_time).label("contact_due"),
        how_often(of.contacted_in_time).label("contacted_in_time"),
        func.count(of.solved).label("asked"),
        how_often(of.solved).label("solved"),
        func.count(of.stars).label("rated"),
        how_often(of.stars >= SATISFIED).label("satisfied"),
        how_often(of.overdue).label("overdue"),
        total(of.bounces).label("bounces"),
        total(of.reopened).label("reopened"),
        every(of.contact).label("contact"),
        every(of.solve).label("solve"),
    ).group_by(of.key, of.own)


def _middle_and_mean(minutes: bytes | str | None) -> tuple[float | None, float | None]:
    """Median and mean of what `every` collected, in hours."""
    if not minutes:
        return None, None
    values = np.fromstring(minutes, int, sep=",") if isinstance(minutes, str) else np.frombuffer(minutes, ">i4")
    return float(np.median(values)) / 60, int(values.sum()) / (60 * len(values))


class city_day(FunctionElement):
    """The day in the city of a stored moment."""

    type = Date()
    inherit_cache = True


class minutes_between(FunctionElement):
    """Whole minutes from one stored moment to another, fractions of seconds left off both."""

    type = Integer()
    inherit_cache = True


class every(FunctionElement):
    """All whole numbers of a group, without the missing ones: packed into one value, a median of a million needs one look at
    the table."""

    inherit_cache = True


@compiles(every)
def _every(element, compiler, **kw):
    return f"string_agg(int4send({compiler.process(element.clauses, **kw)}), ''::bytea)"


@compiles(every, "sqlite")
def _every_in_sqlite(element, compiler, **kw):
    return f"group_concat({compiler.process(element.clauses, **kw)})"


_AHEAD = 8 * 3600
"""Seconds that the city's clock is ahead of UTC, without a change since 1991; to ask for the zone takes five times as long."""


@compiles(city_day)
def _city_day(element, compiler, **kw):
    seconds = f"date_part('epoch', {compiler.process(element.clauses, **kw)})"
    return f"date '1970-01-01' + CAST(floor(({seconds} + {_AHEAD}) / 86400) AS integer)"


@compiles(minutes_between)
def _minutes_between(element, compiler, **kw):
    start, end = (f"floor(date_part('epoch', {compiler.process(c, **kw)}))" for c in element.clauses)
    return f"CAST(floor(({end} - {start}) / 60) AS integer)"


# SQLite rounds to milliseconds before it does anything, over midnight too, so the fraction goes first.
@compiles(city_day, "sqlite")
def _city_day_in_sqlite(element, compiler, **kw):
    return f"date(substr({compiler.process(element.clauses, **kw)}, 1, 19), '+{_AHEAD} seconds')"


@compiles(minutes_between, "sqlite")
def _minutes_between_in_sqlite(element, compiler, **kw):
    start, end = (f"unixepoch(substr({compiler.process(c, **kw)}, 1, 19))" for c in element.clauses)
    return f"({end} - {start}) / 60"
