import pytest

from feedback import (
    NeedsCoordinator,
    NotAllowed,
    ReasonMissing,
    Report,
    UnknownChoice,
    accept,
    adjudicate,
    reassign,
    reopen,
)
from feedback.dispatch.delivery import deliver_next
from feedback.dispatch.destinations import Update
from feedback.dispatch.updates import carry_out
from feedback.routing import save_rule
from storage import reading, utcnow, writing


@pytest.fixture
def dispatched(filed, change, client) -> int:
    """A report that 交通委 has; in its district there is a backstop."""
    report_id = filed()
    with writing() as session:
        save_rule(session, {"level": "district", "department": "{district}城运中心", "district": "徐汇区"}, "甲")
    change(report_id, accept, "甲")
    deliver_next(client)
    return report_id


def update(report_id: int, status: str, words: str = "", update_id: str = "") -> None:
    """What the department that has the latest lead's order reports."""
    with writing() as session:
        order = [o for o in session.get_one(Report, report_id).work_orders if o.role == "lead"][-1]
        told = Update(update_id or f"{order.id}-{status}", order.external_id, status, utcnow(), words)
        carry_out(session, told)


def send_back(report_id: int, words: str = "不归我们管", update_id: str = "") -> None:
    update(report_id, "not_responsible", words, update_id)


@pytest.fixture
def bounced(dispatched) -> int:
    send_back(dispatched)
    return dispatched


@pytest.fixture
def bounced_twice(bounced, change, client) -> int:
    change(bounced, reassign, "甲")
    deliver_next(client)
    send_back(bounced)
    return bounced


@pytest.fixture
def ruled(bounced_twice, change, client) -> int:
    change(bounced_twice, adjudicate, "工作人员 丙", "交通委", "道路照明由交通委管养")
    deliver_next(client)
    return bounced_twice


def shown(report_id: int) -> Report:
    """The report with its events and orders, for looking at."""
    with reading() as session:
        report = session.get_one(Report, report_id)
        assert report.events and report.work_orders
        return report


def test_a_return_is_counted_with_its_reason_and_the_report_waits_for_staff(bounced):
    report = shown(bounced)
    assert (report.state, report.bounces) == ("accepted", 1)
    assert (report.events[-1].name, report.events[-1].reason) == ("report.returned", "不归我们管")
    assert report.events[-1].data["department"] == "交通委"


def test_the_same_return_told_twice_counts_once(bounced):
    send_back(bounced)
    send_back(bounced, "再说一遍", update_id="another")
    assert shown(bounced).bounces == 1


def test_a_step_that_is_told_after_the_return_changes_nothing(bounced):
    update(bounced, "in_progress")
    update(bounced, "fixed")
    report = shown(bounced)
    assert (report.state, report.work_orders[0].state) == ("accepted", "returned")


def test_a_return_without_a_reason_is_marked(dispatched):
    send_back(dispatched, "  ")
    event = shown(dispatched).events[-1]
    assert (event.reason, event.data["unexplained"]) == ("未说明理由", True)


def test_after_the_first_return_staff_follow_the_suggestion(bounced, change):
    change(bounced, reassign, "甲")
    order = shown(bounced).work_orders[-1]
    assert order.department == "徐汇区城运中心"
    assert "交通委已退单" in order.because


def test_after_the_first_return_staff_may_choose_another(bounced, change):
    change(bounced, reassign, "工作人员 甲", "水务局", "其实是泵站的灯")
    report = shown(bounced)
    assert (report.work_orders[-1].department, report.work_orders[-1].because) == ("水务局", "因为：工作人员 甲指定")
    assert report.events[-1].reason == "其实是泵站的灯；主办：水务局。因为：工作人员 甲指定"


def test_a_department_that_nobody_knows_is_refused(bounced, change):
    with pytest.raises(UnknownChoice, match="月球局"):
        change(bounced, reassign, "甲", "月球局")
    assert shown(bounced).state == "accepted"


def test_what_a_department_has_is_given_to_no_other(dispatched, change):
    with pytest.raises(NotAllowed):
        change(dispatched, reassign, "甲")
    with pytest.raises(NotAllowed):
        change(dispatched, adjudicate, "丙", "水务局", "理由")


def test_after_the_second_return_only_a_ruling_helps(bounced_twice, change):
    with pytest.raises(NeedsCoordinator, match="协调员"):
        change(bounced_twice, reassign, "甲")


def test_there_is_no_ruling_after_one_return(bounced, change):
    with pytest.raises(NotAllowed, match="裁定"):
        change(bounced, adjudicate, "丙", "水务局", "理由")


def test_a_ruling_says_why(bounced_twice, change):
    with pytest.raises(ReasonMissing):
        change(bounced_twice, adjudicate, "丙", "水务局", " ")


def test_a_ruling_binds(ruled):
    report = shown(ruled)
    order = report.work_orders[-1]
    assert (order.department, order.binding, order.role) == ("交通委", True, "lead")
    assert [e.name for e in report.events if e.name == "report.ruled"] == ["report.ruled"]
    assert report.state == "dispatched"


def test_a_binding_order_that_is_returned_stays_where_it_is_under_supervision(ruled):
    send_back(ruled, "还是不归我们管")
    send_back(ruled, "真的不归", update_id="again")
    report = shown(ruled)
    assert [e.reason for e in report.events if e.name == "work_order.return_refused"] == ["还是不归我们管"]
    assert (report.supervised, report.bounces, report.state) == (True, 2, "dispatched")
    assert report.work_orders[-1].state == "sent"
    update(ruled, "fixed", "修好了")
    assert shown(ruled).state == "resolved"


def test_a_return_that_is_told_after_the_work_was_done_is_no_return(ruled):
    update(ruled, "fixed", "修好了")
    send_back(ruled)
    report = shown(ruled)
    assert report.state == "resolved"
    assert not report.supervised


def test_a_ruling_still_binds_when_the_report_is_opened_again(ruled, change):
    update(ruled, "fixed", "修好了")
    change(ruled, reopen, "没修好")
    order = shown(ruled).work_orders[-1]
    assert (order.department, order.binding) == ("交通委", True)


def test_supporters_go_on_under_the_next_lead_and_one_that_leads_now_has_one_order(filed, change, client):
    with writing() as session:
        values = {"level": "district", "category": "road", "department": "路灯所", "supporters": ["供电公司", "水务局"]}
        save_rule(session, values, "甲")
    report_id = filed()
    change(report_id, accept, "甲")
    while deliver_next(client):
        pass
    send_back(report_id)
    assert shown(report_id).bounces == 1
    change(report_id, reassign, "甲", "水务局")
    assert [(o.department, o.role, o.state) for o in shown(report_id).work_orders] == [
        ("路灯所", "lead", "returned"),
        ("供电公司", "support", "sent"),
        ("水务局", "support", "cancelled"),
        ("水务局", "lead", "sent"),
    ]
