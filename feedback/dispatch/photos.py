"""Photos that departments send along: their addresses are noted with the update, the worker fetches them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

import httpx
from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column, object_session, relationship

from feedback.dispatch.addresses import AddressForbidden, ask, check, guarded_client
from feedback.dispatch.destinations.config import allowed_hosts
from feedback.errors import FeedbackError
from feedback.lifecycle import record
from feedback.models import WorkOrder, partial_index
from storage import Base, utcnow, writing

try:
    from feedback.attachments.taking import attach
except ImportError:  # no room for photos yet: their addresses stand in the history
    attach = None

log = logging.getLogger(__name__)

LONGEST_ADDRESS = 2000
LARGEST = 15_000_000
"""Bytes of one photo."""
MOST_ATTEMPTS = 6
AT_ONCE = 10
LEASE = timedelta(minutes=5)


class DispatchPhoto(Base):
    """A photo that is to be fetched."""

    __tablename__ = "dispatch_photos"

    id: Mapped[int] = mapped_column(primary_key=True)
    work_order_id: Mapped[int] = mapped_column(ForeignKey("work_orders.id"), index=True)
    address: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    """None once it is here, or given up."""
    error: Mapped[str | None] = mapped_column(String(200))

    work_order: Mapped[WorkOrder] = relationship()

    __table_args__ = (partial_index("ix_dispatch_photos_due", "next_attempt_at", "next_attempt_at IS NOT NULL"),)


def expect(work_order: WorkOrder, addresses: Iterable[str]) -> None:
    """Note the addresses of photos in the history, and have those fetched that may be."""
    addresses = [address for address in addresses if len(address) <= LONGEST_ADDRESS]
    record(work_order.report, "work_order.photos_told", work_order.department, "\n".join(addresses))
    for address in addresses:
        photo = DispatchPhoto(work_order=work_order, address=address)
        if why := forbidden(address):
            _give_up(photo, why)
        object_session(work_order).add(photo)


def forbidden(address: str) -> str:
    """Why an address may not be called; empty if it may."""
    try:
        check(address, allowed_hosts())
    except AddressForbidden as error:
        return str(error)
    return ""


def fetch_photos() -> None:
    """Fetch what is due. A job."""
    if not attach:
        return
    with guarded_client(allowed_hosts()) as http:
        for photo_id, address in _due():
            _fetch(http, photo_id, address)


def _due() -> list[tuple[int, str]]:
    now = utcnow()
    due = select(DispatchPhoto).where(DispatchPhoto.next_attempt_at <= now).order_by(DispatchPhoto.next_attempt_at)
    with writing() as session:
        photos = session.scalars(due.limit(AT_ONCE).with_for_update(skip_locked=True)).all()
        for photo in photos:
            photo.attempts += 1
            photo.next_attempt_at = now + LEASE * 2 ** (photo.attempts - 1)
        return [(photo.id, photo.address) for photo in photos]


def _fetch(http: httpx.Client, photo_id: int, address: str) -> None:
    try:
        answer = ask(http, "GET", address, most=LARGEST)
        error = "" if answer.is_success else f"对方返回 {answer.status_code}"
    except httpx.HTTPError as failed:
        error = str(failed.__cause__ if isinstance(failed.__cause__, AddressForbidden) else type(failed).__name__)
    try:
        with writing() as session:
            photo = session.get_one(DispatchPhoto, photo_id)
            if error:
                _failed(photo, error)
            else:
                order = photo.work_order
                attach(session, order.report, answer.content, "department", order.department)
                photo.next_attempt_at = photo.error = None
    except FeedbackError as refused:  # it is no photo, or one too many: another try brings the same
        with writing() as session:
            _give_up(session.get_one(DispatchPhoto, photo_id), str(refused))


def _failed(photo: DispatchPhoto, error: str) -> None:
    if photo.attempts >= MOST_ATTEMPTS:
        _give_up(photo, error)
    else:
        photo.error = error[:200]
    log.warning("dispatch.photo_failed", extra={"photo_id": photo.id, "error": error})


def _give_up(photo: DispatchPhoto, why: str) -> None:
    photo.next_attempt_at, photo.error = None, why[:200]
    record(photo.work_order.report, "work_order.photo_failed", photo.work_order.department, why)
