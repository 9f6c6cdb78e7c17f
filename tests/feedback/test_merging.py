from __future__ import annotations

import pytest
from sqlalchemy.orm.exc import StaleDataError

from feedback import (
    CannotMerge,
    NotAllowed,
    ReasonMissing,
    Report,
    accept,
    endorse,
    lead,
    merge,
    part,
    reject,
    reopen,
    withdraw,
)
from feedback.dispatch.delivery import deliver_next
from feedback.dispatch.updates import poll
from feedback.lifecycle import change as move
from feedback.merging import suggestions
from feedback.models import OutboxMessage, WorkOrder
from storage import reading, writing
from tests.feedback.hearing import told


@pytest.fixture
def merged(change):
    """Merges a report into another."""

    def into(report_id: int, other_id: int) -> None:
        change(
            report_id, lambda session, report: merge(session, report, session.get_one(Report, other_id), "甲", "同一件")
        )

    return into


@pytest.fixture
def parted(change):
    return lambda report_id: change(report_id, part, "甲", "不是一件")


def finish(report_id: int, *steps: str) -> None:
    with writing() as session:
        for step in steps:
            move(session.get_one(Report, report_id), step, "部门")


def state(report_id: int) -> tuple[str, int]:
    """A report's state, and the report that it now belongs to."""
    with reading() as session:
        report = session.get_one(Report, report_id)
        return report.state, lead(report).id


def test_a_merged_report_goes_on_as_its_lead_and_both_remember_it(filed, merged, history):
    first, second = filed(), filed(conversation_id="web-2")
    merged(second, first)
    assert state(second) == ("merged", first)
    assert history(second) == ["report.submitted", "report.merged", "merged"]
    assert history(first) == ["report.submitted", "report.joined", "submitted"]


def test_everybody_hears_the_result_once_by_the_number_that_they_know(filed, merged, change):
    first, second, third = (filed(conversation_id=name) for name in ("web-1", "web-2", "web-1"))
    change(second, endorse, "web-4", "我也是")
    merged(second, first)
    merged(third, first)
    heard = told()
    assert "同一件事" in heard["web-2"][0] and "同一件事" in heard["web-4"][0]
    finish(first, "accept", "dispatch", "resolve")
    heard = told()
    assert {name: len(texts) for name, texts in heard.items()} == {"web-1": 3, "web-2": 3, "web-4": 3}
    with reading() as session:
        for conversation, report_id in (("web-1", first), ("web-2", second), ("web-4", second)):
            number = session.get_one(Report, report_id).number
            assert all(f"{number[:8]}-{number[8:12]}-{number[12:]}" in text for text in heard[conversation])


def test_what_a_department_had_is_cancelled_and_what_is_on_its_way_comes_to_nothing(
    filed, merged, change, client, dispatch_system, history
):
    first, second, third = filed(), filed(), filed()
    for report_id in (second, third):
        change(report_id, accept, "甲")
    assert deliver_next(client)
    merged(second, first)
    merged(third, first)
    while deliver_next(client):
        pass
    assert dispatch_system.jobs() == 1, "the one that was not out yet never goes out"
    dispatch_system.act(1, "finish", "好了")
    poll(client)
    with reading() as session:
        assert {order.state for order in session.query(WorkOrder)} == {"cancelled"}
        assert session.query(OutboxMessage).filter(OutboxMessage.next_attempt_at.is_not(None)).count() == 0
    assert (state(second), state(first)) == (("merged", first), ("submitted", first))


def test_merging_into_a_merged_one_goes_to_its_lead(filed, merged):
    first, second, third = filed(), filed(), filed()
    merged(second, first)
    merged(third, second)
    with reading() as session:
        assert session.get_one(Report, third).merged_into_id == first


def test_undone_it_is_decided_on_anew_and_brings_back_what_was_merged_into_it(filed, merged, parted, change, history):
    first, second, third = filed(), filed(), filed(conversation_id="web-3")
    change(second, accept, "甲")
    merged(third, second)
    merged(second, first)
    assert state(third) == ("merged", first)
    parted(second)
    assert state(second) == ("accepted", second)
    assert state(third) == ("merged", second)
    assert history(first)[-2:] == ["report.left", "submitted"]
    told()
    finish(second, "dispatch")
    assert "web-3" in told()


def test_undone_after_a_second_merger_only_the_one_comes_back(filed, merged, parted):
    first, second, third = filed(), filed(), filed()
    merged(second, first)
    merged(third, first)
    parted(second)
    assert (state(second), state(third)) == (("submitted", second), ("merged", first))
    merged(first, second)
    assert state(third) == ("merged", second)
    parted(third)
    assert (state(third), state(first)) == (("submitted", third), ("merged", second))


