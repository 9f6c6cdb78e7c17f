"""During a thousand reports the web process and the worker are killed twenty times; afterwards both ends are compared."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from channels.models import InboundMessage, OutboundMessage
from feedback import Report, WorkOrder, display
from feedback.models import OutboxMessage, ReportEvent
from storage import reading
from tests.feedback.killable import URGENT
from tests.system import ROOT, eventually, free_ports

REPORTS, CONVERSATIONS, KILLS, SENDERS = 1000, 100, 20, 4
SEED = 20261128
PATIENCE = 120
"""Seconds in which everything must have come to rest; far more than it takes."""


class City:
    """The web process, the worker and the reference dispatch system, each of them a process that can be killed."""

    def __init__(self, folder: Path) -> None:
        web, reference = free_ports(2)
        self.web = f"http://127.0.0.1:{web}"
        self._reference = f"http://127.0.0.1:{reference}"
        self._folder = folder
        self._environment = os.environ | {"MINSHENG_WEB_PORT": str(web), "MINSHENG_REFERENCE_PORT": str(reference)}
        self._running: dict[str, subprocess.Popen] = {}

    def __enter__(self) -> City:
        self._start("reference", "bot.reference_dispatch")
        eventually(lambda: _answers(f"{self._reference}/health"))
        for name in ("web", "worker"):
            self._start(name, "tests.feedback.killable", name)
        eventually(lambda: _answers(f"{self.web}/health"))
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running.values():
            process.kill()
            process.wait(10)

    def _start(self, name: str, *module: str) -> None:
        with (self._folder / f"{name}.log").open("a") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", *module], cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )

    def kill(self, name: str) -> None:
        """SIGKILL, and start it anew as a supervisor would."""
        self._running[name].kill()
        self._running[name].wait(10)
        self._start(name, "tests.feedback.killable", name)

    def dispatched(self) -> Counter[str]:
        """How many jobs the dispatch system has by the report's number, out of its own database."""
        with sqlite3.connect(self._folder / "reference_dispatch.db") as database:
            return Counter(ours.rpartition("-")[0] for (ours,) in database.execute("SELECT reference FROM jobs"))


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


class Residents:
    """They send every message again until it is acknowledged."""

    def __init__(self, web: str) -> None:
        self._http = httpx.Client(base_url=web, timeout=10, trust_env=False)
        self._sessions = [self._insist("/web/sessions", {})["session"] for _ in range(CONVERSATIONS)]
        self.acknowledged: dict[str, str] = {}
        """The acknowledged messages: their words by id."""

    def send(self, number: int) -> None:
        words = f"{URGENT if number % 5 == 0 else ''}第{number}盏路灯不亮"
        message = {"session": self._sessions[number % CONVERSATIONS], "id": f"m{number}", "text": words}
        self.acknowledged[self._insist("/web/messages", message)["id"]] = words

    def _insist(self, path: str, body: dict) -> dict:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                answer = self._http.post(path, json=body)
            except httpx.TransportError:
                time.sleep(0.05)  # it has just been killed
                continue
            if answer.is_success:
                return answer.json()
            assert answer.status_code == 503, answer.text
        raise AssertionError("never acknowledged")


@pytest.fixture
def city(database, tmp_path) -> Iterator[City]:
    with City(tmp_path) as running:
        yield running


def test_a_thousand_reports_survive_twenty_kills(city, capsys):
    chance = random.Random(SEED)
    residents = Residents(city.web)
    with ThreadPoolExecutor(SENDERS) as senders:
        sent = [senders.submit(residents.send, number) for number in chance.sample(range(REPORTS), REPORTS)]
        killed = kill_at_random(city, residents, chance)
        collect(sent)
    eventually(everything_is_done, PATIENCE)
    with capsys.disabled():
        print(f"\n{killed} kills: {compare(city, residents.acknowledged)}")


def kill_at_random(city: City, residents: Residents, chance: random.Random) -> Counter[str]:
    """Kill one or the other whenever so much has been acknowledged and dispatched; how often each."""
    moments = sorted(chance.sample(range(1, int(1.9 * REPORTS)), KILLS))
    whom = ["web", "worker"] * (KILLS // 2)
    chance.shuffle(whom)
    for moment, name in zip(moments, whom, strict=True):
        eventually(lambda: len(residents.acknowledged) + city.dispatched().total() >= moment, PATIENCE)  # noqa: B023
        city.kill(name)
    return Counter(whom)


def collect(sent: list[Future]) -> None:
    for each in sent:
        each.result(PATIENCE)


def everything_is_done() -> bool:
    waiting = (
        select(func.count()).select_from(InboundMessage).where(InboundMessage.state == "waiting"),
        select(func.count()).select_from(OutboxMessage).where(OutboxMessage.state != "delivered"),
        select(func.count()).select_from(ReportEvent).where(ReportEvent.notified_at.is_(None)),
    )
    with reading() as session:
        return not any(session.scalar(count) for count in waiting)


def compare(city: City, acknowledged: dict[str, str]) -> dict[str, int]:
    """Both ends must hold the same; returns the counts."""
    with reading() as session:
        reports = session.scalars(select(Report)).all()
        orders = Counter(session.scalars(select(WorkOrder.report_id)))
        said = session.execute(
            select(OutboundMessage.kind, OutboundMessage.text, OutboundMessage.conversation_id)
        ).all()
    assert Counter({r.source_message_id: r.text for r in reports}) == Counter(acknowledged), "one report a message"
    assert len(reports) == len(acknowledged) == REPORTS
    assert orders == Counter(r.id for r in reports), "one work order a report"
    assert city.dispatched() == Counter(r.number for r in reports), "one job a report"
    replies = Counter((text, conversation) for kind, text, conversation in said if kind == "reply")
    assert replies == Counter((f"已提交，编号 {display(r.number)}", r.conversation_id) for r in reports)
    notices = Counter((text, conversation) for kind, text, conversation in said if kind == "notice")
    assert notices == Counter((text, r.conversation_id) for r in reports for text in expected_notices(r))
    return {
        "acknowledged": len(acknowledged),
        "reports": len(reports),
        "dispatched": city.dispatched().total(),
        "replies": replies.total(),
        "notices": notices.total(),
        "lost": 0,
        "twice": 0,
    }


def expected_notices(report: Report) -> list[str]:
    number = display(report.number)
    accepted = f"您的诉求 {number} 已立案，正在派给承办部门。"
    dispatched = f"您的诉求 {number} 已派给交通委处置。"
    return [dispatched] if report.urgent else [accepted, dispatched]
