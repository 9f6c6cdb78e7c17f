"""What is asked about deadlines: those of one report, its date, and those that staff must look after."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, contains_eager

from feedback.deadlines.models import Deadline
from feedback.models import Report
from storage import utcnow


def deadlines_of(session: Session, report: Report) -> list[Deadline]:
    """All deadlines of a report, those of earlier rounds first."""
    return list(report.deadlines)


def due_of(session: Session, report: Report) -> datetime | None:
    """By when a resident may expect that their report is solved. None if nothing can be promised: there is no limit, it has passed,
    the report is done, or the clock stands still until the resident answers."""
    dates = (d.due_at for d in report.deadlines if d.stage == "resolution" and not d.ended_at)
    return next((due for due in dates if due and due > utcnow()), None)


def watched(session: Session, most: int, after: int | None = None) -> list[Deadline]:
    """Open deadlines that are near or missed, with their reports, the one that has been due longest first.

    Args:
        after: id of the last deadline of the page before.
    """
    order = tuple_(Deadline.due_at, Deadline.id)
    near = (
        select(Deadline)
        .join(Deadline.report)
        .options(contains_eager(Deadline.report))
        .where(Deadline.warned_at.is_not(None), Deadline.ended_at.is_(None), Deadline.due_at.is_not(None))
        .order_by(Deadline.due_at, Deadline.id)
        .limit(most)
    )
    last = session.get(Deadline, after) if after else None
    return list(session.scalars(near.where(order > tuple_(last.due_at, last.id)) if last else near))
