"""What staff decide on a report: take it, refuse it, give it to a department again."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette_admin import flash, row_action

from feedback.console.changes import change_report, reason_form
from feedback.review import accept, reassign, reject

ADMITTED = {
    "accept": lambda report: report.state == "submitted",
    "reject": lambda report: report.state in ("submitted", "accepted"),
    "reassign": lambda report: report.state == "accepted",
}


class ReviewActions:
    """Actions of the queue of reports."""

    @row_action(
        name="accept",
        text="立案派单",
        confirmation="立案并派给类别对应的部门？",
        submit_btn_text="立案派单",
        icon_class="fa fa-check",
        action_btn_class="btn btn-success",
    )
    async def accept_action(self, request: Request, pk: Any) -> None:
        await change_report(request, pk, accept)
        flash(request, "已立案，正在派单。", "success")

    @row_action(
        name="reject",
        text="不予受理",
        confirmation="不予受理这件诉求？",
        submit_btn_text="不予受理",
        icon_class="fa fa-ban",
        action_btn_class="btn btn-outline-danger",
        form=reason_form("理由（市民会看到）"),
    )
    async def reject_action(self, request: Request, pk: Any) -> None:
        reason = str((await request.form()).get("reason") or "")
        await change_report(request, pk, lambda session, report, actor: reject(session, report, actor, reason))
        flash(request, "已答复市民不予受理。", "success")

    @row_action(
        name="reassign",
        text="重新派单",
        confirmation="按现在的类别重新派单？",
        submit_btn_text="重新派单",
        icon_class="fa fa-share",
        action_btn_class="btn btn-outline-primary",
    )
    async def reassign_action(self, request: Request, pk: Any) -> None:
        await change_report(request, pk, reassign)
        flash(request, "正在重新派单。", "success")
