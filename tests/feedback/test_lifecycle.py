import pytest
from sqlalchemy.orm.exc import StaleDataError

from feedback import (
    NotAllowed,
    ReasonMissing,
    Report,
    UnknownReport,
    accept,
    correct,
    find_report,
    move,
    reject,
    supplement,
    supplements,
    take_contact,
    urge,
    withdraw,
)
from feedback.models import OutboxMessage
from storage import reading, writing


def test_the_same_message_files_one_report(filed):
    assert filed(message_id="m") == filed(message_id="m")
    assert filed(message_id="n") != filed(message_id="m")


def test_an_accepted_report_has_a_work_order_waiting_to_be_delivered(filed, change, history):
    report_id = filed()
    change(report_id, accept, "工作人员 甲")
    assert history(report_id) == ["report.submitted", "report.accepted", "work_order.created", "accepted"]
    with reading() as session:
        message = session.query(OutboxMessage).one()
        assert message.work_order.department == "交通委"
        assert message.payload["service_code"] == "road.streetlight"
        assert "web-1" not in str(message.payload), "a department does not learn who reported"


def test_an_urgent_report_does_not_wait_for_acceptance(filed, history):
    assert history(filed(urgent=True)) == ["report.submitted", "work_order.created", "submitted"]


def test_a_life_at_risk_is_never_sent_to_another_system(filed, history):
    assert history(filed(urgent=True, category="crisis.self_harm", kind="emergency"))[-2:] == [
        "report.submitted",
        "submitted",
    ]


def test_cannot_accept_twice(filed, change):
    report_id = filed()
    change(report_id, accept, "甲")
    with pytest.raises(NotAllowed, match="已立案"):
        change(report_id, accept, "乙")


def test_cannot_accept_a_rejected_report(filed, change, history):
    report_id = filed()
    change(report_id, reject, "甲", "法院已经判决")
    with pytest.raises(NotAllowed, match="不予受理"):
        change(report_id, accept, "甲")
    assert history(report_id) == ["report.submitted", "report.rejected", "rejected"]


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_rejection_needs_a_reason(filed, change, history, reason):
    report_id = filed()
    with pytest.raises(ReasonMissing):
        change(report_id, reject, "甲", reason)
    assert history(report_id)[-1] == "submitted"


def test_a_correction_keeps_what_was_there_before(filed, change, history):
    report_id = filed()
    change(report_id, correct, "甲", {"category": "road.signal", "district": "徐汇区"})
    with reading() as session:
        report = session.get_one(Report, report_id)
        assert report.category == "road.signal"
        assert report.events[-1].data == {"category": ["road.streetlight", "road.signal"]}
    change(report_id, correct, "甲", {"category": "road.signal"})
    assert history(report_id).count("report.corrected") == 1, "no change, no event"


def test_two_at_once_cannot_overwrite_each_other(filed):
    report_id = filed()
    with reading() as session:
        stale = session.get_one(Report, report_id)
        session.expunge(stale)
    with writing() as session:
        accept(session, session.get_one(Report, report_id), "甲")
    stale.district = "静安区"
    with pytest.raises(StaleDataError), writing() as session:
        session.add(stale)


def test_a_resident_adds_the_place_that_was_missing_but_overwrites_nothing(filed, change):
    report_id = filed(address=None)
    change(report_id, supplement, "在衡山路口", {"address": "衡山路口", "district": "静安区"})
    with reading() as session:
        report = session.get_one(Report, report_id)
        assert (report.address, report.district) == ("衡山路口", "徐汇区")


def test_withdrawing_cancels_the_work_order(filed, change):
    report_id = filed()
    change(report_id, accept, "甲")
    change(report_id, withdraw)
    with reading() as session:
        report = session.get_one(Report, report_id)
        assert (report.state, report.work_orders[0].state) == ("withdrawn", "cancelled")


def test_a_number_that_nobody_has_is_refused_in_words(database):
    with reading() as session, pytest.raises(UnknownReport, match="没有找到"):
        find_report(session, "20261124-ABCD-EFGHJ")


def test_a_place_put_right_stays_in_the_history_and_staff_learn_that_a_department_has_the_old_one(
    filed, change, history
):
    report_id = filed()
    change(report_id, move, {"address": "漕溪北路88号"})
    assert history(report_id) == ["report.submitted", "report.corrected", "submitted"]
    change(report_id, accept, "甲")
    change(report_id, move, {"district": "静安区", "address": "余姚路5号"})
    with reading() as session:
        report = session.get_one(Report, report_id)
        assert (report.district, report.address) == ("静安区", "余姚路5号")
        assert report.events[-2].data == {"district": ["徐汇区", "静安区"], "address": ["漕溪北路88号", "余姚路5号"]}
        assert (report.events[-1].name, report.events[-1].reason) == ("work_order.outdated", "地点已更正，请告知交通委")


def test_the_place_of_a_withdrawn_report_stays(filed, change):
    report_id = filed()
    change(report_id, withdraw)
    with pytest.raises(NotAllowed, match="已撤回"):
        change(report_id, move, {"address": "漕溪北路88号"})


def test_the_history_knows_only_the_ends_of_a_contact(filed, change):
    report_id = filed(contact="13700001111")
    change(report_id, take_contact, "13700001112")
    with reading() as session:
        report = session.get_one(Report, report_id)
        assert report.contact == "13700001112"
        assert report.events[-1].data == {"contact": ["137****1111", "137****1112"]}


def test_urging_is_written_down_and_changes_nothing(filed, change, history):
    report_id = filed()
    change(report_id, urge, "三天了没人管")
    change(report_id, supplement, "晚上更黑")
    assert history(report_id) == ["report.submitted", "report.urged", "report.supplemented", "submitted"]
    with reading() as session:
        assert supplements(session.get_one(Report, report_id)) == ["晚上更黑"]
