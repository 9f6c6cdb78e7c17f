"""Carries out what departments report back: each update once, whatever its order or number of repeats."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.dispatch.open311 import DispatchRefused, DispatchUnavailable, Open311Client, Update
from feedback.errors import NotAllowed
from feedback.lifecycle import change, change_work_order
from feedback.models import DispatchUpdate, WorkOrder
from storage import utcnow, writing

log = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=10)
"""Updates are asked for again this far back: clocks differ, and an update may become visible late."""

# The status words of Open311 and of mySociety's extension, and what each means for a work order and its report.
MEANING = {
    "investigating": ("receive", None),
    "received": ("receive", None),
    "action_scheduled": ("receive", None),
    "in_progress": ("start", "start"),
    "fixed": ("finish", "resolve"),
    "closed": ("finish", "resolve"),
    "no_further_action": ("finish", "resolve"),
    "not_responsible": ("give_back", "bounce"),
    "not_councils_responsibility": ("give_back", "bounce"),
}


def poll(client: Open311Client) -> int:
    """Fetch and carry out new updates; returns how many were new. An unreachable server is logged, not raised."""
    with writing() as session:
        latest = session.scalar(select(func.max(DispatchUpdate.updated_at))) or datetime(2000, 1, 1, tzinfo=UTC)
    try:
        updates = client.updates(latest - OVERLAP)
    except (DispatchUnavailable, DispatchRefused) as error:
        log.warning("dispatch.poll_failed", extra={"error": str(error)})
        return 0
    return sum(_carry_out_in_own_transaction(update) for update in updates)


def _carry_out_in_own_transaction(update: Update) -> bool:
    with writing() as session:
        return carry_out(session, update)


def carry_out(session: Session, update: Update) -> bool:
    """Apply an update to its work order and report; False if it is not ours or was carried out before."""
    work_order = session.scalar(
        select(WorkOrder).where(WorkOrder.external_id == update.service_request_id).with_for_update()
    )
    if not work_order:
        return False
    known = select(DispatchUpdate).where(
        DispatchUpdate.work_order_id == work_order.id, DispatchUpdate.update_id == update.update_id
    )
    if session.scalar(known):
        return False
    session.add(DispatchUpdate(update_id=update.update_id, work_order_id=work_order.id, updated_at=update.updated_at))
    order_change, report_change = MEANING.get(update.status, (None, None))
    if order_change and change_work_order(work_order, order_change) and report_change:
        _change_report(work_order, report_change, update)
    log.info("dispatch.update", extra={"update_id": update.update_id, "status": update.status, "at": utcnow()})
    return True


def _change_report(work_order: WorkOrder, name: str, update: Update) -> None:
    reason = update.description if name == "bounce" else None
    try:
        change(work_order.report, name, work_order.department, reason, note=update.description)
    except NotAllowed as refused:
        # The report went another way meanwhile, such as withdrawn; the work order keeps what the department said.
        log.info("dispatch.update_without_effect", extra={"reason": str(refused)})
