"""What every destination can do, and what it tells: the interface between the outbox and the world."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from feedback.city_time import CITY_TIME
from feedback.plain_text import storable

REFERENCE = "attribute[external_id]"
"""The field of our reference, by which a destination can look an order up."""
LONGEST_NUMBER = 100
LONGEST_NOTE = 4000
MOST_PHOTOS = 9


@dataclass(frozen=True)
class Update:
    """A change that a department made."""

    update_id: str
    service_request_id: str
    """The destination's number of the order; empty if it knows it by ours alone."""
    status: str
    """What a destination's file says that its state means, else the state in its own words, in lower case."""
    updated_at: datetime
    description: str = ""
    """A note for the resident, or why an order is returned."""
    reference: str = ""
    """Our reference of the order (`REFERENCE`), where the destination knows it by that."""
    photos: tuple[str, ...] = ()
    """Addresses of photos."""


@dataclass(frozen=True)
class Sent:
    """An order that a destination has, by our reference and, if it gave one, by its number."""

    reference: str
    number: str | None


class Destination(Protocol):
    """A system that takes work orders."""

    name: str
    honours_keys: bool
    """Whether the same key never makes a second order there."""

    def send(self, request: dict[str, str], key: str) -> str | None:
        """Hand an order over, as the fields of Open311's `POST requests`.

        Returns:
            The number that it got there; None where there are none, or none yet.

        Raises:
            DispatchUnavailable: not now.
            DispatchRefused: not like this.
        """

    def find(self, reference: str) -> str | None:
        """The number under which an order with our reference is there; None if it isn't.

        Raises:
            CannotTell: there is no way to look, or none just now.
        """

    def updates(self, since: datetime) -> list[Update]:
        """What departments did from a moment on, oldest first; empty where nothing can be asked.

        Raises:
            DispatchUnavailable, DispatchRefused: it did not answer.
        """

    def standings(self, orders: Sequence[Sent]) -> dict[str, Update]:
        """How orders stand there, by our reference; an order that it doesn't know is left out.

        Raises:
            CannotTell: there is no way to ask, or none just now.
        """

    def check(self) -> list[str]:
        """What an operator must put right, in Chinese; empty if all is well."""


def update(
    row: dict[str, Any], status: str, now: datetime, number: str = "service_request_id", at: str = "updated_datetime"
) -> Update | None:
    """An update from what somebody sent, in bounds and without what no database takes; None if it isn't readable.

    A moment in the future counts as now, since updates are asked for from the latest on; one without a zone is city time.
    """
    found = _text(row.get(number)), _text(row.get("reference"))
    moment = _moment(row.get(at), now)
    if not any(found) or not moment or max(map(len, found)) > LONGEST_NUMBER:
        return None
    told = _text(row.get("update_id")) or f"{found}:{status}:{row.get(at)}"
    return Update(
        update_id=told if len(told) <= LONGEST_NUMBER else hashlib.sha256(told.encode()).hexdigest(),
        service_request_id=found[0],
        status=status,
        updated_at=moment,
        description=_text(row.get("description")).strip()[:LONGEST_NOTE],
        reference=found[1],
        photos=_photos(row.get("media_url")),
    )


def _photos(urls: Any) -> tuple[str, ...]:
    many = urls if isinstance(urls, list) else [urls]
    return tuple(url for url in map(_text, many) if url)[:MOST_PHOTOS]


def _moment(written: Any, now: datetime) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_text(written))
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=CITY_TIME)
        return min(zoned, now)
    except (ValueError, OverflowError):
        return None


def _text(value: Any) -> str:
    return "" if value is None else storable(str(value))
