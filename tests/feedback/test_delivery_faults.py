"""Delivery against the reference dispatch system over real sockets, with everything going wrong that may."""

from __future__ import annotations

import multiprocessing
import os
import random
import threading
from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from feedback import Breaker, FileReport, Report, accept, file_report
from feedback.dispatch.breaker import Standing, standing
from feedback.dispatch.delivery import deliver_next
from feedback.dispatch.outbox import REFERENCE
from feedback.dispatch.postman import Postman
from feedback.models import OutboxMessage, ReportEvent
from storage import reading, utcnow, writing
from tests.feedback.deliverer import deliver
from tests.feedback.receivers import Receiver, destination, receiver
from tests.system import eventually

DELIVERIES, KILLS, SEED = 1000, 20, 20261128
PATIENCE = 60


class Clock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.now = utcnow() + timedelta(seconds=1)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def there(tmp_path):
    with receiver(tmp_path / "there.db") as running:
        yield running


def fill(count: int, *destinations: str) -> None:
    """So many accepted reports, their orders for the destinations in turn."""
    with writing() as session:
        first = session.scalar(select(func.count()).select_from(Report))
        for number in range(first, first + count):
            words = FileReport(f"web-{number}", f"m-{number}", f"第{number}盏路灯不亮", "complaint", "road.streetlight")
            accept(session, file_report(session, words), "工作人员 甲")
        session.flush()
        for message in session.scalars(select(OutboxMessage).where(OutboxMessage.attempts == 0)):
            message.destination = (destinations or ("default",))[message.id % max(1, len(destinations))]


def states(destination: str = "default") -> Counter[str]:
    with reading() as session:
        return Counter(session.scalars(select(OutboxMessage.state).where(OutboxMessage.destination == destination)))


def references(destination: str, state: str = "delivered") -> Counter[str]:
    wanted = select(OutboxMessage).where(OutboxMessage.destination == destination, OutboxMessage.state == state)
    with reading() as session:
        return Counter(message.payload[REFERENCE] for message in session.scalars(wanted))


def deliver_all(destinations, clock: Clock, hours: float = 24) -> int:
    """Let time pass until nothing is left to try; the number of attempts."""
    attempts, end = 0, clock.now + timedelta(hours=hours)
    while states()["waiting"] or states()["sending"]:
        assert clock.now < end, states()
        while deliver_next(destinations, clock):
            attempts += 1
        clock.pass_by(seconds=30)
    return attempts


def test_down_for_an_hour_under_load(database, there, clock, capsys):
    destinations = {"default": destination(there.url)}
    there.stop()
    attempts = 0
    for _ in range(30):
        fill(4)
        for _ in range(6):
            while deliver_next(destinations, clock):
                attempts += 1
            clock.pass_by(seconds=20)
    with reading() as session:
        broken = session.get_one(Breaker, "default")
        assert broken.failures == attempts and standing(broken, clock.now) is not Standing.CLOSED
        told = select(func.count()).select_from(ReportEvent).where(ReportEvent.name == "report.dispatch_delayed")
        assert session.scalar(told) == 120, "each report says why it waits"
    assert states() == {"waiting": 120} and attempts < 30, "who is down is not hammered"
    there.start()
    deliver_all(destinations, clock, hours=1)
    assert there.jobs() == references("default") and there.jobs().total() == 120
    with capsys.disabled():
        print(f"\n{database}: an hour down, {attempts} attempts in it; then 120 of 120 delivered, none twice")


@pytest.mark.parametrize(
    "faults",
    [{"fail": 0.4}, {"fail": 0.4, "status": 429, "retry_after": 30}, {"garbage": 0.4}, {"drop": 0.4}],
    ids=["500", "429", "garbage", "acted and dropped"],
)
@pytest.mark.parametrize("honours_keys", [True, False], ids=["honours keys", "is looked up"])
def test_each_order_is_there_once(database, there, clock, faults, honours_keys):
    fill(15)
    there.faults(seed=SEED, ignore_keys=not honours_keys, **faults)
    attempts = deliver_all({"default": destination(there.url, honours_keys=honours_keys)}, clock)
    assert attempts > 15
    assert there.jobs() == references("default") and there.jobs().total() == 15


def test_where_nothing_can_be_looked_up_staff_decide(database, there, clock):
    fill(20)
    there.faults(drop=0.5, ignore_keys=True, seed=SEED)
    deliver_all({"default": destination(there.url, honours_keys=False, blind=True)}, clock)
    found = states()
    assert found["unsure"] > 0 and found["unsure"] + found["delivered"] == 20
    assert set(there.jobs().values()) == {1}


