"""Delivers the outbox: at least once, each time with the same idempotency key, later and later after failures."""

from __future__ import annotations

import logging
import random
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.dispatch.open311 import DispatchRefused, DispatchUnavailable, Open311Client
from feedback.errors import NotAllowed
from feedback.lifecycle import change, record
from feedback.models import OutboxMessage, WorkOrder
from feedback.privacy.identity import for_department
from storage import utcnow, writing

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
"""A message that a worker took and did not finish is free again after this time, longer than any call may take."""
LONGEST_PAUSE = 300.0
SYSTEM = "派单系统"


def deliver_next(client: Open311Client) -> bool:
    """Deliver one message that is due; False if none is."""
    with writing() as session:
        message = _take(session)
        if not message:
            return False
        # How to reach the resident is told as they wish it now, and is kept in no copy.
        request = {**message.payload, **for_department(message.work_order.report)}
        key = message.idempotency_key
    try:
        number = client.file(request, key)
    except DispatchUnavailable as error:
        _postpone(message.id, str(error))
    except DispatchRefused as error:
        _refused(message.id, str(error))
    else:
        _delivered(message.id, number)
    return True


def _take(session: Session) -> OutboxMessage | None:
    due = (
        select(OutboxMessage)
        .where(OutboxMessage.delivered_at.is_(None), OutboxMessage.next_attempt_at <= utcnow())
        .order_by(OutboxMessage.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    message = session.scalar(due)
    if message and message.work_order.state == "cancelled":
        message.delivered_at = utcnow()  # taken back before it went out
        return None
    if message:
        message.attempts += 1
        message.next_attempt_at = utcnow() + LEASE
    return message


def _delivered(message_id: int, number: str) -> None:
    with writing() as session:
        message = session.get_one(OutboxMessage, message_id, with_for_update=True)
        if message.delivered_at:
            return
        message.delivered_at, message.last_error = utcnow(), None
        message.work_order.external_id = number
        _tell(message.work_order)
    log.info("work_order.delivered", extra={"outbox_id": message_id, "external_id": number})


def _tell(work_order: WorkOrder) -> None:
    """The report counts as dispatched when its lead has it; a supporter's order is only noted."""
    told = {"department": work_order.department, "external_id": work_order.external_id}
    try:
        if work_order.role == "lead":
            change(work_order.report, "dispatch", SYSTEM, **told)
            return
    except NotAllowed:  # withdrawn while it was on its way
        pass
    record(work_order.report, "work_order.delivered", SYSTEM, **told)


def _postpone(message_id: int, error: str) -> None:
    with writing() as session:
        message = session.get_one(OutboxMessage, message_id, with_for_update=True)
        pause = min(LONGEST_PAUSE, 2.0 ** min(message.attempts, 10)) * random.uniform(0.5, 1.0)
        message.next_attempt_at = utcnow() + timedelta(seconds=pause)
        # The resident is told once, not at every try, and of the lead's order alone.
        if not message.last_error and message.work_order.role == "lead":
            record(message.work_order.report, "report.dispatch_delayed", SYSTEM, error)
        message.last_error = error[:500]
    log.warning("work_order.postponed", extra={"outbox_id": message_id, "error": error})


def _refused(message_id: int, error: str) -> None:
    with writing() as session:
        message = session.get_one(OutboxMessage, message_id, with_for_update=True)
        message.last_error = error[:500]
        # Staff must mend what was refused; until then a try an hour shows whether it has been.
        message.next_attempt_at = utcnow() + timedelta(hours=1)
        record(message.work_order.report, "work_order.refused", SYSTEM, error)
    log.error("work_order.refused", extra={"outbox_id": message_id, "error": error})
