"""Comparing both sides: what is repaired, what is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from feedback import Report, accept, withdraw
from feedback.dispatch import reconciliation
from feedback.dispatch.delivery import deliver_next
from feedback.dispatch.destinations import Destination, Sent, Update
from feedback.dispatch.errors import CannotTell, DispatchUnavailable
from feedback.dispatch.reconciliation import Reconciliation, reconcile, reconcile_daily
from feedback.dispatch.updates import poll
from storage import reading, utcnow, writing
from tests.feedback.hearing import told


@pytest.fixture
def dispatched(filed, change, client) -> int:
    report_id = filed()
    change(report_id, accept, "甲")
    deliver_next(client)
    return report_id


def differences(ids: list[int]) -> list[str]:
    """The kinds of what comparisons found."""
    with reading() as session:
        return [line.kind for one in ids for line in session.get_one(Reconciliation, one).differences]


@dataclass
class Theirs:
    """A destination that says of its orders what a test wants."""

    says: dict[str, str] = field(default_factory=dict)
    """A state by our reference."""
    name: str = "default"
    honours_keys: bool = True
    told: list[Update] = field(default_factory=list)
    fails: Exception | None = None
    wrong: tuple[str, ...] = ()
    asked: list[int] = field(default_factory=list)

    def send(self, request: dict[str, str], key: str) -> str | None:
        return request["attribute[external_id]"]

    def find(self, reference: str) -> str | None:
        raise CannotTell("no")

    def updates(self, since: datetime) -> list[Update]:
        if isinstance(self.fails, DispatchUnavailable):
            raise self.fails
        return self.told

    def standings(self, orders: list[Sent]) -> dict[str, Update]:
        if isinstance(self.fails, CannotTell):
            raise self.fails
        self.asked.append(len(orders))
        known = [(order, self.says.get(order.reference)) for order in orders]
        return {
            order.reference: Update(f"{order.reference}:{status}", order.number or "", status, utcnow(), "他们说的话")
            for order, status in known
            if status
        }

    def check(self) -> list[str]:
        return list(self.wrong)


@pytest.fixture
def theirs(filed, change, database):
    """A destination and the references of orders that it took."""

    def make(count: int = 1) -> tuple[Theirs, list[int], list[str]]:
        place: Destination = Theirs()
        reports = [filed() for _ in range(count)]
        for report_id in reports:
            change(report_id, accept, "甲")
            deliver_next({"default": place})
        with reading() as session:
            references = [session.get_one(Report, one).work_orders[0].external_id for one in reports]
        place.says = dict.fromkeys(references, "open")
        return place, reports, references

    return make


def compare(place: Theirs) -> list[str]:
    return differences(reconcile({"default": place}))


def test_two_sides_that_agree(theirs):
    place, _, _ = theirs(3)
    assert compare(place) == []
    with reading() as session:
        found = session.query(Reconciliation).one()
        assert (found.compared, bool(found.ended_at)) == (3, True)


def test_a_missed_update_is_carried_out_with_its_words(dispatched, client, dispatch_system, history):
    dispatch_system.act(1, "finish", "灯泡已换")
    assert differences(reconcile(client)) == ["missed"]
    assert history(dispatched)[-1] == "resolved"
    assert any("灯泡已换" in words for words in told()["web-1"])
    assert poll(client) == 0
    assert differences(reconcile(client)) == []


def test_a_state_that_is_further_there_is_taken_over_and_told(theirs, history):
    place, (report_id,), (reference,) = theirs()
    place.says[reference] = "fixed"
    assert compare(place) == ["repaired"]
    assert history(report_id)[-1] == "resolved"
    assert any("他们说的话" in words for words in told()["web-1"])
    assert compare(place) == []


def test_a_state_that_is_behind_there_is_no_difference_while_we_are_open(theirs, history):
    place, (report_id,), (reference,) = theirs()
    place.says[reference] = "in_progress"
    assert compare(place) == ["repaired"]
    place.says[reference] = "open"
    assert compare(place) == []
    assert history(report_id)[-1] == "in_progress"


def test_what_they_do_not_know_is_shown_at_every_comparison_and_noted_once(theirs, history):
    place, (report_id,), _ = theirs()
    place.says = {}
    assert compare(place) == compare(place) == ["unknown_there"]
    assert history(report_id).count("work_order.unknown_there") == 1


def test_what_ended_here_and_goes_on_there_is_shown(theirs, change, history):
    place, (report_id,), (reference,) = theirs()
    change(report_id, withdraw)
    place.says[reference] = "in_progress"
    assert compare(place) == ["still_open"]
    assert history(report_id)[-1] == "withdrawn"
    place.says[reference] = "closed"
    assert compare(place) == []


def test_a_return_that_a_ruling_forbids_is_not_repaired(theirs, history):
    place, (report_id,), (reference,) = theirs()
    with writing() as session:
        session.get_one(Report, report_id).work_orders[0].binding = True
    place.says[reference] = "returned"
    assert compare(place) == ["differs"]
    assert history(report_id)[-1] == "dispatched"


def test_a_state_that_nobody_knows_is_shown(theirs):
    place, _, (reference,) = theirs()
    place.says[reference] = "dancing"
    assert compare(place) == ["unknown_status"]


def test_who_cannot_be_asked_is_shown(theirs):
    place, _, _ = theirs()
    place.fails = CannotTell("文件夹不能查询")
    place.wrong = ("文件夹不存在",)
    assert compare(place) == ["setup", "not_compared"]
    place.fails, place.wrong = DispatchUnavailable("连不上"), ()
    assert compare(place) == ["not_compared"]


def test_many_orders_are_compared_in_batches(theirs, monkeypatch):
    monkeypatch.setattr(reconciliation, "BATCH", 2)
    place, _, _ = theirs(5)
    assert compare(place) == []
    assert place.asked == [2, 2, 1]


def test_what_ended_long_ago_is_left_alone(theirs, change):
    place, (report_id,), (reference,) = theirs()
    change(report_id, withdraw)
    with writing() as session:
        session.get_one(Report, report_id).work_orders[0].ended_at = utcnow() - timedelta(days=31)
    assert compare(place) == []
    assert place.asked == []


def test_the_daily_comparison_is_made_once_whoever_makes_it(theirs, monkeypatch):
    place, _, _ = theirs()
    monkeypatch.setattr(reconciliation, "destinations", lambda: {"default": place})
    reconcile_daily()
    reconcile_daily()
    assert place.asked == [1]
    reconcile({"default": place})
    assert place.asked == [1, 1], "who asks for one gets one"


def test_a_day_on_which_nothing_could_be_compared_is_not_over(theirs, monkeypatch):
    place, _, _ = theirs()
    monkeypatch.setattr(reconciliation, "destinations", lambda: {"default": place})
    place.fails = CannotTell("连不上派单系统", for_now=True)
    reconcile_daily()
    place.fails = None
    reconcile_daily()
    assert place.asked == [1]
    with reading() as session:
        broken, made = session.query(Reconciliation).order_by(Reconciliation.id)
        assert (broken.ended_at, [line.kind for line in broken.differences]) == (None, ["not_compared"])
        assert (made.compared, made.differences) == (1, [])


def test_a_destination_that_can_never_be_asked_is_not_asked_again_that_day(theirs, monkeypatch):
    place, _, _ = theirs()
    monkeypatch.setattr(reconciliation, "destinations", lambda: {"default": place})
    place.fails = CannotTell("文件不能查询")
    reconcile_daily()
    place.fails = None
    reconcile_daily()
    assert place.asked == []


def test_staff_see_the_last_comparison(theirs, clerk):
    assert "还没有对过账" in clerk.get("/console/reconciliation").text
    place, _, (first, second) = theirs(2)
    place.says = {first: "fixed"}
    compare(place)
    page = clerk.get("/console/reconciliation").text
    assert "比对 2 张工单" in page
    assert page.index("对方没有这张工单") < page.index("状态不同，已按对方更正"), "what staff must do comes first"


def test_strangers_do_not(console):
    assert console.get("/console/reconciliation", follow_redirects=False).status_code == 303
