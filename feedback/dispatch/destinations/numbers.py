"""The numbers that destinations give to orders, and the tokens that stand for them until they do."""

from __future__ import annotations

from sqlalchemy import select

from feedback.dispatch.destinations.models import DispatchToken
from feedback.lifecycle import ENDED
from feedback.models import OutboxMessage, WorkOrder
from storage import reading, utcnow, writing


def open_numbers(destination: str) -> list[str]:
    """The numbers of the orders there that have not ended with us, oldest first."""
    wanted = (
        select(WorkOrder.external_id)
        .join(OutboxMessage, OutboxMessage.work_order_id == WorkOrder.id)
        .where(
            OutboxMessage.destination == destination, WorkOrder.state.not_in(ENDED), WorkOrder.external_id.is_not(None)
        )
        .order_by(WorkOrder.id)
    )
    with reading() as session:
        return list(session.scalars(wanted))


def keep_token(destination: str, key: str, token: str) -> None:
    """Keep what stands for a number until there is one; the same order again may get another token, and the last one counts."""
    with writing() as session:
        kept = session.scalar(select(DispatchToken).where(DispatchToken.idempotency_key == key))
        kept = kept or DispatchToken(destination=destination, idempotency_key=key)
        kept.token, kept.next_attempt_at = token, utcnow()
        session.add(kept)
