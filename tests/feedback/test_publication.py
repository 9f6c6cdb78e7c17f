"""What the public may see: one rule, as a question about a report and as a query."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from feedback import (
    Report,
    accept,
    allow_publication,
    may_be_published,
    public_text,
    published,
    reject,
    withdraw,
)
from feedback.errors import ReasonMissing
from feedback.privacy.scrub import _MAY_HOLD_CONTACTS
from feedback.publication import block_publication
from nlu.contacts import contacts, with_digits
from storage import engine, reading


@pytest.fixture
def shown(filed, change):
    """Files a report that the public may see, with some of its parts chosen; returns its id."""

    def file(**parts) -> int:
        report_id = filed(**({"publishable": True} | parts))
        change(report_id, lambda session, report: report.state == "submitted" and accept(session, report, "甲"))
        return report_id

    return file


def seen(**wanted) -> list[int]:
    with reading() as session:
        return [report.id for report in published(session, **wanted)]


def check(report_id: int, public: bool) -> None:
    """The question and the query must agree."""
    with reading() as session:
        assert may_be_published(session.get_one(Report, report_id)) == public
    assert (report_id in seen()) == public


def test_what_the_resident_allowed_and_staff_took_is_shown(shown):
    check(shown(), True)


@pytest.mark.parametrize(
    "parts",
    [
        {"publishable": False},
        {"kind": "tipoff"},
        {"kind": "emergency", "urgent": True},
        {"category": "labor.wages"},
        {"category": "security.domestic_violence"},
        {"category": "health.service"},
        {"category": "education.school"},
        {"category": "crisis.self_harm"},
    ],
)
def test_what_is_private_or_not_allowed_is_not(shown, parts):
    check(shown(**parts), False)


def test_what_nobody_has_looked_at_was_refused_or_taken_back_is_not(filed, shown, change):
    check(filed(publishable=True), False)
    refused, taken_back = filed(publishable=True), shown()
    change(refused, reject, "甲", "不属于本市")
    change(taken_back, withdraw)
    check(refused, False)
    check(taken_back, False)


def test_a_resident_allows_and_no_longer_allows_with_history(shown, change, history):
    report_id = shown(publishable=False)
    for allowed in (True, True, False):
        change(report_id, allow_publication, allowed)
    assert history(report_id)[-3:-1] == ["report.publication_allowed", "report.publication_refused"]
    check(report_id, False)


def test_staff_keep_a_report_back_with_a_reason(shown, change, history):
    report_id = shown()
    with pytest.raises(ReasonMissing):
        change(report_id, block_publication, "工作人员 甲", " ")
    check(report_id, True)
    change(report_id, block_publication, "工作人员 甲", "说到了邻居的病")
    check(report_id, False)
    assert "report.publication_blocked" in history(report_id)


def test_the_public_reads_no_names_and_knows_no_number(shown):
    report_id = shown(text="王先生家门口路灯坏了，打13912345678")
    with reading() as session:
        report = session.get_one(Report, report_id)
        assert public_text(report) == "某先生家门口路灯坏了，打〔电话〕"
        assert len(report.public_id) == 16
        assert report.public_id not in report.number


def test_pages_follow_one_another_and_can_be_narrowed(shown):
    first, second, third = shown(), shown(category="road.manhole"), shown(district="静安区")
    assert seen(most=2) == [third, second]
    with reading() as session:
        last = session.get_one(Report, second).public_id
    assert seen(before=last) == [first]
    assert seen(category="road.manhole") == [second]
    assert seen(district="静安区") == [third]
    assert seen(state="resolved") == []
    assert seen(before="none such") == []


def test_the_query_walks_its_index(shown, database):
    if database != "sqlite":  # a planner with statistics reads a table of few rows whole
        return
    shown()
    with engine().connect() as connection:
        plan = str(
            connection.execute(
                text("EXPLAIN QUERY PLAN SELECT id FROM reports WHERE publishable = 1 ORDER BY id DESC LIMIT 50")
            ).all()
        )
    assert "ix_reports_public_newest" in plan
    assert "TEMP B-TREE" not in plan


@given(
    st.lists(
        st.sampled_from(["13912345678", "5", "幺三八", "0", "（021）", "-", "+86", "微信 ab12345", "a@b.cn", "路"])
    )
)
def test_contacts_are_looked_for_wherever_there_is_one(parts):
    told = with_digits("".join(parts))
    assert not list(contacts(told)) or _MAY_HOLD_CONTACTS.search(told)
