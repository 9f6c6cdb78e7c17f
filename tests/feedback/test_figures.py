"""The figures against a computation in plain Python, on both databases."""

from __future__ import annotations

import csv
import io
import random
import statistics
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from feedback.__main__ import app
from feedback.city_time import CITY_TIME
from feedback.figures import DIMENSIONS, Period, figures, last_days, this_month
from feedback.lifecycle import REPORT_STATES
from feedback.models import Report, WorkOrder
from storage import reading, utcnow, writing

MIDNIGHT = datetime(2026, 3, 9, 16, tzinfo=UTC)
"""Midnight in the city, at which 10 March begins."""
MARCH_10 = Period(date(2026, 3, 10), date(2026, 3, 11))
PERIOD = Period(date(2026, 3, 9), date(2026, 3, 12))


def made(number: int, **values) -> Report:
    defaults = {
        "number": f"R{number}",
        "conversation_id": "web-1",
        "source_message_id": f"m{number}",
        "channel": "web",
        "kind": "complaint",
        "category": "road.streetlight",
        "text": "路灯坏了",
        "created_at": MIDNIGHT,
    }
    return Report(**(defaults | values))


def store(*reports: Report) -> None:
    with writing() as session:
        session.add_all(reports)


def read(*arguments, **options):
    with reading() as session:
        return figures(session, *arguments, **options)


def any_report(chance: random.Random, number: int) -> Report:
    """A report of four days, some of them at the very edge of a day or a minute."""
    edge = chance.choice([timedelta(0), timedelta(microseconds=-1), timedelta(microseconds=400), timedelta(seconds=-1)])
    exact = chance.random() < 0.3
    created = MIDNIGHT + timedelta(days=chance.randint(-2, 2)) + edge
    created += timedelta(0) if exact else timedelta(microseconds=chance.randrange(86_400_000_000))

    def later() -> datetime | None:
        minutes, rest = chance.randrange(12), timedelta(microseconds=chance.choice([0, -1, 1, 30_000_000]))
        return created + timedelta(minutes=minutes + 1) + rest if chance.random() < 0.7 else None

    report = made(
        number,
        created_at=created,
        state=chance.choice(list(REPORT_STATES)),
        category=chance.choice(["road.streetlight", "noise.living", "crisis.self_harm"]),
        district=chance.choice(["徐汇区", "静安区", None]),
        channel=chance.choice(["web", "wechat"]),
        contacted_in_time=chance.choice([True, False, None]),
        solved=chance.choice([True, False, None]),
        stars=chance.choice([None, 1, 2, 3, 4, 5]),
        overdue=chance.random() < 0.3,
        bounces=chance.randrange(3),
        reopened=chance.randrange(2),
        first_contact_at=later(),
        resolved_at=later(),
    )
    for _ in range(chance.randrange(3)):
        department, role = chance.choice(["甲局", "乙局"]), chance.choice(["lead", "lead", "support"])
        report.work_orders.append(WorkOrder(department=department, role=role))
    return report


def key_of(report: Report, by: str | None):
    if by == "day":
        return report.created_at.astimezone(CITY_TIME).date()
    if by == "department":
        return next((order.department for order in reversed(report.work_orders) if order.role == "lead"), None)
    return getattr(report, by) if by else None


def minutes(start: datetime, end: datetime) -> int:
    return int((end.replace(microsecond=0) - start.replace(microsecond=0)).total_seconds()) // 60


def naive(reports: list[Report], key) -> dict:
    """The figures of reports, said in Python."""
    own = [r for r in reports if r.state not in ("merged", "withdrawn")]
    contact = [minutes(r.created_at, r.first_contact_at) for r in own if r.first_contact_at]
    solve = [minutes(r.created_at, r.resolved_at) for r in own if r.resolved_at]

    def share(part, whole):
        return len(part) / len(whole) if whole else None

    known = [r for r in own if r.contacted_in_time is not None]
    asked = [r for r in own if r.solved is not None]
    rated = [r for r in own if r.stars]
    return {
        "key": key,
        "received": len(reports),
        "matters": len(own),
        "open": len([r for r in own if r.state in ("submitted", "accepted", "dispatched", "in_progress")]),
        "response_rate": share([r for r in known if r.contacted_in_time], known),
        "solved_rate": share([r for r in asked if r.solved], asked),
        "satisfied_rate": share([r for r in rated if r.stars >= 4], rated),
        "overdue": len([r for r in own if r.overdue]),
        "bounces": sum(r.bounces for r in own),
        "reopened": sum(r.reopened for r in own),
        "contact_mean": sum(contact) / (60 * len(contact)) if contact else None,
        "solve_mean": sum(solve) / (60 * len(solve)) if solve else None,
        "contact_median": float(statistics.median(contact)) / 60 if contact else None,
        "solve_median": float(statistics.median(solve)) / 60 if solve else None,
    }


@pytest.mark.parametrize("seed", range(3))
def test_the_figures_are_exactly_what_python_says(database, seed):
    chance = random.Random(seed)
    made_up = [any_report(chance, number) for number in range(300)]
    store(*made_up)
    with reading() as session:
        stored = [r for r in session.query(Report).order_by(Report.id) if r.category != "crisis.self_harm"]
        for period in (None, PERIOD, MARCH_10):
            for by in (None, *DIMENSIONS):
                chosen = [r for r in stored if not period or period.start <= r.created_at < period.end]
                keys = {key_of(r, by) for r in chosen}
                expected = {key: naive([r for r in chosen if key_of(r, by) == key], key) for key in keys}
                found = {
                    row.key: {name: getattr(row, name) for name in naive([], None)}
                    for row in figures(session, period, by)
                }
                assert found == expected, (period, by)


