"""The outbox: what is to be delivered, written in the transaction of the change that it tells of."""

from __future__ import annotations

import secrets

from sqlalchemy.orm import Session, object_session

from feedback.dispatch.destinations.config import choose
from feedback.dispatch.destinations.destination import REFERENCE
from feedback.draft import describe_place
from feedback.lifecycle import change_work_order, record
from feedback.models import LEVELS, OutboxMessage, Report, WorkOrder
from feedback.routing import Route, route
from feedback.work_orders import ROLES, at_work, leads, returned_by
from nlu.categories import category


def assign(
    report: Report, actor: str, reason: str | None = None, to: Route | None = None, binding: bool = False
) -> WorkOrder:
    """Give a report to a lead department and its supporters: where a route says, else to the one that did it before, else
    where the rules lead. It counts as dispatched once the dispatch system has taken the lead's order.

    Returns:
        The lead's order; a `binding` one can't be returned.
    """
    session = object_session(report)
    before = _done_before(report)
    if before and not to:
        to, binding = _again(report, before), before.binding
    to = to or suggest(session, report)
    report.level = _level(report, to.level)
    busy = {order.department: order for order in at_work(report)}  # supporters of a lead that gave up
    if to.lead in busy:
        change_work_order(busy[to.lead], "cancel")
    wanted = [("lead", to.lead), *(("support", name) for name in to.supporters if name not in busy)]
    orders = [
        WorkOrder(department=name, role=role, because=to.because, binding=binding and role == "lead", state="sent")
        for role, name in wanted
    ]
    for order in orders:
        _write_down(report, order, actor, reason)
    session.flush()
    session.add_all(map(message_of, orders))
    return orders[0]


def suggest(session: Session, report: Report) -> Route:
    """Where the rules lead, past the departments that have returned it."""
    return route(session, report, without=returned_by(report))


def _done_before(report: Report) -> WorkOrder | None:
    """The last lead's order of a report that was done and is opened again."""
    last = next(reversed(leads(report)), None)
    return last if last and last.state == "done" else None


def _again(report: Report, before: WorkOrder) -> Route:
    return Route(before.department, (), report.level, "因为：上次由它办结，现在重新办理")


def _level(report: Report, level: str) -> str:
    """The first route says who watches over a report; what comes later, or is supervised, never goes down again."""
    if not report.work_orders and not report.supervised:
        return level
    return max(report.level, level, key=list(LEVELS).index)


def _write_down(report: Report, order: WorkOrder, actor: str, reason: str | None) -> None:
    report.work_orders.append(order)
    told = f"{ROLES[order.role]}：{order.department}。{order.because}"
    words = f"{reason}；{told}" if reason else told
    record(report, "work_order.created", actor, words, department=order.department, role=order.role)


def message_of(order: WorkOrder) -> OutboxMessage:
    """What carries an order to its department."""
    return OutboxMessage(
        work_order=order, destination=choose(order), idempotency_key=new_key(), payload=request_of(order)
    )


def new_key() -> str:
    return secrets.token_hex(16)


def request_of(order: WorkOrder) -> dict[str, str]:
    """The order as the form fields of an Open311 `POST requests`; nothing that tells who reported it, since it is kept as it is
    (`delivery.py` adds what the department may know at the moment of sending). The reference names this very order: a
    department can get one report twice."""
    report = order.report
    place = describe_place(report.district, report.subdistrict, report.address)
    return {
        "service_code": report.category,
        "description": report.text[:4000],
        "address_string": place or "地点不详",
        REFERENCE: f"{report.number}-{order.id}",
        "attribute[service_name]": category(report.category).name,
        "attribute[urgent]": str(report.urgent).lower(),
        "attribute[department]": order.department,
        "attribute[role]": order.role,
    }
