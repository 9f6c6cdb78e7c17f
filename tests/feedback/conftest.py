from __future__ import annotations

from datetime import timedelta
from itertools import count

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from feedback import FileReport, Report, file_report
from feedback.accounts import add_staff
from feedback.console import mount_console
from feedback.dispatch.destinations.config import Open311Config
from feedback.dispatch.destinations.numbers import open_numbers
from feedback.dispatch.destinations.open311 import Open311
from feedback.dispatch.reference import create_app
from storage import reading, writing

_messages = count()
PASSWORD = "a long password"


@pytest.fixture(autouse=True)
def _notices_at_once(monkeypatch):
    """Nobody waits for an answer here, so a notice need not wait for it either."""
    monkeypatch.setattr("feedback.notifications.ANSWER_FIRST", timedelta(0))


@pytest.fixture
def filed(database):
    """Files a report with some of its parts chosen; returns its id."""

    def file(**parts) -> int:
        values = {
            "conversation_id": "web-1",
            "message_id": f"web-1:{next(_messages)}",
            "text": "路灯坏了",
            "kind": "complaint",
            "category": "road.streetlight",
            "district": "徐汇区",
            "address": "漕溪北路100号",
        }
        with writing() as session:
            return file_report(session, FileReport(**(values | parts))).id

    return file


@pytest.fixture
def change():
    """Does something to a report in a transaction of its own."""

    def do(report_id: int, function, *arguments):
        with writing() as session:
            return function(session, session.get_one(Report, report_id), *arguments)

    return do


@pytest.fixture
def history():
    """The names of a report's events, and its state last."""

    def read(report_id: int) -> list[str]:
        with reading() as session:
            report = session.get_one(Report, report_id)
            return [*(event.name for event in report.events), report.state]

    return read


class Dispatch(TestClient):
    """The reference dispatch system, and faults between it and us: `fail` statuses come first."""

    def __init__(self, app) -> None:
        super().__init__(app, base_url="http://dispatch")
        self.fail: list[int | str] = []
        self.filed = 0

    def send(self, request, **arguments):
        fault = self.fail.pop(0) if self.fail else None
        if isinstance(fault, int):
            return httpx.Response(fault, text="<errors/>", request=request)
        if fault == "down":
            raise httpx.ConnectError("refused")
        response = super().send(request, **arguments)
        if fault == "answer lost":
            raise httpx.ReadTimeout("the answer was lost on its way")
        return response

    def act(self, job: int | str, action: str, note: str = "") -> int:
        if action == "finish":
            note = note or "已处理"
        return self.post(f"/jobs/{job}/{action}", data={"note": note}, follow_redirects=False).status_code

    def jobs(self) -> int:
        return self.get("/").text.count("<article")


@pytest.fixture
def dispatch_system(tmp_path) -> Dispatch:
    return Dispatch(create_app(tmp_path / "dispatch.db", "secret"))


@pytest.fixture
def client(dispatch_system) -> dict[str, Open311]:
    """The destinations: one, which is the reference dispatch system."""
    config = Open311Config(
        kind="open311", name="default", address="http://dispatch/open311/v2", network="loopback", honours_keys=True
    )
    return {"default": Open311(config, dispatch_system, SecretStr("secret"), lambda: open_numbers("default"))}


@pytest.fixture
def console(database) -> TestClient:
    """The console as somebody sees it who has not logged in."""
    app = FastAPI()
    mount_console(app, lambda conversation_id: [])
    return TestClient(app, base_url="https://console")


@pytest.fixture
def clerk(console) -> TestClient:
    """The console as the clerk 甲 sees it."""
    with writing() as session:
        add_staff(session, "甲", "clerk", PASSWORD)
    form = {"username": "甲", "password": PASSWORD, **token(console, "/console/login")}
    assert console.post("/console/login", data=form, follow_redirects=False).status_code == 303
    return console


def token(client: TestClient, page: str) -> dict[str, str]:
    """What a form of a page carries to show that it is ours."""
    client.get(page)
    return {"csrftoken": client.cookies["starlette_admin_csrftoken"]}
