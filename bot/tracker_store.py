"""Rasa's tracker store on the project's own database; what residents said is stored encrypted."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import URL, bindparam, event, func, select
from sqlalchemy.orm import Session

from storage import decrypt, encrypt, settings

# For each event that it reads, Rasa would look through all its classes anew.
Event.resolve_by_type = staticmethod(cache(Event.resolve_by_type))


WAIT_MS = 30_000
"""Longest wait for another writer; everybody else of ours waits as long."""


_Stored = SQLTrackerStore.SQLEvent
_EVENTS = select(_Stored.data).where(_Stored.sender_id == bindparam("sender")).order_by(_Stored.id)
_SESSION_START = (
    select(func.max(_Stored.timestamp))
    .where(_Stored.sender_id == bindparam("sender"), _Stored.type_name == SessionStarted.type_name)
    .scalar_subquery()
)
_EVENTS_OF_SESSION = _EVENTS.where(_Stored.timestamp >= func.coalesce(_SESSION_START, 0))
_SAYS_NOTHING = re.compile(
    r'\{"event": "(?:action|action_execution_rejected|active_loop|session_started|user_featurization)",'
    r'|\{"event": "slot",.*"value": (?:null|true|false|\[\])\}$'
)
"""Events without a resident's words, most of them all: encrypting these too would double what a turn costs."""


@event.listens_for(_Stored, "before_insert")
def _encrypt(_mapper, _connection, stored: _Stored) -> None:
    if not _SAYS_NOTHING.match(stored.data):
        stored.data = encrypt(stored.data)


def _plain(data: str) -> str:
    """An event as Rasa wrote it; it begins with a brace, as an encrypted one never does."""
    return data if data.startswith("{") else decrypt(data)


class ProjectTrackerStore(SQLTrackerStore):
    """`SQLTrackerStore` on `MINSHENG_DATABASE_URL`; Rasa's own way of building the URL fails on SQLAlchemy 2."""

    def __init__(self, domain: Domain | None = None, event_broker: EventBroker | None = None, **_: Any) -> None:
        url = settings().url
        super().__init__(domain, url.drivername, db=url.database or "", event_broker=event_broker)
        if url.get_backend_name() == "sqlite":
            # Rasa's engine waits 5 s for a lock, and then keeps the conversation in memory alone.
            event.listen(
                self.engine, "connect", lambda connection, _: connection.execute(f"PRAGMA busy_timeout={WAIT_MS}")
            )
            self.engine.dispose()  # what was connected before does not know

    @staticmethod
    def get_db_url(*_: Any, **__: Any) -> URL:
        return settings().url

    async def _retrieve(self, sender_id: str, fetch_events_from_all_sessions: bool) -> DialogueStateTracker | None:
        """As Rasa's own, by a statement that is built once, and without an object for each row."""
        statement = _EVENTS if fetch_events_from_all_sessions else _EVENTS_OF_SESSION
        with self.session_scope() as session:
            events = [json.loads(_plain(data)) for data in session.scalars(statement, {"sender": sender_id})]
        if not events:
            return None
        tracker = DialogueStateTracker.from_dict(sender_id, events, self.domain.slots)
        if not fetch_events_from_all_sessions:
            tracker.stored = len(events)
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        await super().save(tracker)
        tracker.stored = len(tracker.events)

    def _additional_events(self, session: Session, tracker: DialogueStateTracker) -> Iterator[Event]:
        """The events that are not stored yet. Rasa counts those in the database with every save; who holds the lock of a
        conversation knows what was read."""
        if not hasattr(tracker, "stored"):
            return super()._additional_events(session, tracker)
        return itertools.islice(tracker.events, tracker.stored, None)
