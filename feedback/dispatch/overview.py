"""What waits in the outbox and what stopped, for staff to see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session, contains_eager

from feedback.dispatch.models import Breaker
from feedback.models import STUCK, OutboxMessage, Report, WorkOrder


@dataclass(frozen=True)
class Waiting:
    """What is still to go to one destination."""

    destination: str
    waiting: int = 0
    since: datetime | None = None
    unsure: int = 0
    dead: int = 0
    breaker: Breaker | None = None


def waiting(session: Session) -> list[Waiting]:
    """The destinations that something is still to go to, or whose circuit breaker is not at rest."""
    on_the_way = {
        name: (count, since) for name, count, since in session.execute(_counted(sql("next_attempt_at IS NOT NULL")))
    }
    stopped = _counted(sql(STUCK), OutboxMessage.state)
    stuck = {(name, state): count for name, count, _, state in session.execute(stopped)}
    breakers = {breaker.destination: breaker for breaker in session.scalars(select(Breaker))}
    failing = {name for name, breaker in breakers.items() if breaker.failures}
    return [
        Waiting(
            name,
            *on_the_way.get(name, (0, None)),
            unsure=stuck.get((name, "unsure"), 0),
            dead=stuck.get((name, "dead"), 0),
            breaker=breakers.get(name),
        )
        for name in sorted({*on_the_way, *failing, *(name for name, _ in stuck)})
    ]


def _counted(where, *by):
    counted = select(OutboxMessage.destination, func.count(), func.min(OutboxMessage.waiting_since), *by)
    return counted.where(where).group_by(OutboxMessage.destination, *by)


def stuck(session: Session, most: int) -> list[OutboxMessage]:
    """What staff must decide on, the urgent first, then the oldest."""
    order = Report.urgent.desc(), OutboxMessage.id
    return list(session.scalars(_with_report().where(sql(f"outbox.{STUCK}")).order_by(*order).limit(most)))


def late(session: Session, most: int) -> list[OutboxMessage]:
    """What waits though it was due or tried, the longest first."""
    due = _with_report().where(sql("outbox.next_attempt_at IS NOT NULL"))
    return list(session.scalars(due.order_by(OutboxMessage.waiting_since).limit(most)))


def _with_report():
    loaded = contains_eager(OutboxMessage.work_order).contains_eager(WorkOrder.report)
    return select(OutboxMessage).join(OutboxMessage.work_order).join(WorkOrder.report).options(loaded)
