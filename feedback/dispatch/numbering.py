"""Asks for the numbers that come later than the order: the tokens of Open311 (`tokens/{id}`)."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy import select

from feedback.dispatch.delivery import SYSTEM
from feedback.dispatch.destinations import destinations
from feedback.dispatch.destinations.models import DispatchToken
from feedback.dispatch.destinations.open311 import Open311
from feedback.dispatch.errors import DispatchError
from feedback.lifecycle import record
from feedback.models import OutboxMessage
from storage import utcnow, writing

log = logging.getLogger(__name__)

PAUSE = timedelta(minutes=1)
"""Between two questions for one number."""
GIVEN_UP = timedelta(days=30)
"""So long after it was given, nobody waits for a token's number any more."""
AT_ONCE = 20


def ask_for_numbers() -> None:
    """Ask for the numbers that are due. A job."""
    for token in _due():
        destination = destinations().get(token.destination)
        try:
            number = destination.number_of(token.token) if isinstance(destination, Open311) else None
        except DispatchError as error:
            log.warning("dispatch.token_unanswered", extra={"destination": token.destination, "error": str(error)})
            continue
        if number:
            _numbered(token.id, number)


def _due() -> list[DispatchToken]:
    """Tokens whose turn it is; the others leave them alone meanwhile."""
    now = utcnow()
    due = select(DispatchToken).where(DispatchToken.next_attempt_at <= now).order_by(DispatchToken.next_attempt_at)
    with writing() as session:
        tokens = list(session.scalars(due.limit(AT_ONCE).with_for_update(skip_locked=True)))
        for token in tokens:
            token.next_attempt_at = now + PAUSE if token.created_at > now - GIVEN_UP else None
        return tokens


def _numbered(token_id: int, number: str) -> None:
    with writing() as session:
        token = session.get_one(DispatchToken, token_id)
        token.next_attempt_at = None
        message = session.scalar(select(OutboxMessage).where(OutboxMessage.idempotency_key == token.idempotency_key))
        if message and not message.work_order.external_id:
            message.work_order.external_id = number
            told = {"department": message.work_order.department, "external_id": number}
            record(message.work_order.report, "work_order.numbered", SYSTEM, f"派单系统编号 {number}", **told)
