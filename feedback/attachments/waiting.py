"""Photos that a resident sent before their report was filed: they wait in the conversation, and go along with it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from feedback.models import Attachment, Report, ReportEvent
from storage import utcnow

MOST = 9
"""Photos of a report from residents, as many again from departments, and of those that wait in a conversation."""
WAITS = timedelta(days=1)
"""So long a photo waits for its report to be filed."""


def waiting_photos(session: Session, conversation_id: str) -> list[Attachment]:
    """The photos that wait in a conversation for a report to be filed, oldest first."""
    fresh = Attachment.created_at > utcnow() - WAITS
    held = select(Attachment).where(
        Attachment.conversation_id == conversation_id, Attachment.report_id.is_(None), fresh
    )
    return list(session.scalars(held.order_by(Attachment.id)))


def go_along(event: ReportEvent) -> None:
    """A report was filed: the photos that wait in its conversation belong to it."""
    bring_along(object_session(event.report), event.report, event.report.conversation_id)


def bring_along(session: Session, report: Report, conversation_id: str) -> None:
    """Add the photos that wait in a conversation to a report that it filed or joined, as long as there is room."""
    if held := waiting_photos(session, conversation_id):
        there = sum(photo.source == "resident" for photo in report.attachments)
        for photo in held[: max(MOST - there, 0)]:
            photo.report = report
