"""The job that looks at deadlines whose time has come: warns, calls them missed, moves reports up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, selectinload

from feedback.deadlines.models import Deadline
from feedback.deadlines.stages import level_above, miss, next_check, next_escalation
from feedback.lifecycle import record
from feedback.models import Report
from storage import utcnow, writing

BATCH = 100
CLOCK = "时限"
"""Who did it, in a report's history."""


def sweep() -> None:
    """Look at every deadline whose time has come. Workers share the work: each takes rows that no other holds."""
    while sweep_batch(utcnow()) == BATCH:
        pass


def sweep_batch(now: datetime, most: int = BATCH) -> int:
    """Look at the deadlines that wait longest, in one transaction; returns how many there were."""
    with writing() as session:
        deadlines = _to_check(session, now, most)
        for deadline in deadlines:
            _check(deadline, now)
        return len(deadlines)


def _to_check(session: Session, now: datetime, most: int) -> list[Deadline]:
    """Deadlines and their reports, locked: nobody else can change either meanwhile."""
    due = (
        select(Deadline)
        .join(Deadline.report)
        .options(contains_eager(Deadline.report).options(selectinload(Report.events), selectinload(Report.deadlines)))
        .where(Deadline.next_check_at <= now)
        .order_by(Deadline.next_check_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(due))


def _check(deadline: Deadline, now: datetime) -> None:
    if not deadline.due_at or now < deadline.due_at:
        deadline.warned_at = now
        _record(deadline, "report.deadline_warned")
    elif not deadline.missed_at:
        miss(deadline)
        deadline.report.supervised = True
        _escalate(deadline, now)
        _record(deadline, "report.overdue")
    elif _escalate(deadline, now):
        _record(deadline, "report.escalated")
    deadline.next_check_at = next_check(deadline)


def _escalate(deadline: Deadline, now: datetime) -> bool:
    """Move the report one level up if it is time; False if not. Counting from now on, a worker that slept skips no level."""
    time_has_come = next_escalation(deadline)
    if not time_has_come or time_has_come > now:
        return False
    deadline.report.level = level_above(deadline.report)
    deadline.escalated_at = now
    deadline.escalations += 1
    return True


def _record(deadline: Deadline, name: str) -> None:
    due = deadline.due_at.isoformat() if deadline.due_at else None
    record(deadline.report, name, CLOCK, stage=deadline.stage, due=due, level=deadline.report.level)
