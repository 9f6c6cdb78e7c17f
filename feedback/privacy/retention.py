"""How long what is known of residents is kept, and the daily work that ends it (settings `MINSHENG_KEEP_…_DAYS`).

The words of conversations are deleted by the worker (`bot/erasure.py`): they lie where `feedback` does not reach.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from feedback.lifecycle import SYSTEM, record
from feedback.models import Attachment, Report, ReportEvent
from feedback.privacy.identity import forget_contact
from feedback.privacy.reveal import REVEALED
from feedback.settings import settings
from storage import utcnow, writing

BATCH = 200
"""Rows of one transaction."""


def expire() -> None:
    """Forget what has been kept long enough; safe beside other workers, and at any repeat."""
    kept = settings()
    in_batches(lambda session: expire_contacts(session, utcnow() - timedelta(days=kept.keep_contact_days)))
    in_batches(lambda session: expire_reveals(session, utcnow() - timedelta(days=kept.keep_reveals_days)))
    in_batches(lambda session: expire_photos(session, utcnow() - timedelta(days=kept.keep_photos_days)))


def in_batches(forget: Callable[[Session], int]) -> None:
    """Do something in transactions of its own until it finds less than a whole batch."""
    found = BATCH
    while found >= BATCH:
        with writing() as session:
            found = forget(session)


def expire_contacts(session: Session, before: datetime) -> int:
    """Forget the contacts of reports that were closed before a moment, at most a batch of them; returns how many. The owner
    can still follow the report."""
    old = select(Report).where(Report.contact.is_not(None), Report.closed_at < before)
    reports = session.scalars(old.order_by(Report.closed_at).limit(BATCH).with_for_update(skip_locked=True)).all()
    for report in reports:
        forget_contact(report)
        record(report, "report.contact_expired", SYSTEM)
    return len(reports)


def expire_reveals(session: Session, before: datetime) -> int:
    """Forget that staff looked at a contact, at most a batch of times. The only part of the history that ever goes: it is about
    staff and a contact which is long gone, so it goes past the guard of `ReportEvent`."""
    old = select(ReportEvent.id).where(ReportEvent.name == REVEALED, ReportEvent.created_at < before).limit(BATCH)
    return session.execute(delete(ReportEvent).where(ReportEvent.id.in_(old))).rowcount


def expire_photos(session: Session, before: datetime) -> int:
    """Forget the photos of reports that were closed before a moment, at most a batch of them; returns how many. Their files go
    with the next `attachments.sweeping.sweep`."""
    old = select(Attachment.id).join(Attachment.report).where(Report.closed_at < before).limit(BATCH)
    return session.execute(delete(Attachment).where(Attachment.id.in_(old))).rowcount
