"""Carries out what departments report back: each update once, whatever its order or number of repeats."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.bounces import UNEXPLAINED, refuse_return, take_back
from feedback.dispatch.delivery import SYSTEM
from feedback.dispatch.errors import DispatchError
from feedback.dispatch.open311 import Update
from feedback.errors import NotAllowed
from feedback.lifecycle import ENDED, change, change_work_order, record
from feedback.models import DispatchUpdate, OutboxMessage, WorkOrder
from feedback.work_orders import at_work
from storage import reading, utcnow, writing

if TYPE_CHECKING:
    from feedback.dispatch.destinations import Destination

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
SUPPORT_EVENTS = {"start": "work_order.started", "resolve": "work_order.finished", "bounce": "work_order.returned"}
"""What a supporter's step is called in the history; it changes nothing in the report."""


def poll(destinations: Mapping[str, Destination]) -> int:
    """Fetch and carry out new updates; returns how many were new. An unreachable destination is logged, not raised."""
    return sum(_poll(name, destination) for name, destination in destinations.items())


def _poll(name: str, destination: Destination) -> int:
    latest = select(func.max(DispatchUpdate.updated_at)).join(
        OutboxMessage, OutboxMessage.work_order_id == DispatchUpdate.work_order_id
    )
    with reading() as session:
        since = session.scalar(latest.where(OutboxMessage.destination == name)) or datetime(2000, 1, 1, tzinfo=UTC)
    try:
        updates = destination.updates(since - OVERLAP)
    except DispatchError as error:
        log.warning("dispatch.poll_failed", extra={"destination": name, "error": str(error)})
        return 0
    return sum(_carry_out_in_own_transaction(update, name) for update in updates)


def _carry_out_in_own_transaction(update: Update, destination: str) -> bool:
    with writing() as session:
        return carry_out(session, update, destination)


def carry_out(session: Session, update: Update, destination: str = "default") -> bool:
    """Apply an update of a destination to its work order and report; False if it is not ours or was carried out before. Two
    destinations may give the same number."""
    work_order = session.scalar(
        select(WorkOrder)
        .join(WorkOrder.message)
        .where(WorkOrder.external_id == update.service_request_id, OutboxMessage.destination == destination)
        .with_for_update(of=WorkOrder)
    )
    if not work_order:
        return False
    known = select(DispatchUpdate).where(
        DispatchUpdate.work_order_id == work_order.id, DispatchUpdate.update_id == update.update_id
    )
    if session.scalar(known):
        return False
    session.add(DispatchUpdate(update_id=update.update_id, work_order_id=work_order.id, updated_at=update.updated_at))
    _apply(work_order, update)
    log.info("dispatch.update", extra={"update_id": update.update_id, "status": update.status, "at": utcnow()})
    return True


def _apply(work_order: WorkOrder, update: Update) -> None:
    """What an update means for an order. A late or repeated one finds an order that doesn't admit it, and changes nothing."""
    order_change, report_change = MEANING.get(update.status, (None, None))
    if order_change == "give_back" and work_order.binding:
        if work_order.state not in ENDED:
            refuse_return(work_order, update.description.strip())
    elif order_change and change_work_order(work_order, order_change) and report_change:
        follow = _follow_lead if work_order.role == "lead" else _note_support
        follow(work_order, report_change, update.description.strip())


def _follow_lead(work_order: WorkOrder, name: str, note: str) -> None:
    """The report's life follows its lead's order alone."""
    report = work_order.report
    try:
        if name == "bounce":
            take_back(work_order, note)
        else:
            change(report, name, work_order.department, note=note)
    except NotAllowed as refused:
        # The report went another way meanwhile, such as withdrawn; the work order keeps what the department said.
        log.info("dispatch.update_without_effect", extra={"reason": str(refused)})
        return
    if name == "resolve" and (left := [order.department for order in at_work(report)]):
        record(report, "work_order.unfinished", SYSTEM, f"主办已办结，{'、'.join(left)}的协办还没有完成")


def _note_support(work_order: WorkOrder, name: str, note: str) -> None:
    reason = (note or UNEXPLAINED) if name == "bounce" else None
    record(work_order.report, SUPPORT_EVENTS[name], work_order.department, reason, note=note, role="support")
