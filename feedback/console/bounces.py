"""What staff do with a report that no department has, and what its page tells of the departments."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from starlette.requests import Request
from starlette_admin import flash, row_action

from feedback.accounts import COORDINATORS
from feedback.admissibility import inadmissible
from feedback.bounces import RULED_AFTER, adjudicate, needs_ruling, reassign, waits_for_department
from feedback.console.changes import change_with_reason, field_of, reason_field, select_field
from feedback.dispatch.outbox import suggest
from feedback.dispatch.stuck import why_not_there
from feedback.lifecycle import WORK_ORDER_STATES
from feedback.models import Report
from feedback.routing import known_departments
from feedback.work_orders import ROLES, first_responsible, returned_by
from storage import reading, utcnow

ADMITTED = {
    "reassign": lambda report: waits_for_department(report) and not needs_ruling(report),
    "adjudicate": needs_ruling,
}


def _department_form(report: Report, reason: str) -> str:
    """The department that the rules suggest and why, all others to choose from, and a reason."""
    with reading() as session:
        suggested, known = suggest(session, report), known_departments(session, report)
    gave_up = returned_by(report)
    options = [(name, f"{name}（退过单）" if name in gave_up else name) for name in known]
    return (
        f"<form><p>建议：{escape(suggested.lead)}。{escape(suggested.because)}</p>"
        f"{select_field('department', '部门', options, suggested.lead)}{reason}</form>"
    )


def _reassign_form(request: Request, report: Report) -> str:
    return _department_form(report, reason_field("说明（可不填）", required=False))


def _adjudicate_form(request: Request, report: Report) -> str:
    return _department_form(report, reason_field("裁定理由（裁定后部门不能再退单）"))


class BounceActions:
    """Actions on a report that was returned."""

    async def is_row_action_allowed(self, request: Request, name: str) -> bool:
        ruling_is_allowed = name != "adjudicate" or request.state.staff.role in COORDINATORS
        return ruling_is_allowed and await super().is_row_action_allowed(request, name)

    def handling(self, report: Report) -> dict:
        """The departments of a report and what staff should know before they decide, for its page."""
        orders = [
            {
                "department": order.department,
                "role": ROLES[order.role],
                "state": WORK_ORDER_STATES[order.state],
                "binding": order.binding,
                "because": order.because,
                "not_there": why_not_there(order, utcnow()),
            }
            for order in report.work_orders
        ]
        return {"orders": orders, "responsible": first_responsible(report), "hints": list(_hints(report))}

    @row_action(
        name="reassign",
        text="重新派单",
        confirmation="派给哪个部门？",
        submit_btn_text="重新派单",
        icon_class="fa fa-share",
        action_btn_class="btn btn-outline-primary",
        form=_reassign_form,
        exclude_from_list=True,
        modal_size="md",
    )
    async def reassign_action(self, request: Request, pk: Any) -> None:
        await _give_to_chosen(request, pk, reassign)
        flash(request, "正在重新派单。", "success")

    @row_action(
        name="adjudicate",
        text="协调裁定",
        confirmation="裁定由哪个部门办理？",
        submit_btn_text="协调裁定",
        icon_class="fa fa-gavel",
        action_btn_class="btn btn-outline-primary",
        form=_adjudicate_form,
        exclude_from_list=True,
        modal_size="md",
    )
    async def adjudicate_action(self, request: Request, pk: Any) -> None:
        await _give_to_chosen(request, pk, adjudicate)
        flash(request, "已裁定，正在派单。", "success")


async def _give_to_chosen(request: Request, pk: Any, give: Callable) -> None:
    department = await field_of(request, "department")
    await change_with_reason(
        request, pk, lambda session, report, actor, reason: give(session, report, actor, department, reason)
    )


def _hints(report: Report):
    if report.state in ("submitted", "accepted") and (rule := inadmissible(report.text)):
        yield f"可能不属于受理范围：{rule.name}。"
    if needs_ruling(report):
        yield f"已退单 {RULED_AFTER} 次以上，由协调员裁定。"
    if any(event.name == "work_order.return_refused" for event in report.events):
        yield "部门想退回裁定给它的工单，没有同意，请督促办理。"
    if any(event.name == "report.returned" and event.data.get("unexplained") for event in report.events):
        yield "有部门退单没有说明理由。"
