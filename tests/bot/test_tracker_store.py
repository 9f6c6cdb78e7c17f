"""Conversations in the project's database: each event is stored once, and read back from where its session began."""

import asyncio
import json

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import update

from bot.tracker_store import ProjectTrackerStore

PLAIN = json.dumps({"event": "user", "timestamp": 1.0, "text": "以前", "parse_data": {}})


@pytest.fixture
def store(database: str) -> ProjectTrackerStore:
    return ProjectTrackerStore(Domain.empty())


def said(tracker: DialogueStateTracker) -> list[str]:
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


def test_each_event_is_stored_once(store: ProjectTrackerStore):
    async def talk() -> DialogueStateTracker:
        tracker = await store.get_or_create_tracker("a")
        tracker.update(UserUttered("一"))
        await store.save(tracker)
        await store.save(tracker)
        again = await store.retrieve("a")
        again.update(UserUttered("二"))
        await store.save(again)
        again.update(UserUttered("三"))
        await store.save(again)
        return await store.retrieve_full_tracker("a")

    assert said(asyncio.run(talk())) == ["一", "二", "三"]


def test_a_conversation_is_read_from_where_its_session_began(store: ProjectTrackerStore):
    async def talk() -> tuple[DialogueStateTracker, DialogueStateTracker]:
        tracker = await store.get_or_create_tracker("b")
        for event in (
            UserUttered("昨天"),
            ActionExecuted("action_session_start"),
            SessionStarted(),
            UserUttered("今天"),
        ):
            tracker.update(event)
        await store.save(tracker)
        latest = await store.retrieve("b")
        latest.update(UserUttered("刚才"))
        await store.save(latest)
        return await store.retrieve("b"), await store.retrieve_full_tracker("b")

    latest, whole = asyncio.run(talk())
    assert said(latest) == ["今天", "刚才"]
    assert said(whole) == ["昨天", "今天", "刚才"]


def test_who_never_wrote_has_no_conversation(store: ProjectTrackerStore):
    assert asyncio.run(store.retrieve("nobody")) is None


def test_what_was_said_is_stored_encrypted_and_old_plain_events_are_still_read(store: ProjectTrackerStore):
    async def talk() -> DialogueStateTracker:
        tracker = await store.get_or_create_tracker("c")
        for event in (
            ActionExecuted("action_listen"),
            UserUttered("打13800138000"),
            SlotSet("contact", "13800138000"),
            SlotSet("contact", None),
        ):
            tracker.update(event)
        await store.save(tracker)
        with store.session_scope() as session:
            session.add(store.SQLEvent(sender_id="c", type_name="user", data=PLAIN))
            session.execute(update(store.SQLEvent).values(timestamp=1.0))
            session.commit()
        return await store.retrieve_full_tracker("c")

    assert said(asyncio.run(talk())) == ["打13800138000", "以前"]
    with store.session_scope() as session:
        stored = {event.type_name: event.data for event in session.query(store.SQLEvent) if event.data != PLAIN}
    assert "13800138000" not in str(stored)
    assert stored["action"].startswith("{"), "what says nothing is left plain"
