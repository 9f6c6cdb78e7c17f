"""Deadlines: the arithmetic of their clocks, which policy counts, what events do to them, and what the sweep does."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event as sql_event
from sqlalchemy import select

import storage
from feedback import (
    NotAllowed,
    ReasonMissing,
    Report,
    accept,
    correct,
    deadlines_of,
    due_of,
    pause,
    reject,
    reopen,
    resume,
    supplement,
    take_contact,
    take_notices,
    withdraw,
)
from feedback.deadlines import policies
from feedback.deadlines.clock import reaches, running_since, spent
from feedback.deadlines.models import Deadline, DeadlinePolicy
from feedback.deadlines.queries import watched
from feedback.deadlines.sweep import sweep_batch
from feedback.lifecycle import change as move
from feedback.report_number import CITY_TIME
from feedback.working_time import ElapsedTime, WorkingTime
from storage import reading, writing

OFFICE = WorkingTime.parse("09:00-12:00,13:00-17:30")
clocks = st.sampled_from([OFFICE, ElapsedTime()])
START = datetime(2026, 2, 11, 10, tzinfo=CITY_TIME)
"""A Wednesday before the Spring Festival."""
budgets = st.timedeltas(timedelta(minutes=1), timedelta(hours=60))
marks = st.lists(
    st.tuples(st.timedeltas(timedelta(), timedelta(days=40)).map(START.__add__), st.booleans()), max_size=12
)


@given(clocks, budgets, marks)
def test_a_pause_never_shortens(clock, budget, stops):
    due = reaches(clock, budget, START, stops)
    assert due is None or due >= clock.after(START, budget)


@given(clocks, budgets, marks)
def test_when_it_is_due_exactly_the_budget_is_spent(clock, budget, stops):
    due = reaches(clock, budget, START, stops)
    if due:
        assert spent(clock, START, stops, due) == budget
    else:
        assert running_since(START, stops) is None
        assert spent(clock, START, stops, START + timedelta(days=400)) < budget


@given(clocks, budgets, marks, st.randoms())
def test_the_order_in_which_marks_arrive_and_repeats_do_not_matter(clock, budget, stops, random):
    arrived = stops + stops[:3]
    random.shuffle(arrived)
    assert reaches(clock, budget, START, arrived) == reaches(clock, budget, START, stops)
    now = START + timedelta(days=20)
    assert spent(clock, START, arrived, now) == spent(clock, START, stops, now)


@given(clocks, marks, st.timedeltas(timedelta(), timedelta(days=40)), st.timedeltas(timedelta(), timedelta(days=9)))
def test_a_clock_never_runs_backwards_nor_faster_than_time(clock, stops, until, more):
    before = spent(clock, START, stops, START + until)
    after = spent(clock, START, stops, START + until + more)
    assert before <= after <= before + more


@pytest.fixture
def now(monkeypatch):
    """The moment at which things happen; `now.set(...)` in city time."""

    class Now:
        moment = START

        def set(self, written: str) -> datetime:
            self.moment = datetime.fromisoformat(written).replace(tzinfo=CITY_TIME)
            return self.moment

    clock = Now()
    for module in ("feedback.lifecycle", "feedback.deadlines.queries"):
        monkeypatch.setattr(f"{module}.utcnow", lambda: clock.moment)
    return clock


@pytest.fixture
def city(database, now):
    """A database with the shipped policies."""
    policies.prepare()
    return now


@pytest.fixture
def see():
    """Something of a report, read anew: `see(report_id, lambda session, report: …)`."""

    def read(report_id, look):
        with reading() as session:
            return look(session, session.get_one(Report, report_id))

    return read


def shown(moment):
    return moment and moment.astimezone(CITY_TIME).strftime("%m-%d %H:%M")


def dates(session, report):
    return {d.stage: shown(d.due_at) for d in deadlines_of(session, report)}


def outcomes(session, report):
    return [(d.stage, d.outcome) for d in deadlines_of(session, report)]


def watch(session, report):
    return report.level, report.supervised, report.overdue


def events(session, report):
    return [
        (event.name.removeprefix("report."), event.data["stage"], event.data["level"])
        for event in report.events
        if "stage" in event.data
    ]


def test_a_report_has_a_date_for_each_stage_from_when_it_was_filed(city, filed, see):
    assert see(filed(), dates) == {"contact": "02-12 10:00", "dispatch": "02-12 10:00", "resolution": "02-25 10:00"}


def test_the_resident_can_be_told_the_date_and_staff_why(city, filed, see):
    report_id = filed(kind="consultation")
    assert shown(see(report_id, due_of)) == "02-12 10:00"
    because = see(report_id, lambda s, r: deadlines_of(s, r)[-1].because)
    assert because == "咨询：1个工作日。示例，参照一个街道 2019 年"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"urgent": True}, {"contact": "02-11 11:00", "dispatch": "02-11 11:00", "resolution": "02-12 10:00"}),
        ({"category": "utility.gas"}, {"contact": "02-12 10:00", "dispatch": "02-11 12:00", "resolution": "02-25 10:00"}),
        ({"category": "utility.gas", "urgent": True}, {"contact": "02-11 11:00", "dispatch": "02-11 11:00", "resolution": "02-12 10:00"}),
        ({"category": "building.illegal", "kind": "tipoff"}, {"contact": "02-12 10:00", "dispatch": "02-12 10:00", "resolution": "03-10 10:00"}),
        ({"kind": "suggestion"}, {"contact": "02-12 10:00", "dispatch": "02-12 10:00", "resolution": "02-12 10:00"}),
        ({"kind": "praise", "category": "utility.gas"}, {}),
        ({"kind": "emergency", "urgent": True, "category": "crisis.self_harm"}, {"contact": "02-11 11:00", "resolution": "02-12 10:00"}),
    ],
)  # fmt: skip
def test_the_most_specific_policy_counts(city, filed, see, parts, expected):
    assert see(filed(**parts), dates) == expected


def test_the_shipped_policies_fill_an_empty_table_once(city):
    policies.prepare()
    with writing() as session:
        assert len(session.scalars(select(DeadlinePolicy)).all()) == len(policies.shipped_policies())
        session.execute(DeadlinePolicy.__table__.delete().where(DeadlinePolicy.stage == "contact"))
    policies.prepare()
    with reading() as session:
        assert not session.scalar(select(DeadlinePolicy).filter_by(stage="contact")), "what staff removed stays removed"


def test_without_policies_there_are_no_deadlines(database, filed, change, see):
    report_id = filed()
    change(report_id, accept, "甲")
    change(report_id, pause, "甲", "哪个路口？")
    assert see(report_id, dates) == {}


def test_stages_are_reached_by_what_happens(city, filed, change, see):
    report_id = filed()
    change(report_id, accept, "甲")
    assert see(report_id, outcomes) == [("contact", "met"), ("dispatch", None), ("resolution", None)]
    assert see(report_id, lambda s, r: r.contacted_in_time)
    change(report_id, lambda s, r: move(r, "dispatch", "派单系统"))
    change(report_id, lambda s, r: move(r, "bounce", "交通委", "不是我们的"))
    assert see(report_id, outcomes) == [("contact", "met"), ("dispatch", "met"), ("resolution", None)]
    city.set("2026-02-12 09:00")
    change(report_id, lambda s, r: move(r, "answer", "甲"))
    assert see(report_id, outcomes) == [("contact", "met"), ("dispatch", "met"), ("resolution", "met")]
    assert see(report_id, due_of) is None


def test_a_stage_reached_too_late_was_missed_even_if_nobody_looked(city, filed, change, see):
    report_id = filed()
    city.set("2026-02-13 09:00")
    change(report_id, reject, "甲", "法院已经判决")
    assert see(report_id, outcomes) == [("contact", "missed"), ("dispatch", "cancelled"), ("resolution", "met")]
    assert see(report_id, lambda s, r: (r.contacted_in_time, r.overdue)) == (False, True)


def test_a_withdrawn_report_has_no_deadline_left(city, filed, change, see):
    report_id = filed()
    change(report_id, withdraw)
    assert {outcome for _, outcome in see(report_id, outcomes)} == {"cancelled"}
    assert see(report_id, lambda s, r: r.contacted_in_time) is None
    assert sweep_batch(city.set("2026-03-30 10:00")) == 0


def test_an_undone_merger_counts_on_as_if_there_had_been_none(city, filed, change, see):
    report_id = filed()
    before = see(report_id, dates)
    change(report_id, lambda s, r: move(r, "merge", "甲"))
    city.set("2026-02-12 09:00")
    change(report_id, lambda s, r: move(r, "part", "甲"))
    assert see(report_id, dates) == before
    assert {outcome for _, outcome in see(report_id, outcomes)} == {None}


def test_a_reopened_report_gets_a_new_date_and_keeps_the_old_one(city, filed, change, see):
    report_id = filed()
    change(report_id, lambda s, r: move(r, "answer", "甲"))
    city.set("2026-02-24 09:00")
    change(report_id, reopen, "没解决")
    assert see(report_id, outcomes)[2:] == [("resolution", "met"), ("resolution", None)]
    assert shown(see(report_id, due_of)) == "02-28 17:30"


def test_a_supervised_report_that_is_reopened_has_less_time(city, filed, change, see):
    report_id = filed()
    change(report_id, lambda s, r: move(r, "answer", "甲"))
    change(report_id, lambda s, r: setattr(r, "supervised", True))
    city.set("2026-02-24 10:00")
    change(report_id, reopen, "没解决")
    assert shown(see(report_id, due_of)) == "02-27 10:00"


def test_the_clock_stands_still_while_the_resident_is_asked(city, filed, change, see):
    report_id = filed()
    city.set("2026-02-11 11:00")
    change(report_id, pause, "甲", "哪一栋楼？")
    assert see(report_id, dates) == {"contact": "02-12 10:00", "dispatch": None, "resolution": None}
    assert see(report_id, outcomes)[0] == ("contact", "met"), "to be asked is to be contacted"
    assert see(report_id, due_of) is None
    with pytest.raises(NotAllowed, match="等待市民补充"):
        change(report_id, pause, "乙", "几楼？")
    city.set("2026-02-12 11:00")
    change(report_id, supplement, "5栋")
    assert see(report_id, lambda s, r: r.waiting_since) is None
    assert see(report_id, dates)["dispatch"] == "02-13 10:00"
    assert see(report_id, dates)["resolution"] == "02-26 10:00"


def test_staff_let_the_clock_go_on_and_a_contact_is_an_answer_too(city, filed, change, see):
    report_id = filed()
    with pytest.raises(NotAllowed):
        change(report_id, resume, "甲")
    change(report_id, pause, "甲", "怎么联系您？")
    change(report_id, resume, "甲")
    assert see(report_id, dates)["resolution"] == "02-25 10:00"
    change(report_id, pause, "甲", "怎么联系您？")
    change(report_id, take_contact, "13700001111")
    assert see(report_id, lambda s, r: r.waiting_since) is None


def test_an_answer_that_arrives_before_its_question_changes_nothing(city, filed, change, see):
    """Two processes whose clocks differ: what counts is when it happened, not when it was written down."""
    report_id = filed()
    city.set("2026-02-12 11:00")
    change(report_id, supplement, "5栋")
    city.set("2026-02-11 11:00")
    change(report_id, pause, "甲", "哪一栋楼？")
    assert see(report_id, dates)["resolution"] == "02-26 10:00"
    assert see(report_id, lambda s, r: r.waiting_since) is None


def test_a_question_needs_words_and_a_report_that_is_dealt_with(city, filed, change):
    report_id = filed()
    with pytest.raises(ReasonMissing):
        change(report_id, pause, "甲", " ")
    change(report_id, withdraw)
    with pytest.raises(NotAllowed, match="已撤回"):
        change(report_id, pause, "甲", "哪个路口？")


def test_the_question_reaches_the_owner_alone(city, filed, change):
    from feedback import endorse

    report_id = filed()
    change(report_id, endorse, "web-2", "也没亮")
    change(report_id, pause, "甲", "哪一栋楼？")
    with writing() as session:
        asked = [notice for notice in take_notices(session) if "哪一栋楼？" in notice.text]
    assert [notice.conversation_id for notice in asked] == ["web-1"]


def test_a_corrected_category_brings_a_date_forward_and_never_back(city, filed, change, see):
    report_id = filed(kind="help", category="property.repair")
    assert see(report_id, dates)["resolution"] == "03-10 10:00"
    change(report_id, correct, "甲", {"category": "utility.water"})
    assert see(report_id, dates) == {"contact": "02-12 10:00", "dispatch": "02-11 12:00", "resolution": "02-25 10:00"}
    change(report_id, correct, "甲", {"category": "property.repair"})
    assert see(report_id, dates)["resolution"] == "02-25 10:00"


def test_a_correction_after_the_end_begins_nothing(city, filed, change, see):
    report_id = filed(kind="emergency", urgent=True, category="crisis.self_harm")
    change(report_id, lambda s, r: move(r, "answer", "甲"))
    change(report_id, correct, "甲", {"category": "security.order"})
    assert see(report_id, outcomes) == [("contact", "met"), ("resolution", "met")]


def test_staff_are_warned_then_it_is_overdue_and_goes_up_one_level_at_a_time(city, filed, change, see):
    report_id = filed()
    change(report_id, accept, "甲")
    change(report_id, lambda s, r: setattr(r, "level", "subdistrict"))
    change(report_id, lambda s, r: move(r, "dispatch", "派单系统"))
    assert sweep_batch(city.set("2026-02-13 17:00")) == 0
    assert sweep_batch(city.set("2026-02-24 10:00")) == 1
    assert see(report_id, watch) == ("subdistrict", False, False)
    assert sweep_batch(city.set("2026-02-25 10:00")) == 1
    assert see(report_id, watch) == ("district", True, True)
    assert sweep_batch(city.set("2026-02-27 14:40")) == 0
    assert sweep_batch(city.set("2026-02-27 15:00")) == 1
    assert sweep_batch(city.set("2026-03-30 10:00")) == 0
    assert see(report_id, events) == [
        ("deadline_warned", "resolution", "subdistrict"),
        ("overdue", "resolution", "district"),
        ("escalated", "resolution", "city"),
    ]


def test_a_sweep_that_slept_goes_up_one_level_only(city, filed, change, see):
    report_id = filed()
    change(report_id, lambda s, r: setattr(r, "level", "subdistrict"))
    late = city.set("2026-03-20 10:00")
    assert sweep_batch(late) == 3
    assert sweep_batch(late) == 0, "twice is once"
    assert see(report_id, events) == [
        ("overdue", "contact", "district"),
        ("overdue", "dispatch", "district"),
        ("overdue", "resolution", "district"),
    ]
    assert see(report_id, lambda s, r: r.contacted_in_time) is False


def test_nothing_goes_up_while_the_resident_is_asked(city, filed, change, see):
    report_id = filed(urgent=True)
    change(report_id, pause, "甲", "哪一栋楼？")
    assert sweep_batch(city.set("2026-03-20 10:00")) == 0
    change(report_id, resume, "甲")
    assert sweep_batch(city.set("2026-03-21 10:00")) == 2
    assert see(report_id, watch) == ("city", True, True)


def test_the_resident_is_told_once_that_it_takes_longer(city, filed):
    filed()
    for late in ("2026-02-12 11:00", "2026-03-20 10:00", "2026-04-20 10:00", "2026-05-20 10:00"):
        sweep_batch(city.set(late))
    with writing() as session:
        told = [notice.text for notice in take_notices(session) if "没有在规定时间内办结" in notice.text]
    assert len(told) == 1
    assert "市级督办" in told[0]


def test_a_sweep_takes_a_batch_at_a_time(city, filed):
    for _ in range(3):
        filed()
    late = city.set("2026-03-20 10:00")
    assert [sweep_batch(late, most=4) for _ in range(4)] == [4, 4, 1, 0]


def test_what_one_worker_holds_another_leaves_alone(city, filed, database):
    if database == "sqlite":
        return  # one writer at a time is all there is
    first, second = filed(), filed()
    late = city.set("2026-03-20 10:00")
    with writing() as session:
        session.get_one(Report, first, with_for_update=True)
        assert sweep_batch(late) == 3
        assert {d.report_id for d in session.scalars(select(Deadline).where(Deadline.missed_at.is_not(None)))} == {
            second
        }
    assert sweep_batch(late) == 3


def test_the_list_of_staff_begins_with_what_is_due_longest_and_pages_without_gaps(city, filed):
    for kind in ("complaint", "consultation", "complaint"):
        filed(kind=kind)
    sweep_batch(city.set("2026-02-12 09:00"))
    sweep_batch(city.set("2026-02-24 10:00"))
    with reading() as session:
        every = watched(session, most=100)
        assert [d.due_at for d in every] == sorted(d.due_at for d in every) and len(every) == 9
        pages, after = [], None
        while page := watched(session, most=4, after=after):
            pages += page
            after = page[-1].id
        assert [d.id for d in pages] == [d.id for d in every]


def test_a_filing_asks_once_for_policies_and_reads_nothing_else(city, filed):
    statements = []
    filed()

    def count(connection, cursor, statement, *_):
        if "deadline" in statement:
            statements.append(statement.split()[0])

    sql_event.listen(storage.engine(), "before_cursor_execute", count)
    filed()
    assert statements[0] == "SELECT" and set(statements[1:]) == {"INSERT"}
