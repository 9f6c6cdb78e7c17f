"""并案: one matter told twice goes on as one report, and staff can undo it.

Nothing is moved by a merger but the pointer to the lead: who joined a report and what was merged into it before stay where
they are, so that undoing brings them back. Who hears of a lead is found by going down the tree (`lifecycle.family`).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.errors import CannotMerge, ReasonMissing
from feedback.lifecycle import (
    ENDED,
    MERGED,
    OPEN,
    REPORT_STATES,
    SYSTEM,
    cancel_work_orders,
    change,
    family,
    lead,
    record,
)
from feedback.models import SELF_HARM, Report
from feedback.report_number import display
from feedback.similar import Similar, count_endorsed, similar_reports

STEPS = {"submitted": (), "accepted": ("accept",), "dispatched": ("dispatch",), "in_progress": ("dispatch", "start")}
"""From where staff decide to the state that a withdrawn lead had."""
SUGGESTED = 5


def merge(session: Session, report: Report, into: Report, actor: str, reason: str) -> None:
    """Let a report go on as part of another, or of that one's lead; departments that had it are told to stop.

    Raises:
        CannotMerge: it is the same one, would go in a circle, or the two don't go together.
        NotAllowed: the report is merged already, or done.
        ReasonMissing: no reason is given.
    """
    into = lead(into)
    _check(report, into, reason)
    _lock(session, report, into)
    event = change(report, "merge", actor, reason.strip(), into=into.number)
    report.merged_into = into
    cancel_work_orders(report)
    _tell_lead(into, "report.joined", actor, reason.strip(), report, at=event.created_at)
    count_endorsed(session, into)


def part(session: Session, report: Report, actor: str, reason: str) -> None:
    """Undo a merger: the report is decided on anew, with those that were merged into it before.

    Raises:
        NotAllowed: the report is not merged.
        ReasonMissing: no reason is given.
    """
    if not reason.strip():
        raise ReasonMissing
    former = report.merged_into
    if former:
        _lock(session, report, former)
    event = change(report, "part", actor, reason.strip())
    report.merged_into = None
    _tell_lead(former, "report.left", actor, reason.strip(), report, at=event.created_at)
    for alone in (report, former):
        count_endorsed(session, alone)


def pass_lead(session: Session, report: Report, state: str) -> None:
    """Let the oldest report that was merged into a withdrawn one go on in its place, in the state that it had: a department that
    is at work stays so. Those who joined the withdrawn one hear of the other."""
    heirs = [below for below in family(report) if below.state == MERGED]
    if report.merged_into or not heirs:
        return
    heir = min(heirs, key=lambda merged: merged.id)
    heir.merged_into = None
    session.flush()  # the two change places, which can't be written at once
    report.merged_into = heir
    reason = f"{display(report.number)} 已由市民撤回"
    steps = [change(heir, "part", SYSTEM, reason)]
    if heir.state != state:
        steps += [change(heir, name, SYSTEM, reason) for name in STEPS[state]]
    for event in steps:  # for its owner nothing changes: they heard of these steps as of the lead's
        event.notified_at = event.created_at
    for work_order in [order for order in report.work_orders if order.state not in ENDED]:
        work_order.report = heir


def suggestions(session: Session, report: Report) -> list[Similar]:
    """Reports that one could be merged into, the likeliest first."""
    found = similar_reports(
        session,
        report.category,
        report.district,
        report.address,
        report.latitude,
        report.longitude,
        report.text,
        most=SUGGESTED + 1,
    )
    return [similar for similar in found if similar.report is not lead(report)][:SUGGESTED]


def _check(report: Report, into: Report, reason: str) -> None:
    if not reason.strip():
        raise ReasonMissing
    if into is report:
        raise CannotMerge("不能并入自己，也不能并入已经并进来的诉求。")
    if into.state not in OPEN:
        raise CannotMerge(f"{display(into.number)} 目前是「{REPORT_STATES[into.state]}」，不能再并入。")
    if report.urgent and not into.urgent:
        raise CannotMerge("紧急诉求不能并入不紧急的，请反过来并。")
    if SELF_HARM in (report.category, into.category):
        raise CannotMerge("涉及生命的求助要单独处理，不能并案。")


def _lock(session: Session, *reports: Report) -> None:
    """Take the rows in one order, so that two mergers across each other wait instead of blocking each other; whoever comes
    second then fails by the version."""
    ids = [report.id for report in reports]
    session.execute(select(Report.id).where(Report.id.in_(ids)).order_by(Report.id).with_for_update())


def _tell_lead(leading: Report, name: str, actor: str, reason: str, report: Report, at: datetime) -> None:
    """Write a merger down on the lead too; its version goes up, so that nobody ends it at the same time unseen."""
    record(leading, name, actor, reason, other=report.number)
    leading.updated_at = at
