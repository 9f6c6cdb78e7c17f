import logging
from datetime import timedelta

import pytest

from feedback import Alarm, Report, confirm_alarm, open_alarms
from feedback.accounts import add_staff
from feedback.alarms.ringing import alarms_for, ring
from feedback.models import Staff
from storage import reading, utcnow, writing
from tests.feedback.conftest import PASSWORD, token


@pytest.fixture
def urgent(filed) -> int:
    return filed(urgent=True, kind="emergency", category="safety.fire")


def state_of(report_id: int) -> tuple[str, int, str | None]:
    with reading() as session:
        alarm = session.query(Alarm).filter_by(report_id=report_id).one()
        return alarm.level, alarm.rung, alarm.confirmed_by


def staff(name: str, on_duty: bool = False) -> None:
    with writing() as session:
        add_staff(session, name, "clerk", PASSWORD).on_duty = on_duty


def rings_for(name: str) -> int:
    with reading() as session:
        return len(alarms_for(session, session.query(Staff).filter_by(name=name).one()))


def confirm(report_id: int, actor: str = "工作人员 甲") -> bool:
    with writing() as session:
        return confirm_alarm(session, session.query(Alarm).filter_by(report_id=report_id).one().id, actor)


def test_urgent_reports_alarm_and_others_do_not(filed, urgent):
    despair = filed(urgent=True, category="crisis.self_harm", kind="emergency")
    filed()
    with reading() as session:
        assert [alarm.report_id for alarm in open_alarms(session)] == [urgent, despair]


def test_the_same_message_again_alarms_once(filed):
    filed(urgent=True, message_id="m")
    filed(urgent=True, message_id="m")
    with reading() as session:
        assert len(open_alarms(session)) == 1


def test_it_rings_every_minute_and_is_logged_by_number(urgent, caplog):
    caplog.set_level(logging.WARNING)
    start = utcnow()
    assert [ring(start + timedelta(seconds=s)) for s in (0, 59, 60, 119, 120)] == [1, 0, 1, 0, 1]
    assert state_of(urgent)[:2] == ("subdistrict", 3)
    with reading() as session:
        number = session.get_one(Report, urgent).number
    assert [r.number for r in caplog.records if r.message == "alarm.ringing"] == [number] * 3


def test_it_goes_up_a_level_after_each_five_minutes_and_says_so_once(urgent, history):
    start = utcnow()
    levels = []
    for minute in range(0, 20):
        ring(start + timedelta(minutes=minute, seconds=1))
        levels.append(state_of(urgent)[0])
    assert levels == ["subdistrict"] * 5 + ["district"] * 5 + ["city"] * 10
    assert history(urgent).count("alarm.escalated") == 2


def test_nobody_looking_for_an_hour_is_still_one_level_at_a_time(urgent):
    late = utcnow() + timedelta(hours=1)
    ring(late)
    assert state_of(urgent)[0] == "district"


def test_a_confirmed_alarm_is_silent_and_the_first_to_confirm_has_it(urgent, history):
    assert confirm(urgent) is True
    assert confirm(urgent, "工作人员 乙") is False
    assert ring(utcnow() + timedelta(hours=1)) == 0
    assert state_of(urgent) == ("subdistrict", 0, "工作人员 甲")
    assert history(urgent).count("alarm.confirmed") == 1


def test_it_rings_for_who_is_on_duty_and_for_all_where_nobody_is(urgent):
    staff("甲")
    staff("乙")
    assert (rings_for("甲"), rings_for("乙")) == (1, 1)
    with writing() as session:
        session.query(Staff).filter_by(name="甲").one().on_duty = True
    assert (rings_for("甲"), rings_for("乙")) == (1, 0)
    ring(utcnow() + timedelta(minutes=6))
    assert (rings_for("甲"), rings_for("乙")) == (1, 1), "who is on duty let it go up"


def test_the_banner_is_told_what_rings(clerk, urgent):
    told = clerk.get("/console/alarms.json").json()
    assert told["count"] == 1 and told["waiting_seconds"] >= 0
    assert told["alarms"][0]["what"] and clerk.get(told["alarms"][0]["url"]).status_code == 200
    assert "alarm-banner" in clerk.get("/console/report/list").text


def test_confirming_and_duty_in_the_console(clerk, urgent):
    with reading() as session:
        alarm_id = open_alarms(session)[0].id
    form = {"alarm": alarm_id, **token(clerk, "/console/alarms")}
    assert "已确认" in clerk.post("/console/alarms/confirm", data=form).text
    assert state_of(urgent)[2] == "工作人员 甲"
    assert "已经有人确认" in clerk.post("/console/alarms/confirm", data=form).text
    assert clerk.get("/console/alarms.json").json()["count"] == 0
    for on_duty, words in ((1, "开始值班"), (0, "结束值班")):
        assert words in clerk.post("/console/alarms/duty", data={"on_duty": on_duty, **form}).text
        with reading() as session:
            assert session.query(Staff).one().on_duty == bool(on_duty)


@pytest.mark.parametrize(
    "method, path", [("GET", ""), ("GET", ".json"), ("POST", "/confirm"), ("POST", "/duty")], ids=str
)
def test_only_staff_who_are_logged_in_may(console, urgent, method, path):
    form = {"alarm": 1, "on_duty": 1, **token(console, "/console/login")}
    data = form if method == "POST" else None
    answer = console.request(method, f"/console/alarms{path}", data=data, follow_redirects=False)
    assert answer.status_code == 303 and "/login" in answer.headers["location"]
    assert state_of(urgent)[2] is None
    assert "alarm-banner" not in console.get("/console/login").text


@pytest.mark.parametrize("path", ["/confirm", "/duty"])
def test_nothing_is_changed_by_a_form_from_elsewhere(clerk, urgent, path):
    assert clerk.post(f"/console/alarms{path}", data={"alarm": 1, "on_duty": 1}).status_code == 403
    assert state_of(urgent)[2] is None
