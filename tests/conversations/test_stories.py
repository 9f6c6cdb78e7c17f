"""Whole conversations as residents have them, told in `stories/*.yml`, against the running assistant and database.

A story has `turns` and what was filed at its end. A turn says something (`say`) or presses a button by its title
(`press`); `hear` are words that must be in the answer, `not` words that must not. `reports` are the reports of the
conversation, oldest first, each with the columns that matter; without it nothing may have been filed.
"""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import pytest
import yaml

from tests.system import Resident, System

FOLDER = Path(__file__).with_name("stories")


def stories() -> list[pytest.param]:
    return [
        pytest.param(story, id=f"{file.stem}-{number}")
        for file in sorted(FOLDER.glob("*.yml"))
        for number, story in enumerate(yaml.safe_load(file.read_text("utf-8")), 1)
    ]


@pytest.mark.parametrize("story", stories())
def test_a_conversation_goes_as_told(story: dict, resident: Resident, system: System):
    heard: list[dict] = []
    for turn in story["turns"]:
        heard = take(turn, resident, heard)
        told = "\n".join(event["text"] for event in heard)
        assert heard, f"{story['name']}: {turn} was met with silence"
        for words in turn.get("hear", []):
            assert words in told, f"{story['name']}: {turn}\n{told}"
        for words in turn.get("not", []):
            assert words not in told, f"{story['name']}: {turn}\n{told}"
    filed = reports_of(resident, system)
    expected = story.get("reports", [])
    assert [{name: report[name] for name in wanted} for report, wanted in zip(filed, expected, strict=True)] == expected


def take(turn: dict, resident: Resident, heard: list[dict]) -> list[dict]:
    """Do what a turn tells; returns what was said in answer."""
    if "press" in turn:
        buttons = [button for event in heard for button in event["buttons"]]
        payload = next((button["payload"] for button in buttons if button["title"] == turn["press"]), None)
        assert payload, f"no button 「{turn['press']}」 among {[button['title'] for button in buttons]}"
        resident.send(payload)
    else:
        resident.send(turn["say"])
    return resident.hear()


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
