"""The circuit breaker of a destination: after failures in a row nothing is sent for a while, then one message tries.

Its state lies in the database, so that all workers know it; the libraries for it keep theirs in the process or in Redis.
Closed, open and half-open as in M. Nygard, "Release It!", chapter "Stability Patterns".
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.dispatch.errors import DispatchUnavailable
from feedback.dispatch.models import Breaker

THRESHOLD = 5
"""So many failures in a row open it."""
SHORTEST, LONGEST = timedelta(seconds=10), timedelta(minutes=5)
"""How long it stays open at first, doubling with each failure, and at most."""
LONGEST_ASKED = timedelta(hours=1)
"""A destination that asks for more than this (`Retry-After`) is tried again all the same."""


class Standing(Enum):
    CLOSED = "正常"
    OPEN = "暂停派送"
    HALF_OPEN = "试送一件"


def standing(breaker: Breaker | None, now: datetime) -> Standing:
    if not breaker or not breaker.open_until:
        return Standing.CLOSED
    return Standing.OPEN if breaker.open_until > now else Standing.HALF_OPEN


def become_probe(session: Session, name: str, now: datetime, until: datetime) -> bool:
    """Whether the caller is the one that may try a half-open destination; nobody else may before `until`, or its answer."""
    breaker = session.get(Breaker, name, with_for_update={"skip_locked": True}, populate_existing=True)
    if not breaker or standing(breaker, now) is not Standing.HALF_OPEN:
        return False
    breaker.open_until = until
    return True


def breakers(session: Session, names: Collection[str]) -> dict[str, Breaker]:
    """The circuit breakers of destinations; a new one is kept once it has counted a failure. Two workers that count at the same
    moment may count one failure too few, which does no harm."""
    found = {row.destination: row for row in session.scalars(select(Breaker).where(Breaker.destination.in_(names)))}
    return {name: found.get(name) or Breaker(destination=name, failures=0) for name in names}


def answered(breaker: Breaker) -> None:
    """The destination said something sensible, be it a refusal: all is well."""
    if breaker.failures or breaker.open_until:
        breaker.failures, breaker.open_until, breaker.last_error = 0, None, None


def failed(breaker: Breaker, error: DispatchUnavailable, now: datetime) -> None:
    """One more failure in a row. Asked to wait, everybody waits: it is the destination that has too much to do."""
    breaker.failures += 1
    breaker.last_error = str(error)[:500]
    pauses = [asked_to_wait(error)]
    if breaker.failures >= THRESHOLD:
        pauses.append(min(LONGEST, SHORTEST * 2 ** min(breaker.failures - THRESHOLD, 10)))
    if any(pauses):
        breaker.open_until = now + max(pauses)


def asked_to_wait(error: DispatchUnavailable) -> timedelta:
    return min(LONGEST_ASKED, timedelta(seconds=max(0.0, error.retry_after or 0)))
