"""What staff do with a report in the queue: accept, reject, correct."""

from __future__ import annotations

from sqlalchemy.orm import Session

from feedback.dispatch.outbox import assign
from feedback.errors import NotAllowed, ReasonMissing
from feedback.lifecycle import ENDED, REPORT_STATES, change, record
from feedback.models import Report

CORRECTABLE = ("category", "district", "subdistrict", "address")


def accept(session: Session, report: Report, actor: str) -> None:
    """Accept a report and give it to the department of its category."""
    change(report, "accept", actor)
    assign(report, actor)


def reassign(session: Session, report: Report, actor: str) -> None:
    """Give an accepted report that no department has, such as a returned one, to the department of its category."""
    if report.state != "accepted" or any(order.state not in ENDED for order in report.work_orders):
        raise NotAllowed("派单", REPORT_STATES[report.state])
    assign(report, actor)


def reject(session: Session, report: Report, actor: str, reason: str) -> None:
    """Refuse a report; the resident reads the reason."""
    if not reason.strip():
        raise ReasonMissing
    change(report, "reject", actor, reason.strip())


def correct(session: Session, report: Report, actor: str, values: dict[str, str | None]) -> None:
    """Put category or place right; what was there before stays in the history."""
    before = {name: getattr(report, name) for name in CORRECTABLE}
    changed = {name: value or None for name, value in values.items() if (value or None) != before[name]}
    if not changed:
        return
    for name, value in changed.items():
        setattr(report, name, value)
    record(report, "report.corrected", actor, **{name: [before[name], value] for name, value in changed.items()})