def test_what_makes_no_sense_is_refused_in_words(filed, merged, parted, change):
    first, second, urgent, despair = filed(), filed(), filed(urgent=True), filed(category="crisis.self_harm")
    with pytest.raises(CannotMerge, match="自己"):
        merged(first, first)
    with pytest.raises(CannotMerge, match="紧急"):
        merged(urgent, first)
    with pytest.raises(CannotMerge, match="生命"):
        merged(despair, first)
    merged(second, first)
    with pytest.raises(CannotMerge, match="已经并进来"):
        merged(first, second)
    with pytest.raises(NotAllowed, match="已并案"):
        merged(second, first)
    with pytest.raises(ReasonMissing):
        change(second, part, "甲", " ")
    with pytest.raises(NotAllowed, match="取消并案"):
        parted(first)


@pytest.mark.parametrize(
    "steps", [("reject",), ("withdraw",), ("accept", "dispatch", "resolve"), ("accept", "dispatch", "resolve", "close")]
)
def test_nothing_is_merged_into_what_is_done(filed, merged, steps):
    first, second = filed(), filed()
    finish(first, *steps)
    with pytest.raises(CannotMerge, match="不能再并入"):
        merged(second, first)
    assert state(second) == ("submitted", second)


def test_nobodys_report_dies_because_another_resident_took_theirs_back(
    filed, merged, change, client, dispatch_system, history
):
    first, second, third = (filed(conversation_id=f"web-{n}") for n in (1, 2, 3))
    change(first, endorse, "web-4", "我也是")
    change(first, accept, "甲")
    deliver_next(client)
    dispatch_system.act(1, "start")
    poll(client)
    merged(third, first)
    merged(second, first)
    told()
    change(first, withdraw)
    assert (state(first)[0], state(second), state(third)) == ("withdrawn", ("in_progress", second), ("merged", second))
    assert told() == {}, "for the others nothing has changed"
    dispatch_system.act(1, "finish", "修好了")
    poll(client)
    assert history(second)[-2:] == ["report.resolved", "resolved"]
    assert told().keys() == {"web-2", "web-3", "web-4"}


def test_a_merged_one_that_is_taken_back_leaves_the_others_alone(filed, merged, change):
    first, second, third = (filed(conversation_id=f"web-{n}") for n in (1, 2, 3))
    merged(third, second)
    merged(second, first)
    change(second, withdraw)
    assert (state(second)[0], state(third)) == ("withdrawn", ("merged", first))
    told()
    finish(first, "accept")
    assert told().keys() == {"web-1", "web-3"}


def test_who_was_merged_can_reopen_what_is_said_to_be_done(filed, merged, change, history):
    first, second = filed(), filed(conversation_id="web-2")
    merged(second, first)
    finish(first, "accept", "dispatch", "resolve")
    change(second, reopen, "还是黑的")
    assert history(first)[-2:] == ["report.reopened", "accepted"]
    assert state(second) == ("merged", first)


def test_two_mergers_across_each_other_make_no_circle(filed):
    first, second = filed(), filed()
    with reading() as session:
        seen = [session.get_one(Report, report_id) for report_id in (first, second)]
        session.expunge_all()
    with writing() as session:
        merge(session, session.get_one(Report, first), session.get_one(Report, second), "甲", "同一件")
    with pytest.raises(StaleDataError), writing() as session:
        session.add_all(seen)
        merge(session, seen[1], seen[0], "乙", "同一件")
    assert (state(first), state(second)) == (("merged", second), ("submitted", second))


def test_a_lead_is_not_rejected_while_another_is_merged_into_it_unseen(filed):
    first, second = filed(), filed()
    with reading() as session:
        stale = session.get_one(Report, first)
        session.expunge(stale)
    with writing() as session:
        merge(session, session.get_one(Report, second), session.get_one(Report, first), "甲", "同一件")
    with pytest.raises(StaleDataError), writing() as session:
        session.add(stale)
        reject(session, stale, "乙", "不属于本市")


def test_what_it_could_be_merged_into_leaves_out_its_own_family(filed, merged):
    first, second, third = filed(), filed(), filed()
    merged(third, first)
    with reading() as session:
        found = suggestions(session, session.get_one(Report, first))
        assert [similar.report.id for similar in found] == [second]
        found = suggestions(session, session.get_one(Report, second))
        assert [(similar.report.id, "同一地点" in similar.because) for similar in found] == [(first, True)]
