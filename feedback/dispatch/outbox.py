"""The outbox: what is to be delivered, written in the transaction of the change that it tells of."""

from __future__ import annotations

import secrets

from sqlalchemy.orm import object_session

from feedback.lifecycle import record
from feedback.models import OutboxMessage, Report, WorkOrder
from feedback.routing import lead_department
from nlu.categories import category


def assign(report: Report, actor: str, reason: str | None = None) -> WorkOrder:
    """Give a report to its lead department. It counts as dispatched once the dispatch system has taken it."""
    work_order = WorkOrder(department=lead_department(report), state="sent")
    report.work_orders.append(work_order)
    record(report, "work_order.created", actor, reason, department=work_order.department)
    session = object_session(report)
    session.flush()
    message = OutboxMessage(
        work_order_id=work_order.id, idempotency_key=secrets.token_hex(16), payload=_request(report)
    )
    session.add(message)
    return work_order


def _request(report: Report) -> dict:
    """The report as the form fields of an Open311 `POST requests`; nothing that tells who reported it, since it is kept as it is
    (`delivery.py` adds what the department may know at the moment of sending)."""
    place = " ".join(filter(None, (report.district, report.subdistrict, report.address)))
    return {
        "service_code": report.category,
        "description": report.text[:4000],
        "address_string": place or "地点不详",
        "attribute[external_id]": report.number,
        "attribute[service_name]": category(report.category).name,
        "attribute[urgent]": str(report.urgent).lower(),
    }
