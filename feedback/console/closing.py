"""How staff end a report: answer a question or a suggestion, ask an unsatisfied resident back, have it dealt with again."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette_admin import flash, row_action

from feedback.answers import ANSWERED, OUTCOMES, answer
from feedback.closing import DONE, mark_reviewed, take_up_again
from feedback.console.changes import change_report, change_with_reason, field_of, reason_form

ADMITTED = {
    "answer": lambda report: report.kind in ANSWERED and report.state in ("submitted", "accepted"),
    "mark_reviewed": lambda report: report.needs_review,
    "take_up_again": lambda report: report.state in DONE and report.resolved_at is not None,
}
_OUTCOMES = "".join(f'<option value="{code}">{words}</option>' for code, words in OUTCOMES.items())
ANSWER_FORM = f"""<form><label class="form-label" for="outcome">结果（只用于建议）</label>
<select class="form-select mb-2" id="outcome" name="outcome"><option value=""></option>{_OUTCOMES}</select>
<label class="form-label" for="reason">答复（市民会看到；留作参考和未采纳要写原因）</label>
<textarea class="form-control" id="reason" name="reason" rows="4"></textarea></form>"""


class ClosingActions:
    """Actions of the end of a report."""

    @row_action(
        name="answer",
        text="答复",
        confirmation="直接答复市民？",
        submit_btn_text="答复",
        icon_class="fa fa-comment",
        action_btn_class="btn btn-success",
        form=ANSWER_FORM,
    )
    async def answer_action(self, request: Request, pk: Any) -> None:
        words, outcome = await field_of(request, "reason"), await field_of(request, "outcome") or None
        await change_report(request, pk, lambda session, report, actor: answer(session, report, actor, words, outcome))
        flash(request, "已答复市民。", "success")

    @row_action(
        name="mark_reviewed",
        text="已回访",
        confirmation="市民不满意，您已经回访？",
        submit_btn_text="已回访",
        icon_class="fa fa-phone",
        action_btn_class="btn btn-outline-primary",
        form=reason_form("回访情况（只有工作人员看到）"),
    )
    async def mark_reviewed_action(self, request: Request, pk: Any) -> None:
        await change_with_reason(request, pk, mark_reviewed)
        flash(request, "已记下回访情况。", "success")

    @row_action(
        name="take_up_again",
        text="重新办理",
        confirmation="重新办理这件诉求？",
        submit_btn_text="重新办理",
        icon_class="fa fa-undo",
        action_btn_class="btn btn-outline-primary",
        form=reason_form("为什么要重新办理"),
    )
    async def take_up_again_action(self, request: Request, pk: Any) -> None:
        await change_with_reason(request, pk, take_up_again)
        flash(request, "已重新办理。", "success")
