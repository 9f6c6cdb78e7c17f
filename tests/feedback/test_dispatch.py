from datetime import timedelta

import pytest

from feedback import Report, accept, rate, reassign, reopen, take_notices, withdraw
from feedback.dispatch import delivery
from feedback.dispatch.delivery import deliver_next
from feedback.dispatch.updates import poll
from feedback.models import OutboxMessage, WorkOrder
from storage import reading, utcnow, writing


@pytest.fixture
def accepted(filed, change) -> int:
    report_id = filed()
    change(report_id, accept, "工作人员 甲")
    return report_id


def make_due() -> None:
    """As if the pause before the next attempt were over."""
    with writing() as session:
        for message in session.query(OutboxMessage):
            message.next_attempt_at = utcnow() - timedelta(seconds=1)


def notices() -> list[str]:
    with writing() as session:
        return [notice.text for notice in take_notices(session)]


def test_the_whole_way_out_and_back(accepted, client, dispatch_system, history):
    assert deliver_next(client)
    assert not deliver_next(client)
    dispatch_system.act(1, "receive")
    dispatch_system.act(1, "start", "已派人")
    dispatch_system.act(1, "finish", "灯泡已换")
    assert poll(client) == 3
    assert history(accepted)[-4:] == ["report.dispatched", "report.started", "report.resolved", "resolved"]
    told = notices()
    assert [t for t in told if "灯泡已换" in t]
    assert "派给交通委" in told[1]
    assert notices() == [], "nothing is told twice"


def test_updates_that_come_again_change_nothing(accepted, client, dispatch_system, history):
    deliver_next(client)
    dispatch_system.act(1, "start")
    assert poll(client) == 1
    before = history(accepted)
    assert poll(client) == 0
    assert history(accepted) == before


def test_a_department_may_skip_steps(accepted, client, dispatch_system, history):
    deliver_next(client)
    dispatch_system.act(1, "finish", "好了")
    poll(client)
    assert history(accepted)[-1] == "resolved"


def test_when_the_dispatch_system_is_down_the_report_waits_and_the_resident_is_told_once(
    accepted, client, dispatch_system, history
):
    dispatch_system.fail = ["down", 503, 429]
    for _ in range(3):
        deliver_next(client)
        make_due()
    assert history(accepted)[-1] == "accepted"
    assert sum("暂时没有回应" in told for told in notices()) == 1
    deliver_next(client)
    assert history(accepted)[-1] == "dispatched"


def test_an_answer_that_is_lost_does_not_make_two_jobs(accepted, client, dispatch_system, history):
    dispatch_system.fail = ["answer lost"]
    deliver_next(client)
    make_due()
    deliver_next(client)
    assert dispatch_system.jobs() == 1
    assert history(accepted)[-1] == "dispatched"


def test_a_worker_that_died_after_taking_a_message_leaves_it_to_the_next(accepted, client, dispatch_system):
    with writing() as session:
        assert delivery.take(session, "default", 1, utcnow())
    assert not deliver_next(client), "the dead worker's lease still runs"
    make_due()
    assert deliver_next(client)
    assert dispatch_system.jobs() == 1


def test_what_the_dispatch_system_refuses_is_shown_to_staff_and_not_hammered(
    accepted, client, dispatch_system, history
):
    dispatch_system.fail = [400]
    deliver_next(client)
    assert not deliver_next(client)
    assert "work_order.refused" in history(accepted)


def test_a_report_withdrawn_in_time_is_never_sent(accepted, client, dispatch_system, change, history):
    change(accepted, withdraw)
    while deliver_next(client):
        pass
    assert dispatch_system.jobs() == 0
    assert history(accepted)[-1] == "withdrawn"


def test_a_returned_work_order_comes_back_with_its_reason_and_can_be_given_to_another(
    accepted, client, dispatch_system, change, history
):
    deliver_next(client)
    assert dispatch_system.act(1, "return") == 422, "a reason is required"
    dispatch_system.act(1, "return", "不属于我们")
    poll(client)
    assert history(accepted)[-2:] == ["report.returned", "accepted"]
    with reading() as session:
        assert session.get_one(Report, accepted).events[-1].reason == "不属于我们"
        assert session.query(WorkOrder).one().state == "returned"
    change(accepted, reassign, "工作人员 甲")
    deliver_next(client)
    assert history(accepted)[-1] == "dispatched"
    assert dispatch_system.jobs() == 2


def test_an_update_for_a_withdrawn_report_is_kept_and_does_no_harm(accepted, client, dispatch_system, change, history):
    deliver_next(client)
    change(accepted, withdraw)
    dispatch_system.act(1, "finish", "好了")
    poll(client)
    assert history(accepted)[-1] == "withdrawn"


def test_a_bad_verdict_sends_it_back_and_a_good_one_closes_it(accepted, client, dispatch_system, change, history):
    deliver_next(client)
    dispatch_system.act(1, "finish")
    poll(client)
    assert change(accepted, rate, "根本没解决") == "reopened"
    deliver_next(client)
    assert history(accepted)[-1] == "dispatched"
    dispatch_system.act(2, "finish")
    poll(client)
    assert change(accepted, rate, "很满意") == "closed"
    assert history(accepted)[-1] == "closed"
    change(accepted, reopen, "又坏了")
    assert history(accepted)[-1] == "accepted"


def test_a_server_that_answers_nonsense_is_tried_again(accepted, client, dispatch_system, history):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'
    original = dispatch_system.request

    def nonsense(method, url, **arguments):
        import httpx

        return httpx.Response(200, text=bomb, request=httpx.Request(method, str(url)))

    dispatch_system.request = nonsense
    deliver_next(client)
    assert poll(client) == 0
    dispatch_system.request = original
    make_due()
    deliver_next(client)
    assert history(accepted)[-1] == "dispatched"
