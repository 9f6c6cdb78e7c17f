"""Returned work orders (退单): to whom the report goes next, and who rules when it was returned twice."""

from __future__ import annotations

from sqlalchemy.orm import Session

from feedback.dispatch.outbox import assign, suggest
from feedback.errors import NeedsCoordinator, NotAllowed, ReasonMissing, UnknownChoice
from feedback.lifecycle import REPORT_STATES, change, record
from feedback.models import Report, WorkOrder
from feedback.routing import Route, known_departments
from feedback.work_orders import has_lead

RULED_AFTER = 2
"""After so many returns a coordinator rules, and the ruling binds."""
UNEXPLAINED = "未说明理由"


def waits_for_department(report: Report) -> bool:
    """Whether the report is accepted and no department has it."""
    return report.state == "accepted" and not has_lead(report)


def needs_ruling(report: Report) -> bool:
    return waits_for_department(report) and report.bounces >= RULED_AFTER


def reassign(session: Session, report: Report, actor: str, department: str = "", reason: str = "") -> None:
    """Give a report that no department has to the one that the rules suggest, or to another one.

    Raises:
        NotAllowed: a department has it, or it is not accepted.
        NeedsCoordinator: it was returned twice.
        UnknownChoice: no such department.
    """
    if not waits_for_department(report):
        raise NotAllowed("派单", REPORT_STATES[report.state])
    if needs_ruling(report):
        raise NeedsCoordinator("这件诉求已经退单两次")
    assign(report, actor, reason or None, to=_route_to(session, report, department, actor))


def adjudicate(session: Session, report: Report, actor: str, department: str, reason: str) -> None:
    """A coordinator rules who deals with a report that was returned twice (协调裁定); the department can't return it.

    Raises:
        NotAllowed: it was not returned twice, or a department has it.
        ReasonMissing: a ruling says why.
        UnknownChoice: no such department.
    """
    if not needs_ruling(report):
        raise NotAllowed("裁定", REPORT_STATES[report.state])
    if not reason.strip():
        raise ReasonMissing
    to = _route_to(session, report, department, actor)
    record(report, "report.ruled", actor, reason.strip(), department=to.lead)
    assign(report, actor, to=to, binding=True)


def take_back(order: WorkOrder, reason: str) -> None:
    """A lead department has returned its order: the report waits for staff again. The order has ended already.

    Raises:
        NotAllowed: the report went another way meanwhile.
    """
    explained = {} if reason else {"unexplained": True}
    told = {"department": order.department, "work_order": order.id}
    change(order.report, "bounce", order.department, reason or UNEXPLAINED, **told, **explained)


def refuse_return(order: WorkOrder, reason: str) -> None:
    """A department tries to return what a ruling gave to it: it keeps it, under supervision. Trying again adds nothing."""
    report = order.report
    refused = (event.data.get("work_order") for event in report.events if event.name == "work_order.return_refused")
    if order.id in refused:
        return
    report.supervised = True
    told = {"department": order.department, "work_order": order.id}
    record(report, "work_order.return_refused", order.department, reason or UNEXPLAINED, **told)


def _route_to(session: Session, report: Report, department: str, actor: str) -> Route:
    """The suggested route if the department leads there or none is named; else one to that department alone."""
    suggested = suggest(session, report)
    if department in ("", suggested.lead):
        return suggested
    if department not in known_departments(session, report):
        raise UnknownChoice("部门", department)
    return Route(department, (), suggested.level, f"因为：{actor}指定")
