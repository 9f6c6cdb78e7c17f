"""What the list of jobs shows: which jobs of whom, how many of each status, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from feedback.dispatch.reference.models import CLOSED, Job
from nlu.categories import categories

SHELVES = {
    "待签收": ("open",),
    "处置中": ("investigating", "in_progress"),
    "已完成": ("fixed",),
    "已退单": ("not_responsible",),
}
PAGE = 100
"""Jobs of one page."""
SHORTEST_REFERENCE = 8
"""Characters from which on what is looked for may be the beginning of a sender's number."""


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to see; empty parts mean everything."""

    department: str = ""
    shelf: str = ""
    words: str = ""
    page: int = 1


def jobs(session: Session, wanted: Wanted) -> Sequence[Job]:
    """A page of jobs, and one more if there is another page: those to be done first, of them the urgent ones, then by due
    date, then the newest."""
    closed = Job.status.in_(CLOSED)
    query = (
        select(Job)
        .where(*_scope(wanted), *_on(wanted.shelf))
        .order_by(closed, Job.urgent.desc(), closed | Job.due_at.is_(None), Job.due_at, Job.id.desc())
    )
    return session.scalars(query.limit(PAGE + 1).offset((wanted.page - 1) * PAGE)).all()


def counts(session: Session, wanted: Wanted) -> dict[str, int]:
    """How many jobs stand on each shelf, whichever is shown."""
    by_status = dict(
        session.execute(select(Job.status, func.count()).where(*_scope(wanted)).group_by(Job.status)).tuples().all()
    )
    return {shelf: sum(by_status.get(status, 0) for status in statuses) for shelf, statuses in SHELVES.items()}


def departments(session: Session) -> list[str]:
    """All departments that have jobs or could get some."""
    return sorted(
        {c.department for c in categories().values()} | set(session.scalars(select(Job.department).distinct())) - {""}
    )


def _scope(wanted: Wanted) -> list[ColumnElement[bool]]:
    scope = [Job.department == wanted.department] if wanted.department else []
    if wanted.words:
        scope.append(_holds(wanted.words))
    return scope


def _on(shelf: str) -> list[ColumnElement[bool]]:
    return [Job.status.in_(SHELVES[shelf])] if shelf in SHELVES else []


def _holds(words: str) -> ColumnElement[bool]:
    """In the text, the place or the name; or the number of the job or of the report, however it is divided."""
    told = [column.contains(words, autoescape=True) for column in (Job.description, Job.address, Job.service_name)]
    number = words.replace("-", "").replace(" ", "").upper()
    found = or_(*told)
    if len(number) >= SHORTEST_REFERENCE:
        found |= func.replace(Job.reference, "-", "").startswith(number, autoescape=True)
    return found | (Job.id == int(number)) if number.isascii() and number.isdigit() and len(number) <= 18 else found
