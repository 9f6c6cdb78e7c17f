"""What staff do about privacy: look a contact up, say why, and keep a report from the public."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette_admin import flash, row_action

from feedback.console.changes import change_with_reason, reason_form
from feedback.privacy.reveal import reveal_contact
from feedback.publication import block_publication, unblock_publication

ADMITTED = {
    "reveal": lambda report: report.contact is not None,
    "block": lambda report: report.publishable and report.publication_blocked is None,
    "unblock": lambda report: report.publication_blocked is not None,
}


class PrivacyActions:
    """Actions of the queue of reports."""

    @row_action(
        name="reveal",
        text="查看联系方式",
        confirmation="查看市民的联系方式？谁在什么时候、为什么看过，会记录下来。",
        submit_btn_text="查看",
        icon_class="fa fa-eye",
        action_btn_class="btn btn-outline-secondary",
        form=reason_form("理由（市民可以查到）"),
    )
    async def reveal_action(self, request: Request, pk: Any) -> None:
        role = request.state.staff.role
        contact = await change_with_reason(
            request, pk, lambda session, report, actor, reason: reveal_contact(session, report, actor, role, reason)
        )
        flash(request, f"联系方式：{contact}", "info")

    @row_action(
        name="block",
        text="不公开",
        confirmation="不让公众看到这件诉求？",
        submit_btn_text="不公开",
        icon_class="fa fa-eye-slash",
        action_btn_class="btn btn-outline-secondary",
        form=reason_form("理由"),
    )
    async def block_action(self, request: Request, pk: Any) -> None:
        await change_with_reason(request, pk, block_publication)
        flash(request, "这件诉求不再公开。", "success")

    @row_action(
        name="unblock",
        text="取消不公开",
        confirmation="市民同意的话，公众又能看到这件诉求。",
        submit_btn_text="取消不公开",
        icon_class="fa fa-eye",
        action_btn_class="btn btn-outline-secondary",
        form=reason_form("理由"),
    )
    async def unblock_action(self, request: Request, pk: Any) -> None:
        await change_with_reason(request, pk, unblock_publication)
        flash(request, "是否公开又由市民决定。", "success")