def test_a_receiver_that_restarts_in_between_loses_and_doubles_nothing(database, there, clock):
    destinations = {"default": destination(there.url)}
    for _ in range(3):
        fill(10)
        for _ in range(5):
            deliver_next(destinations, clock)
        there.stop()
        deliver_next(destinations, clock)
        there.start()
    deliver_all(destinations, clock)
    assert there.jobs() == references("default") and there.jobs().total() == 30


class Stalls:
    """A destination that answers only when the test lets it."""

    name, honours_keys = "slow", False

    def __init__(self) -> None:
        self.let_go = threading.Event()

    def send(self, request: dict[str, str], key: str) -> str:
        assert self.let_go.wait(PATIENCE)
        return key


def test_a_slow_destination_keeps_nobody_back_and_its_lease_is_renewed(database, there, monkeypatch):
    monkeypatch.setattr("feedback.dispatch.delivery.LEASE", timedelta(seconds=0.5))
    fill(40, "slow", "default")
    slow = Stalls()
    postman = Postman({"slow": slow, "default": destination(there.url)}, parallel=2)
    running = threading.Thread(target=postman.run)
    running.start()
    try:
        eventually(lambda: states() == {"delivered": 20}, PATIENCE)
        assert states("slow") == {"sending": 2, "waiting": 18}
        begun = utcnow() + timedelta(seconds=1)
        eventually(lambda: utcnow() > begun)
        with reading() as session:
            held = session.scalars(select(OutboxMessage).where(OutboxMessage.state == "sending")).all()
            assert [(message.attempts, message.next_attempt_at > begun) for message in held] == [(1, True)] * 2
        slow.let_go.set()
        eventually(lambda: states("slow") == {"delivered": 20}, PATIENCE)
    finally:
        slow.let_go.set()
        postman.stop()
        running.join()


def test_two_workers_share_the_load(database, there):
    fill(100)
    there.faults(ignore_keys=True)
    postmen = [Postman({"default": destination(there.url)}, parallel=4) for _ in range(2)]
    threads = [threading.Thread(target=postman.run) for postman in postmen]
    for thread in threads:
        thread.start()
    try:
        eventually(lambda: states() == {"delivered": 100}, PATIENCE)
    finally:
        for postman, thread in zip(postmen, threads, strict=True):
            postman.stop()
            thread.join()
    assert there.jobs() == references("default"), "none was sent by both"


@pytest.fixture
def three(tmp_path):
    """Receivers by what they can: honour keys, be looked up, neither."""
    wanted = {"keys": {}, "looked_up": {"honours_keys": False}, "blind": {"honours_keys": False, "blind": True}}
    running = {name: Receiver(tmp_path / f"{name}.db") for name in wanted}
    for name in ("looked_up", "blind"):
        running[name].faults(ignore_keys=True)
    yield running, {name: {"url": running[name].url, **wanted[name]} for name in wanted}
    for each in running.values():
        each.stop()


def test_a_thousand_deliveries_survive_twenty_kills(database, three, clerk, capsys):
    receivers, wanted = three
    fill(DELIVERIES, *receivers)
    settings = {name: os.environ[name] for name in ("MINSHENG_VAR", "MINSHENG_DATABASE_URL")}
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.feedback.deliverer"])

    def start():
        process = processes.Process(target=deliver, args=(settings, wanted))
        process.start()
        return process

    def arrived() -> int:
        return sum(each.jobs().total() for each in receivers.values())

    workers = [start(), start()]
    chance = random.Random(SEED)
    try:
        for moment in sorted(chance.sample(range(20, DELIVERIES - 20), KILLS)):
            eventually(lambda: arrived() >= moment, PATIENCE)  # noqa: B023
            killed = chance.randrange(2)
            workers[killed].kill()
            workers[killed].join()
            workers[killed] = start()
        eventually(lambda: not any(states(name)["waiting"] + states(name)["sending"] for name in receivers), PATIENCE)
    finally:
        for worker in workers:
            worker.kill()
            worker.join()

    for name in ("keys", "looked_up"):
        assert receivers[name].jobs() == references(name), "each exactly once"
        assert set(states(name)) == {"delivered"}
    unsure = references("blind", "unsure")
    assert max(receivers["blind"].jobs().values()) == 1
    assert set(receivers["blind"].jobs()) <= set(references("blind")) | set(unsure)
    assert clerk.get("/console/dispatch").text.count('name="message"') == min(25, len(unsure))
    with capsys.disabled():
        told = {name: (dict(states(name)), receivers[name].jobs().total()) for name in receivers}
        print(f"\n{database}, {KILLS} kills: (our states, jobs there) {told}")
