"""Whole conversations as residents have them, told in `stories/*.yml`, against the running assistant and database.

A story has `turns` and what was filed at its end. A turn says something (`say`) or presses a button by its title
(`press`), `by` another resident if named; in what is said `{number}` stands for the latest report number that was told
and `{code}` for the latest code. `hear` are words that must be in the answer, `not` words that must not. `reports` are
the reports of the first resident, oldest first, each with the columns that matter; without it none may have been filed.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from tests.system import Resident, System

AT_ONCE = 4
FOLDER = Path(__file__).with_name("stories")
TOLD = {"number": r"\d{8}-[0-9A-Z]{4}-[0-9A-Z]{5}", "code": r"关联码是 ([0-9A-Z]{4}-[0-9A-Z]{4})"}


def stories() -> list[pytest.param]:
    return [
        pytest.param(story, id=f"{file.stem}-{number}")
        for file in sorted(FOLDER.glob("*.yml"))
        for number, story in enumerate(yaml.safe_load(file.read_text("utf-8")), 1)
    ]


class Story:
    """The residents of one story, and what each was told last."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.residents: dict[str, Resident] = {}
        self.heard: dict[str, list[dict]] = {}
        self.known = {"number": "", "code": ""}

    def take(self, turn: dict) -> str:
        """Do what a turn tells; returns the words of the answer."""
        who = turn.get("by", "")
        resident = self.residents.setdefault(who, Resident(self.system))
        resident.send(self._words(turn, self.heard.get(who, [])))
        self.heard[who] = resident.hears_reply()
        told = "\n".join(event["text"] for event in self.heard[who])
        for name, pattern in TOLD.items():
            self.known[name] = next(iter(re.findall(pattern, told)), self.known[name])
        return told

    def _words(self, turn: dict, heard: list[dict]) -> str:
        if "say" in turn:
            return str(turn["say"]).replace("{number}", self.known["number"]).replace("{code}", self.known["code"])
        buttons = [button for event in heard for button in event["buttons"]]
        payload = next((button["payload"] for button in buttons if button["title"] == turn["press"]), None)
        assert payload, f"no button 「{turn['press']}」 among {[button['title'] for button in buttons]}"
        return payload


@pytest.fixture(scope="session")
def played(system: System, request: pytest.FixtureRequest) -> Iterator[dict[str, Future]]:
    """The chosen stories by id, played side by side: a conversation mostly waits for its turn."""
    chosen = [item for item in request.session.items if "played" in getattr(item, "fixturenames", ())]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {item.callspec.id: pool.submit(play, item.callspec.params["story"], system) for item in chosen}


def play(story: dict, system: System) -> None:
    """Let a story happen; fails where it goes otherwise than told."""
    playing = Story(system)
    for turn in story["turns"]:
        told = playing.take(turn)
        assert told, f"{story['name']}: {turn} was met with silence"
        for words in turn.get("hear", []):
            assert words in told, f"{story['name']}: {turn}\n{told}"
        for words in turn.get("not", []):
            assert words not in told, f"{story['name']}: {turn}\n{told}"
    filed = reports_of(playing.residents[""], system)
    expected = story.get("reports", [])
    assert [{name: report[name] for name in wanted} for report, wanted in zip(filed, expected, strict=True)] == expected


@pytest.mark.parametrize("story", stories())
def test_a_conversation_goes_as_told(story: dict, played: dict[str, Future], request: pytest.FixtureRequest):
    played[request.node.callspec.id].result()


def reports_of(resident: Resident, system: System) -> list[dict]:
    """The reports that were filed in a conversation, oldest first."""
    token = hashlib.sha256(resident.session.encode()).hexdigest()
    with sqlite3.connect(system.folder / "minsheng.db") as db:
        db.row_factory = sqlite3.Row
        rows = db.execute(
            "SELECT r.* FROM reports r JOIN conversations c ON c.id = r.conversation_id WHERE c.token_hash = ? ORDER BY r.id",
            (token,),
        ).fetchall()
    return [dict(row) for row in rows]
