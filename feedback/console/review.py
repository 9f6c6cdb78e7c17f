"""What staff decide on a report: take it or refuse it."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette_admin import flash, row_action

from feedback.admissibility import inadmissible, rules
from feedback.console.changes import change_report, reason_field, select_field
from feedback.models import Report
from feedback.review import accept, reject

ADMITTED = {
    "accept": lambda report: report.state == "submitted",
    "reject": lambda report: report.state in ("submitted", "accepted"),
}


def _reject_form(request: Request, report: Report) -> str:
    """The rules to choose from, the one that the text calls for chosen already, and words of one's own."""
    called_for = inadmissible(report.text)
    options = [("", "其他理由"), *((rule.code, f"{rule.name}：{rule.covers}") for rule in rules().values())]
    return (
        f"<form>{select_field('rule', '依据（市民会看到理由和该去的地方）', options, called_for.code if called_for else '')}"
        f"{reason_field('补充说明（市民会看到；没有依据时必填）', required=False)}</form>"
    )


class ReviewActions:
    """Actions of the queue of reports."""

    @row_action(
        name="accept",
        text="立案派单",
        confirmation="立案并按规则派给承办部门？",
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
        form=_reject_form,
        modal_size="md",
    )
    async def reject_action(self, request: Request, pk: Any) -> None:
        form = await request.form()
        reason, rule = (str(form.get(name) or "") for name in ("reason", "rule"))
        await change_report(request, pk, lambda *changed: reject(*changed, reason, rule))
        flash(request, "已答复市民不予受理。", "success")
