"""What did not get to its department: the circuit breaker, the order within a report, and what staff see and do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from feedback import Breaker, Report, accept, correct, withdraw
from feedback.dispatch.breaker import LONGEST, LONGEST_ASKED, THRESHOLD, Standing, failed, standing
from feedback.dispatch.delivery import LEASE, LONGEST_PAUSE, attempt, deliver_next, note_all, pause, take
from feedback.dispatch.errors import CannotTell, DispatchRefused, DispatchUnavailable
from feedback.dispatch.outbox import REFERENCE
from feedback.dispatch.stuck import why_not_there
from feedback.models import OutboxMessage, ReportEvent, WorkOrder
from feedback.routing import Route
from feedback.settings import settings
from storage import reading, utcnow, writing
from tests.feedback.conftest import token
from tests.feedback.hearing import told

NOW = utcnow()
DOWN = DispatchUnavailable("派单系统返回 503", acted=None)


class Department:
    """A destination that answers as the test says: numbers, or errors to raise."""

    name = "default"

    def __init__(self, *answers, honours_keys: bool = True, found=None) -> None:
        self.answers, self.honours_keys, self.found = list(answers), honours_keys, found
        self.sent: list[tuple[str, dict]] = []

    def send(self, request: dict[str, str], key: str) -> str | None:
        self.sent.append((key, request))
        return _said(self.answers.pop(0) if self.answers else str(len(self.sent)))

    def find(self, reference: str) -> str | None:
        return _said(self.found)


def _said(answer):
    if isinstance(answer, Exception):
        raise answer
    return answer


@pytest.fixture
def accepted(filed, change) -> int:
    report_id = filed()
    change(report_id, accept, "工作人员 甲")
    return report_id


def deliver(department: Department, times: int = 1) -> None:
    """Deliver, as if each pause before were over."""
    for _ in range(times):
        with writing() as session:
            for message in session.scalars(select(OutboxMessage).where(OutboxMessage.next_attempt_at.is_not(None))):
                message.next_attempt_at = utcnow() - timedelta(seconds=1)
        deliver_next({"default": department})


def message_of(report_id: int, number: int = 0) -> OutboxMessage:
    with reading() as session:
        return session.get_one(Report, report_id).work_orders[number].message


def why(report_id: int, number: int = 0) -> str:
    with reading() as session:
        return why_not_there(session.get_one(Report, report_id).work_orders[number], utcnow())


def test_pauses_grow_to_a_limit_and_are_scattered():
    longest = [pause(attempts, lambda low, high: high).total_seconds() for attempts in (1, 2, 3, 9, 50)]
    assert longest == [1, 2, 4, 256, LONGEST_PAUSE]
    assert {pause(3, lambda low, high: low) for _ in range(3)} == {timedelta(0)}, "full jitter begins at nothing"


def test_the_breaker_opens_after_failures_in_a_row_and_longer_each_time():
    breaker = Breaker(destination="x", failures=0)
    for _ in range(THRESHOLD - 1):
        failed(breaker, DOWN, NOW)
    assert standing(breaker, NOW) is Standing.CLOSED
    failed(breaker, DOWN, NOW)
    assert standing(breaker, NOW) is Standing.OPEN and standing(breaker, breaker.open_until) is Standing.HALF_OPEN
    for _ in range(30):
        failed(breaker, DOWN, NOW)
    assert breaker.open_until == NOW + LONGEST


@pytest.mark.parametrize("asked, waits", [(120, timedelta(seconds=120)), (10**9, LONGEST_ASKED), (-5, None), (0, None)])
def test_who_asks_to_wait_is_not_asked_before(asked, waits):
    breaker = Breaker(destination="x", failures=0)
    failed(breaker, DispatchUnavailable("派单系统返回 429", acted=False, retry_after=asked), NOW)
    assert breaker.open_until == (waits and NOW + waits)


def test_while_the_breaker_is_open_nothing_is_sent_then_one_message_tries_for_all_workers(filed, change):
    for _ in range(3):
        change(filed(), accept, "工作人员 甲")
    with writing() as session:
        session.add(
            Breaker(destination="default", failures=7, open_until=utcnow() + LEASE, last_error="派单系统返回 503")
        )
    with writing() as session:
        assert take(session, "default", 9, utcnow()) == []
    later = utcnow() + 2 * LEASE
    with writing() as session:
        assert len(take(session, "default", 9, later)) == 1
    with writing() as session:
        assert take(session, "default", 9, later) == [], "the other worker waits for the answer"
    with writing() as session:
        assert len(take(session, "default", 9, later + LEASE)) == 1, "unless there is none"


def test_what_waits_for_the_breaker_says_so(accepted):
    with writing() as session:
        until = utcnow() + timedelta(minutes=5)
        session.add(Breaker(destination="default", failures=7, open_until=until, last_error="派单系统返回 503"))
    department = Department()
    deliver(department, times=3)
    assert department.sent == [] and "连续 7 次没有成功，暂停派送到" in why(accepted)
    assert sum("暂时没有回应" in words for words in told()["web-1"]) == 1


def test_an_answer_closes_the_breaker(filed, change):
    for _ in range(2):
        change(filed(), accept, "工作人员 甲")
    department = Department(*[DOWN] * THRESHOLD)
    deliver(department, times=THRESHOLD)
    with writing() as session:
        assert session.get_one(Breaker, "default").failures == THRESHOLD
        session.get_one(Breaker, "default").open_until = utcnow()
    deliver(department, times=2)
    with reading() as session:
        assert session.get_one(Breaker, "default").failures == 0
        assert {m.state for m in session.scalars(select(OutboxMessage))} == {"delivered"}


@pytest.fixture
def with_supporter(filed, monkeypatch, change) -> int:
    monkeypatch.setattr(
        "feedback.dispatch.outbox.suggest", lambda *_: Route("交通委", ("城管执法局",), "district", "因为：试验")
    )
    report_id = filed()
    change(report_id, accept, "工作人员 甲")
    return report_id


def test_of_one_report_the_second_waits_for_the_first_and_other_reports_for_neither(with_supporter, filed, change):
    department = Department(DispatchRefused("派单系统拒绝 400"))
    deliver(department, times=3)
    assert len(department.sent) == 1
    assert why(with_supporter) == "没有送到，等人工处理：派单系统拒绝 400"
    assert "排在交通委的工单后面" in why(with_supporter, 1)
    other = filed()
    change(other, accept, "工作人员 甲")
    deliver(department, times=5)
    assert [message_of(other, n).state for n in (0, 1)] == ["delivered", "delivered"]
    assert message_of(with_supporter, 1).state == "waiting"


@pytest.mark.parametrize("limit", ["dispatch_most_attempts", "dispatch_most_hours"])
def test_too_often_or_too_long_is_left_to_staff(accepted, monkeypatch, history, limit):
    monkeypatch.setattr(settings(), limit, 0)
    deliver(Department(DOWN))
    assert message_of(accepted).state == "dead" and "work_order.given_up" in history(accepted)
    assert "试了 1 次没有送到：派单系统返回 503" in why(accepted)


def test_where_keys_are_honoured_it_is_simply_sent_again(accepted):
    department = Department(DOWN, found=AssertionError("nobody has to look"))
    deliver(department, times=2)
    assert len({key for key, _ in department.sent}) == 1 and message_of(accepted).state == "delivered"


def test_elsewhere_it_is_looked_up_first(accepted):
    department = Department(DOWN, honours_keys=False, found="77")
    deliver(department, times=2)
    assert len(department.sent) == 1
    with reading() as session:
        assert session.scalars(select(WorkOrder.external_id)).all() == ["77"]


def test_what_surely_did_not_arrive_is_not_looked_up(accepted):
    refused = DispatchUnavailable("连不上派单系统", acted=False)
    deliver(Department(refused, honours_keys=False, found=AssertionError("nobody has to look")), times=2)
    assert message_of(accepted).state == "delivered"


def test_where_nobody_can_tell_staff_decide(accepted, history):
    deliver(Department(DOWN, honours_keys=False, found=CannotTell("对方没有查询接口")), times=3)
    assert message_of(accepted).state == "unsure" and history(accepted).count("work_order.unsure") == 1
    assert why(accepted) == "不确定是否送到，等人工核实：对方没有查询接口"


def test_a_question_that_is_refused_does_not_refuse_the_order(accepted):
    deliver(Department(DOWN, honours_keys=False, found=DispatchRefused("派单系统拒绝 400")), times=3)
    assert message_of(accepted).state == "unsure"
    assert why(accepted) == "不确定是否送到，等人工核实：查询没有结果：派单系统拒绝 400"


def test_a_service_that_they_do_not_know_is_a_refusal_that_staff_see(accepted, client, dispatch_system):
    dispatch_system.fail = [404]
    deliver(client["default"])
    assert message_of(accepted).state == "dead"
    assert "派单系统拒绝 404" in why(accepted)


def test_a_mistake_of_ours_is_an_error_like_others(accepted):
    deliver(Department(ValueError("a mistake")))
    assert "发送程序出错: ValueError" in why(accepted)


def test_a_late_result_of_a_worker_that_was_given_up_changes_nothing_but_that_it_arrived(accepted):
    with writing() as session:
        late = take(session, "default", 1, utcnow())[0]
    with writing() as session:
        again = take(session, "default", 1, utcnow() + 2 * LEASE)[0]
    note_all([attempt(Department(DispatchRefused("no")), late)])
    assert message_of(accepted).state == "sending"
    note_all([attempt(Department("5"), late)])
    note_all([attempt(Department(DispatchRefused("no")), again)])
    assert message_of(accepted).state == "delivered"


@pytest.mark.parametrize("stopped", [DispatchRefused("no"), CannotTell("nobody knows")])
def test_a_withdrawn_report_leaves_nothing_to_decide(accepted, change, clerk, stopped):
    deliver(Department(stopped))
    change(accepted, withdraw)
    assert message_of(accepted).state == "cancelled"
    assert "全部送到" in clerk.get("/console/dispatch").text


@pytest.fixture
def dead(accepted) -> int:
    deliver(Department(DispatchRefused("派单系统拒绝 400: 地址不详")))
    return accepted


def do(clerk, report_id: int, step: str, reason: str = "核实过", **more) -> str:
    form = {"message": message_of(report_id).id, "step": step, "reason": reason, **more}
    return clerk.post("/console/dispatch/step", data=form | token(clerk, "/console/dispatch")).text


def test_the_page_and_the_report_say_why_it_is_not_there(clerk, dead):
    page = clerk.get("/console/dispatch").text
    assert "派单系统拒绝 400: 地址不详" in page and "没有送到" in page and "人工登记" in page
    assert "派单系统拒绝 400: 地址不详" in clerk.get(f"/console/report/detail?pk={dead}").text


def test_resend_sends_the_same_with_the_same_key(clerk, dead, history):
    before = message_of(dead)
    assert "正在重发" in do(clerk, dead, "resend")
    department = Department()
    deliver(department)
    assert department.sent == [(before.idempotency_key, before.payload)]
    assert "work_order.resent" in history(dead) and history(dead)[-1] == "dispatched"


def test_renew_takes_what_staff_corrected_and_a_new_key(clerk, dead, change):
    before = message_of(dead)
    change(
        dead, correct, "工作人员 甲", {"category": "road.streetlight", "district": "徐汇区", "address": "漕溪北路200号"}
    )
    assert "重新生成" in do(clerk, dead, "renew")
    department = Department()
    deliver(department)
    (key, request), reference = department.sent[0], before.payload[REFERENCE]
    assert "漕溪北路200号" in request["address_string"] and request[REFERENCE] == reference
    assert key != before.idempotency_key


def test_what_may_be_there_keeps_its_key_when_it_is_made_anew(clerk, accepted, monkeypatch):
    monkeypatch.setattr(settings(), "dispatch_most_attempts", 1)
    deliver(Department(DOWN))
    before = message_of(accepted)
    assert before.in_doubt and "对方可能已经收到" in clerk.get("/console/dispatch").text
    do(clerk, accepted, "renew")
    assert message_of(accepted).idempotency_key == before.idempotency_key


def test_another_department_gets_it_in_the_same_role(clerk, dead, history):
    assert "已改派" in do(clerk, dead, "redirect", department="水务局")
    department = Department()
    deliver(department, times=2)
    assert [request["attribute[department]"] for _, request in department.sent] == ["水务局"]
    with reading() as session:
        report = session.get_one(Report, dead)
        assert [(o.role, o.state) for o in report.work_orders] == [("lead", "cancelled"), ("lead", "sent")]
        assert report.department == "水务局"
    assert "work_order.redirected" in history(dead)


def test_what_was_handed_over_otherwise_has_a_number_and_counts_as_dispatched(clerk, dead, history):
    assert "已登记" in do(clerk, dead, "register", number=" 沪-88 ")
    with reading() as session:
        assert session.scalars(select(WorkOrder.external_id)).all() == ["沪-88"]
    assert history(dead)[-3:] == ["work_order.registered", "report.dispatched", "dispatched"]


def test_a_number_belongs_to_one_order(clerk, dead, filed, change):
    other = filed()
    change(other, accept, "工作人员 甲")
    deliver(Department("88"))
    assert "编号 88 已经登记在另一张工单上" in do(clerk, dead, "register", number="88")
    assert message_of(dead).state == "dead"


@pytest.mark.parametrize(
    "step, more, words",
    [
        ("resend", {"reason": " "}, "请写明理由"),
        ("renew", {"reason": ""}, "请写明理由"),
        ("redirect", {"reason": "", "department": "水务局"}, "请写明理由"),
        ("redirect", {"department": "没有的局"}, "没有「没有的局」"),
        ("register", {"number": " "}, "请写明编号"),
    ],
)
def test_what_is_missing_is_said_and_nothing_changes(clerk, dead, history, step, more, words):
    before = history(dead)
    assert words in do(clerk, dead, step, **more)
    assert message_of(dead).state == "dead" and history(dead) == before


def test_the_second_who_decides_is_told(clerk, dead):
    do(clerk, dead, "resend")
    assert "已经处理过" in do(clerk, dead, "register", number="1")


def test_who_is_unsure_and_sees_that_it_is_not_there_sends_it_again(clerk, accepted):
    department = Department(DOWN, honours_keys=False, found=CannotTell("对方没有查询接口"))
    deliver(department, times=2)
    do(clerk, accepted, "resend", "电话核实，对方没有收到")
    deliver(department)
    assert len(department.sent) == 2 and message_of(accepted).state == "delivered"


@pytest.mark.parametrize("logged_in", [False, True], ids=["nobody", "a form from elsewhere"])
def test_only_staff_may_and_only_by_our_form(console, dead, request, logged_in):
    clerk = request.getfixturevalue("clerk") if logged_in else console
    form = {"message": message_of(dead).id, "step": "resend", "reason": "x"}
    form |= {} if logged_in else token(console, "/console/login")
    answer = clerk.post("/console/dispatch/step", data=form, follow_redirects=False)
    assert answer.status_code == (403 if logged_in else 303)
    assert message_of(dead).state == "dead"


def test_every_step_has_its_reason_in_the_history(clerk, dead):
    do(clerk, dead, "resend", "对方已修好接口")
    with reading() as session:
        event = session.scalars(select(ReportEvent).where(ReportEvent.name == "work_order.resent")).one()
    assert (event.actor, event.reason) == ("工作人员 甲", "对方已修好接口")