def test_without_medians_all_else_is_the_same(database):
    chance = random.Random(0)
    store(*(any_report(chance, number) for number in range(50)))
    bare = [replace(row, contact_median=None, solve_median=None) for row in read(PERIOD, "district")]
    assert read(PERIOD, "district", medians=False) == bare


def test_a_day_begins_at_midnight_in_the_city(database):
    just_before = MIDNIGHT - timedelta(microseconds=1)
    store(made(1), made(2, created_at=just_before), made(3, created_at=MIDNIGHT + timedelta(days=1)))
    assert [(row.key, row.received) for row in read(by="day")] == [
        (date(2026, 3, 9), 1),
        (date(2026, 3, 10), 1),
        (date(2026, 3, 11), 1),
    ]
    assert read(MARCH_10)[0].received == 1


def test_without_reports_there_is_one_row_of_nothing_and_no_row_of_any_dimension(database):
    (row,) = read(PERIOD)
    assert (row.received, row.matters, row.bounces, row.response_rate, row.solve_mean) == (0, 0, 0, None, None)
    assert all(read(PERIOD, by) == [] for by in DIMENSIONS)


def test_cries_of_despair_are_in_no_figure(database):
    store(made(1, category="crisis.self_harm"))
    assert read()[0].received == 0
    assert read(by="category") == []


def test_what_is_merged_or_withdrawn_was_received_but_is_no_matter(database):
    store(made(1, stars=5), made(2, state="merged", stars=1), made(3, state="withdrawn", stars=1))
    (row,) = read()
    assert (row.received, row.matters, row.rated, row.satisfied_rate) == (3, 1, 1, 1.0)


def test_a_report_counts_for_its_latest_lead_department_alone(database):
    orders = [WorkOrder(department=d, role=r) for d, r in (("甲局", "lead"), ("乙局", "lead"), ("丙局", "support"))]
    store(made(1, work_orders=orders), made(2))
    assert [(row.key, row.received) for row in read(by="department")] == [(None, 1), ("乙局", 1)]
    assert read(where={"department": "甲局"})[0].received == 0
    assert read(where={"department": "乙局"}, by="day")[0].received == 1


def test_a_work_order_that_goes_over_to_another_report_brings_its_department(database):
    store(made(1, work_orders=[WorkOrder(department="甲局")]), made(2))
    with writing() as session:
        session.query(WorkOrder).one().report = session.query(Report).filter_by(number="R2").one()
    with reading() as session:
        assert session.query(Report).filter_by(number="R2").one().department == "甲局"


def test_figures_can_be_of_one_district(database):
    store(made(1, district="徐汇区"), made(2, district="静安区"), made(3))
    assert [(row.key, row.received) for row in read(by="category", where={"district": "徐汇区"})] == [
        ("road.streetlight", 1)
    ]


def test_periods_are_days_of_the_city():
    late = datetime(2026, 3, 31, 16, 30, tzinfo=UTC)  # already April in the city
    assert last_days(1, late) == Period(date(2026, 4, 1), date(2026, 4, 2))
    assert last_days(7, late).days == [date(2026, 3, 26) + timedelta(days=n) for n in range(7)]
    assert this_month(late) == Period(date(2026, 4, 1), date(2026, 4, 2))
    assert MARCH_10.start == MIDNIGHT


def test_the_console_shows_the_figures_of_a_period_and_gives_them_as_files(clerk):
    store(made(1, channel="wechat", stars=5, state="closed"), made(2, channel="wechat", stars=1), made(3))
    asked = {"since": "2026-03-10", "last": "2026-03-10", "by": "channel"}
    page = clerk.get("/console/figures", params=asked).text
    assert "微信" in page
    assert "50.0%" in page
    assert "2026-03-10：3 件" in page
    table = csv.DictReader(io.StringIO(clerk.get("/console/figures/file", params=asked).content.decode("utf-8-sig")))
    assert [(line["渠道"], line["收到"], line["满意率"], line["解决率"]) for line in table] == [
        ("微信", "2", "0.5", ""),
        ("网页", "1", "", ""),
    ]
    book = load_workbook(io.BytesIO(clerk.get("/console/figures/file", params=asked | {"format": "xlsx"}).content))
    assert [line[:2] for line in book.active.values] == [("渠道", "收到"), ("微信", 2), ("网页", 1)]


@pytest.mark.parametrize(
    "asked", [{"since": "2026-03-10", "last": "2026-03-09"}, {"since": "x"}, {"since": "0001-01-01", "last": "9999-12-31"},
              {"period": "x", "by": "x"}]
)  # fmt: skip
def test_a_period_that_makes_no_sense_is_the_last_thirty_days(clerk, asked):
    page = clerk.get("/console/figures", params=asked)
    assert page.status_code == 200
    assert "这段时间没有诉求" in page.text


def test_the_command_line_prints_the_figures(database):
    store(made(1, created_at=utcnow(), district="徐汇区"))
    printed = CliRunner().invoke(app, ["figures", "--by", "district"]).output.splitlines()
    assert [line.split("\t")[:2] for line in printed] == [["区", "收到"], ["合计", "1"], ["徐汇区", "1"]]
    assert CliRunner().invoke(app, ["figures", "--by", "x"]).exit_code
