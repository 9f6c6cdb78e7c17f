"""Rasa's tracker store on the project's own database."""

from __future__ import annotations

from functools import cache
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from sqlalchemy import URL, event

from storage import settings

# For each event that it reads, Rasa would look through all its classes anew.
Event.resolve_by_type = staticmethod(cache(Event.resolve_by_type))


WAIT_MS = 30_000
"""Longest wait for another writer; everybody else of ours waits as long."""


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
