"""Mergers on a report's page: what it could be merged into, what it was merged into, and undoing that."""

from __future__ import annotations

from html import escape
from typing import Any

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette_admin import flash, row_action

from feedback.console.changes import change_report, reason_form
from feedback.draft import describe_place
from feedback.intake import find_report
from feedback.lifecycle import MERGED, OPEN, REPORT_STATES, lead
from feedback.merging import merge, part, suggestions
from feedback.models import Report
from feedback.report_number import display
from storage import reading

ADMITTED = {
    "merge": lambda report: report.state in OPEN,
    "part": lambda report: report.state == MERGED,
}


async def _merge_form(request: Request, report: Report) -> str:
    """The suggested reports to choose from, or a number to write."""
    choices = "".join(_choice(found) for found in await run_in_threadpool(suggested, report))
    return (
        f"<form>{choices}"
        '<label class="form-label mt-2" for="number">或者写编号</label>'
        '<input class="form-control" id="number" name="number" autocomplete="off" placeholder="20261124-ABCD-EFGHJ">'
        '<label class="form-label mt-2" for="reason">理由</label>'
        '<input class="form-control" id="reason" name="reason" required value="同一件事"></form>'
    )


def _choice(found: dict) -> str:
    return (
        '<label class="form-check"><input class="form-check-input" type="radio" name="choice" '
        f'value="{found["number"]}"><span class="form-check-label">{found["number"]} {found["state"]}'
        f'<br><span class="text-secondary">{found["because"]}</span><br>{escape(found["text"])}</span></label>'
    )


def suggested(report: Report) -> list[dict]:
    """What a report could be merged into, how likely and why; nothing for one that is no longer dealt with."""
    if report.state not in OPEN:
        return []
    with reading() as session:
        found = suggestions(session, session.get_one(Report, report.id))
        return [_shown(similar.report) | {"because": f"{similar.score:.0%}：{similar.because}"} for similar in found]


def _shown(report: Report) -> dict:
    return {
        "id": report.id,
        "number": display(report.number),
        "state": REPORT_STATES[report.state],
        "place": describe_place(report.district, report.subdistrict, report.address),
        "text": report.text if len(report.text) <= 60 else f"{report.text[:59]}…",
    }


class MergingActions:
    """Actions and facts of mergers on the pages of reports."""

    def merger(self, report: Report) -> dict[str, Any]:
        """The lead of a report, what was merged into it, and what it could be merged into."""
        return {
            "lead": _shown(lead(report)) if report.merged_into else None,
            "merged": [_shown(merged) for merged in report.merged],
            "suggested": suggested(report),
        }

    @row_action(
        name="merge",
        text="并案",
        confirmation="并入哪一件？两边的市民都会听到那一件的进展和结果。",
        submit_btn_text="并案",
        icon_class="fa fa-code-merge",
        action_btn_class="btn btn-outline-primary",
        form=_merge_form,
    )
    async def merge_action(self, request: Request, pk: Any) -> None:
        form = await request.form()
        number = str(form.get("number") or form.get("choice") or "")
        reason = str(form.get("reason") or "")

        def into_chosen(session: Session, report: Report, actor: str) -> None:
            merge(session, report, find_report(session, number), actor, reason)

        await change_report(request, pk, into_chosen)
        flash(request, "已并案。", "success")

    @row_action(
        name="part",
        text="取消并案",
        confirmation="取消并案，重新单独办理？",
        submit_btn_text="取消并案",
        icon_class="fa fa-code-branch",
        action_btn_class="btn btn-outline-danger",
        form=reason_form("理由"),
    )
    async def part_action(self, request: Request, pk: Any) -> None:
        reason = str((await request.form()).get("reason") or "")
        await change_report(request, pk, lambda session, report, actor: part(session, report, actor, reason))
        flash(request, "已取消并案，请重新处理。", "success")
