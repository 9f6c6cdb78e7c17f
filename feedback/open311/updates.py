"""mySociety's `servicerequestupdates`: what happened to requests, one change after another, for others to fetch; and what
departments' systems tell us in the same words."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from feedback.dispatch.destinations import Update, destinations
from feedback.dispatch.updates import MEANING, carry_out, order_of
from feedback.models import Report, ReportEvent
from feedback.open311.errors import Refused
from feedback.open311.models import ApiKey
from feedback.open311.parameters import NewUpdate, UpdatesWanted
from feedback.open311.requests import MINUTE, TOLD, seen, state_of, to_the_minute, words_of, written

FAST = timedelta(minutes=5)
"""So far another system's clock may be ahead of ours."""


def changes(session: Session, wanted: UpdatesWanted, caller: ApiKey | None, now: datetime) -> list[dict]:
    """A page of what happened, oldest first, so that a reader goes on where they stopped."""
    start, end = wanted.span(now)
    happened = (
        select(ReportEvent)
        .join(ReportEvent.report)
        .options(contains_eager(ReportEvent.report))
        .where(seen(caller), ReportEvent.name.in_(TOLD))
        .where(ReportEvent.created_at >= to_the_minute(start), ReportEvent.created_at < to_the_minute(end) + MINUTE)
    )
    if wanted.service_request_id:
        happened = happened.where(Report.public_id.in_(wanted.service_request_id))
    in_order = happened.order_by(ReportEvent.created_at, ReportEvent.id)
    return [_update(event) for event in session.scalars(in_order.offset(wanted.skipped).limit(wanted.page_size))]


def _update(event: ReportEvent) -> dict:
    return {
        "update_id": str(event.id),
        "service_request_id": event.report.public_id,
        "status": state_of(event).upper(),
        "updated_datetime": written(event.created_at),
        "description": words_of(event),
        "media_url": None,
    }


def take(session: Session, new: NewUpdate, caller: ApiKey, now: datetime) -> list[dict]:
    """Carry out what a department tells of a work order that its system knows by `service_request_id`; a repeat changes nothing.

    Raises:
        Refused: 403 for a key of no destination, 404 for an order that is not with it, 400 for anything that can't be.
    """
    status = new.status.lower()
    if faults := list(_faults(new, status, now)):
        raise Refused(400, *faults)
    update = Update(new.update_id, new.service_request_id, status, new.updated_datetime, new.description)
    destination = _destination_of(caller)
    if not order_of(session, update, destination):
        raise Refused(404, "没有这张工单：service_request_id 要是派单系统给工单的编号。")
    carry_out(session, update, destination)
    return [{"update_id": new.update_id}]


def _destination_of(caller: ApiKey) -> str:
    """A key speaks for the destination of its name; where there is only one, for that."""
    names = [*destinations()]
    if caller.name in names:
        return caller.name
    if len(names) > 1:
        raise Refused(403, "密钥的名称要和派单去处的名称一样，才能传回它的进展。")
    return names[0]


def _faults(new: NewUpdate, status: str, now: datetime):
    if status not in (*MEANING, "open"):
        yield f"status 只能是 open、{'、'.join(MEANING)}。"
    if MEANING.get(status, ("",))[0] == "give_back" and not new.description:
        yield "description 必填：退单要写明理由。"
    if new.updated_datetime > now + FAST:
        yield "updated_datetime 在将来。"
