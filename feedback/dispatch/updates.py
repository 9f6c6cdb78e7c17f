"""Carries out what departments report back: each update once, whatever its order or number of repeats."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.bounces import UNEXPLAINED, refuse_return, take_back
from feedback.dispatch import photos
from feedback.dispatch.delivery import SYSTEM
from feedback.dispatch.destinations.config import DEFAULT
from feedback.dispatch.destinations.destination import REFERENCE, Destination, Update
from feedback.dispatch.errors import DispatchError
from feedback.errors import NotAllowed
from feedback.lifecycle import ENDED, change, change_work_order, record
from feedback.models import DispatchUpdate, OutboxMessage, WorkOrder
from feedback.work_orders import at_work
from storage import reading, utcnow, writing

log = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=10)
"""Updates are asked for again this far back: clocks differ, and an update may become visible late."""

# The status words of Open311, of mySociety's extension and of the file of destinations, which translates what is said
# elsewhere; and what each means for a work order and its report.
MEANING = {
    "investigating": ("receive", None),
    "received": ("receive", None),
    "action_scheduled": ("receive", None),
    "in_progress": ("start", "start"),
    "fixed": ("finish", "resolve"),
    "done": ("finish", "resolve"),
    "closed": ("finish", "resolve"),
    "no_further_action": ("finish", "resolve"),
    "not_responsible": ("give_back", "bounce"),
    "returned": ("give_back", "bounce"),
    "not_councils_responsibility": ("give_back", "bounce"),
}
NOTHING_NEW = ("", "open")
"""Words for an order that nobody has begun with."""
SUPPORT_EVENTS = {"start": "work_order.started", "resolve": "work_order.finished", "bounce": "work_order.returned"}
"""What a supporter's step is called in the history; it changes nothing in the report."""


def poll(destinations: Mapping[str, Destination]) -> int:
    """Fetch and carry out new updates; returns how many were new. An unreachable destination is logged, not raised, and keeps
    none of the others back."""
    return sum(map(_poll, destinations.values()))


def _poll(destination: Destination) -> int:
    with reading() as session:
        since = _latest(session, destination.name)
    if not since:
        return 0
    try:
        return fetch(destination, since - OVERLAP)
    except DispatchError as error:
        log.warning("dispatch.poll_failed", extra={"destination": destination.name, "error": str(error)})
        return 0


def fetch(destination: Destination, since: datetime) -> int:
    """Carry out what a destination tells from a moment on; returns how many updates were new.

    Raises:
        DispatchError: it did not answer.
    """
    return sum(carry_out_alone(update, destination.name) for update in destination.updates(since))


def _latest(session: Session, destination: str) -> datetime | None:
    """From when on updates are of interest: the last that is known, else the first order; None while there was none."""
    known = select(func.max(DispatchUpdate.updated_at)).where(DispatchUpdate.destination == destination)
    ordered = select(func.min(WorkOrder.created_at)).join(WorkOrder.message)
    return session.scalar(known) or session.scalar(ordered.where(OutboxMessage.destination == destination))


def carry_out_alone(update: Update, destination: str) -> bool:
    """`carry_out` in a transaction of its own."""
    with writing() as session:
        return carry_out(session, update, destination)


def carry_out(session: Session, update: Update, destination: str = DEFAULT) -> bool:
    """Apply an update to its work order and report; False if it is not ours or was carried out before."""
    work_order = order_of(session, update, destination)
    if not work_order:
        return False
    session.refresh(work_order, with_for_update=True)  # one update after another
    known = select(DispatchUpdate).where(
        DispatchUpdate.work_order_id == work_order.id, DispatchUpdate.update_id == update.update_id
    )
    if session.scalar(known):
        return False
    session.add(
        DispatchUpdate(
            destination=destination,
            update_id=update.update_id,
            work_order_id=work_order.id,
            updated_at=update.updated_at,
        )
    )
    _apply(work_order, update)
    told = {"destination": destination, "update_id": update.update_id, "status": update.status}
    log.info("dispatch.update", extra=told | {"at": utcnow()})
    return True


def order_of(session: Session, update: Update, destination: str) -> WorkOrder | None:
    """The order that an update tells of: by the destination's number, else by our reference."""
    there = select(WorkOrder).join(WorkOrder.message).where(OutboxMessage.destination == destination)
    if update.service_request_id:
        found = session.scalar(there.where(WorkOrder.external_id == update.service_request_id).limit(1))
        if found:
            return found
    number = update.reference.rpartition("-")[2]
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    order = session.scalar(there.where(WorkOrder.id == int(number)))
    return order if order and order.message.payload[REFERENCE] == update.reference else None


def _apply(work_order: WorkOrder, update: Update) -> None:
    """What an update means for an order; one that has ended is changed by nothing any more."""
    if work_order.state in ENDED:
        return
    note = update.description.strip()
    order_change, report_change = MEANING.get(update.status, (None, None))
    if order_change is None and update.status not in NOTHING_NEW:
        log.warning("dispatch.status_unknown", extra={"work_order_id": work_order.id, "status": update.status})
    if order_change == "give_back" and work_order.binding:
        refuse_return(work_order, note)
    elif order_change and change_work_order(work_order, order_change) and report_change:
        follow = _follow_lead if work_order.role == "lead" else _note_support
        follow(work_order, report_change, note)
    elif note:
        _note_progress(work_order, note)
    if update.photos:
        photos.expect(work_order, update.photos)


def _note_progress(work_order: WorkOrder, note: str) -> None:
    """A note that comes without a step, once: the resident hears it of the lead."""
    report = work_order.report
    if any(event.data.get("note") == note for event in report.events):
        return
    told = work_order.role == "lead" and report.state in ("dispatched", "in_progress")
    record(report, "report.progressed" if told else "work_order.noted", work_order.department, note=note)


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
