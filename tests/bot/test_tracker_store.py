"""Conversations in the project's database: each event is stored once, and read back from where its session began."""

import asyncio

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.tracker_store import ProjectTrackerStore


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
