"""The web application with a stand-in for Rasa that can be away or fail."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from bot.web import create_app
from channels.journal import Reply


class EchoRasa:
    """Answers with what it hears, after the faults it was told to have."""

    def __init__(self) -> None:
        self.faults: list[Exception] = []
        self.heard: list[str] = []

    async def answer(self, turn):
        if self.faults:
            raise self.faults.pop(0)
        self.heard.append(turn.text)
        return [Reply(f"听到：{turn.text}", [{"title": "好", "payload": "/affirm"}])]

    async def close(self):
        pass


@pytest.fixture
def rasa() -> EchoRasa:
    return EchoRasa()


@pytest.fixture
def web(database, rasa):
    with TestClient(create_app(rasa), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def session(web) -> str:
    return web.post("/web/sessions").json()["session"]


def events(web, session, after=0):
    answer = web.get("/web/events", params={"session": session, "after": after}, headers={"Accept": "application/json"})
    return answer.json()
