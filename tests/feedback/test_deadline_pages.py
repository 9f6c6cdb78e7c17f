"""The console's side of deadlines, through its pages."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from starlette.applications import Starlette

from feedback import Report, accept
from feedback.accounts import add_staff
from feedback.console import mount_console
from feedback.console.deadlines import calendar_notice
from feedback.deadlines import policies
from feedback.deadlines.models import DeadlinePolicy
from feedback.deadlines.sweep import sweep_batch
from feedback.working_time import known_until
from storage import reading, utcnow, writing

PASSWORD = "a long password"


class Console(TestClient):
    """A console in which somebody is logged in."""

    def __init__(self, role: str) -> None:
        app = Starlette()
        mount_console(app, lambda conversation_id: [])
        super().__init__(app, base_url="http://console")
        with writing() as session:
            add_staff(session, "某人", "clerk", PASSWORD).role = role
        assert "诉求" in self.fill("/console/login", username="某人", password=PASSWORD).text

    def fill(self, path: str, **form):
        """Fill in the form of a page."""
        page = self.get(path).text
        token = re.search(r'name="(csrf\w*)"[^>]*value="([^"]+)"', page)
        return self.post(path, data=form | ({token[1]: token[2]} if token else {}))


@pytest.fixture
def console(database):
    policies.prepare()
    return Console


def rule(**changed) -> dict:
    return {"stage": "contact", "kind": "tipoff", "unit": "working_days", "amount": "2", "note": "本区规定"} | changed


@pytest.mark.parametrize(("role", "may"), [("clerk", False), ("coordinator", True), ("admin", True)])
def test_policies_are_changed_by_coordinators_and_administrators(console, role, may):
    console(role).fill("/console/deadline-policy/create", **rule())
    with reading() as session:
        made = session.scalar(select(DeadlinePolicy).filter_by(stage="contact", kind="tipoff"))
        assert bool(made) == may
        if made:
            assert (made.amount, made.updated_by) == (2, "工作人员 某人")
            assert policies.in_words(made) == "举报：2个工作日。本区规定"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"kind": "praise"}, "已有同样环节和条件的规则"),
        ({"amount": ""}, "不设时限的不填"),
        ({"unit": "none"}, "不设时限的不填"),
        ({"amount": "0"}, "请填 1 到 1000"),
        ({"category": "no.such"}, "请从列表里选"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_in_words(console, changed, words):
    assert words in console("admin").fill("/console/deadline-policy/create", **rule(**changed)).text


def test_a_report_page_says_when_it_is_due_and_why(console, filed, change):
    report_id = filed()
    change(report_id, accept, "甲")
    page = console("clerk").get(f"/console/report/detail?pk={report_id}").text
    assert "投诉：5个工作日。示例，参照一个街道 2019 年" in page
    assert "按时" in page and "计时中" in page


def test_the_list_shows_what_is_missed_a_page_at_a_time(console, filed):
    for _ in range(9):
        filed()
    sweep_batch(utcnow() + timedelta(days=60))
    clerk = console("clerk")
    first = clerk.get("/console/deadlines").text
    following = re.search(r'href="([^"]+after=\d+)"', first)[1]
    assert first.count("已超时") == 25
    assert clerk.get(following).text.count("已超时") == 2


def test_staff_learn_that_the_calendar_ends_before_it_does(console):
    end = known_until()
    assert calendar_notice(end - timedelta(days=61)) == ""
    for day in (end - timedelta(days=59), end + timedelta(days=1), date(2090, 1, 1)):
        assert str(end.year) in calendar_notice(day)


def test_asking_and_going_on_are_offered_when_they_can_be_done(console, filed):
    report_id = filed()
    clerk = console("clerk")
    page = clerk.get(f"/console/report/detail?pk={report_id}").text
    assert "请市民补充" in page and "继续计时" not in page
    with writing() as session:
        session.get_one(Report, report_id).waiting_since = utcnow()
    page = clerk.get(f"/console/report/detail?pk={report_id}").text
    assert "请市民补充" not in page and "继续计时" in page
