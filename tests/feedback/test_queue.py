"""The queue's order, its parts, its search; and that one message makes one report, however often it comes at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from feedback import FileReport, Report, accept, file_report, queue, report_number
from feedback.lifecycle import OPEN, REPORT_STATES
from feedback.models import SHELVES, ReportEvent, WorkOrder
from storage import engine, reading, utcnow, writing
from tests.feedback.conftest import token

NOW = utcnow()


@pytest.fixture
def stored(database):
    """Stores reports, the first one the newest; returns nothing."""

    def store(*reports: dict) -> None:
        with writing() as session:
            for number, values in enumerate(reports):
                defaults = {
                    "number": f"2026030{number}ABCDEFGHJ",
                    "conversation_id": "web-1",
                    "source_message_id": f"m{number}",
                    "kind": "complaint",
                    "category": "road.streetlight",
                    "text": f"第{number}件",
                    "created_at": NOW - timedelta(hours=number),
                }
                session.add(Report(**(defaults | values)))

    return store


def numbers(where=(), **options) -> list[int]:
    """The places, in what was stored, of the reports of a page."""
    with reading() as session:
        return [int(report.number[7]) for report in queue.page(session, where, **options)]


def found(written: str, where=()) -> list[int]:
    with reading() as session:
        where = [*where, *queue.search(session, written, where)]
    return numbers(where)


def test_urgent_reports_that_are_not_done_with_stand_on_top_of_the_newest(stored):
    stored({}, {"urgent": True, "state": "closed"}, {"urgent": True}, {"state": "closed"}, {"urgent": True})
    assert numbers() == [2, 4, 0, 1, 3]
    assert numbers(newest_first=False) == [4, 2, 3, 1, 0]


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_pages_follow_each_other_without_gap_or_repetition(stored, size):
    stored(*({"urgent": number in (3, 5, 6)} for number in range(8)))
    pages = [numbers(skip=skip, most=size) for skip in range(0, 9, size)]
    assert [number for page in pages for number in page] == [3, 5, 6, 0, 1, 2, 4, 7]


def test_the_parts_of_the_queue_hold_what_they_say(stored):
    stored(
        {"urgent": True},
        {"urgent": True, "state": "resolved"},
        {"overdue": True, "state": "in_progress"},
        {"overdue": True, "state": "closed"},
        {"supervised": True, "state": "accepted"},
        {"needs_review": True, "state": "closed"},
    )
    assert {name: numbers(queue.shelf(name)) for name in queue.SHELVES} == {
        "submitted": [0],
        "urgent": [0],
        "overdue": [2],
        "supervised": [4],
        "needs_review": [5],
    }
    assert numbers(queue.shelf("1 OR 1=1")) == numbers(queue.shelf(None)) == [0, 1, 2, 3, 4, 5]


def test_open_means_the_same_in_an_index_as_in_the_life_cycle():
    over = tuple(state for state in REPORT_STATES if state not in OPEN)
    assert SHELVES["urgent"] == f"urgent AND state NOT IN {over}"


def test_a_number_is_found_by_how_it_begins_however_it_is_written(stored):
    stored({}, {}, {"text": "2026年的事"})
    assert found("20260301") == [1]
    assert found("20260301-abcd-efghj") == found("２０２６０３０１ABCDEFGHJ") == [1]
    assert found("202603") == [0, 1, 2]
    assert found("20260301ABCE") == []
    assert found("2026年") == [2]


def test_words_are_found_in_text_and_address_and_all_of_them_must_occur(stored):
    stored({"text": "路灯不亮"}, {"address": "宜山路路灯旁"}, {"text": "路灯坏了", "address": "宜山路"})
    assert found("路灯") == [0, 1, 2]
    assert found("宜山路 路灯") == [1, 2]
    assert found("宜山路 不亮") == []


def test_percent_and_underscore_in_a_search_are_letters(stored):
    stored({"text": "涨价100%"}, {"text": "涨价1000"}, {"text": "a_b"}, {"text": "acb"})
    assert found("%") == [0]
    assert found("A_B") == [2]


def test_words_are_looked_for_in_the_newest_of_what_the_list_is_narrowed_down_to(stored, monkeypatch):
    monkeypatch.setattr(queue, "SEARCHED", 2)
    stored({}, {}, {"district": "徐汇区"}, {})
    assert found("件") == [0, 1]
    assert found("件", [Report.district == "徐汇区"]) == [2]


def test_counting_ends_at_the_limit(stored, monkeypatch):
    monkeypatch.setattr(queue, "COUNTED", 2)
    stored({}, {}, {}, {}, {"urgent": True})
    with reading() as session:
        assert queue.count(session) == 3
        assert queue.count(session, queue.shelf("urgent")) == 1


@pytest.mark.parametrize("name", SHELVES)
def test_each_part_of_the_queue_is_read_by_an_index_of_its_own(stored, name):
    stored({})
    explain = "EXPLAIN " if engine().dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
    query = f"SELECT * FROM reports WHERE {SHELVES[name]} ORDER BY created_at DESC, id DESC LIMIT 25"
    with reading() as session:
        if engine().dialect.name == "postgresql":
            session.execute(text("SET enable_seqscan = off"))
        plan = "\n".join(str(row) for row in session.execute(text(explain + query)))
    assert f"ix_reports_{name}" in plan


def test_the_console_lists_narrows_down_and_finds(stored, clerk):
    stored({}, {"urgent": True, "state": "accepted", "district": "徐汇区"}, {"needs_review": True, "text": "井盖丢了"})

    def listed(**parameters) -> list[int]:
        page = clerk.get("/console/report/list", params=parameters).text
        return [number for number in range(3) if f"2026030{number}-ABCD-EFGHJ" in page]

    assert listed() == [0, 1, 2]
    assert listed(shelf="urgent") == [1]
    assert listed(shelf="needs_review", q="井盖") == [2]
    assert listed(district="徐汇区") == [1]
    assert listed(filter="state__eq=accepted") == [1]
    assert listed(q="20260300") == [0]


def test_an_export_of_all_that_match_is_what_the_list_is_narrowed_down_to_and_has_an_end(stored, clerk, monkeypatch):
    stored({}, {"urgent": True}, {"urgent": True})
    asked = {"name": "export", "all": "1", "_list_query": "?shelf=urgent"}

    def export():
        form = {"scope": "all", "format": "csv", **token(clerk, "/console/report/list")}
        return clerk.post("/console/_api/report/action", params=asked, data=form)

    exported = export().content.decode("utf-8-sig")
    assert [f"2026030{number}-ABCD-EFGHJ" in exported for number in range(3)] == [False, True, True]
    monkeypatch.setattr(queue, "COUNTED", 1)
    assert "请先缩小范围" in export().text


def test_one_message_that_comes_twice_at_once_makes_one_report_and_both_get_it(database, monkeypatch):
    # On PostgreSQL both have looked before either writes; on SQLite a writer waits for the other anyway.
    both = threading.Barrier(2 if database == "postgresql" else 1, timeout=10)
    new_number = report_number.new_number

    def after_both_have_looked(now):
        both.wait()
        return new_number(now)

    monkeypatch.setattr(report_number, "new_number", after_both_have_looked)
    filed = FileReport("web-1", "web-1:7", "路灯坏了", "emergency", "road.streetlight", urgent=True)

    def file(_) -> str:
        with writing() as session:
            return file_report(session, filed).number

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(file, range(2))
    assert first == second
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Report)) == 1
        assert session.scalars(select(ReportEvent.name).order_by(ReportEvent.id)).all() == [
            "report.submitted",
            "work_order.created",
        ]


def test_the_list_of_work_orders_is_found_by_the_dispatch_systems_number(filed, change, clerk):
    report_id = filed()
    change(report_id, accept, "甲")
    with writing() as session:
        session.scalars(select(WorkOrder)).one().external_id = "D-7001"
    assert "D-7001" in clerk.get("/console/work-order/list?q=7001").text
    assert "D-7001" not in clerk.get("/console/work-order/list?q=7002").text
