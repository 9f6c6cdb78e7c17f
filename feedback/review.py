"""What staff do with a report in the queue: accept, reject, correct."""

from __future__ import annotations

from sqlalchemy.orm import Session

from feedback.admissibility import rule_of
from feedback.dispatch.outbox import assign
from feedback.errors import ReasonMissing
from feedback.lifecycle import change, change_work_order, record
from feedback.models import Report
from feedback.work_orders import at_work, has_lead

CORRECTABLE = ("category", "district", "subdistrict", "address")


def accept(session: Session, report: Report, actor: str) -> None:
    """Accept a report and give it to its department, unless one has it already: urgent ones don't wait for acceptance."""
    change(report, "accept", actor)
    if not has_lead(report):
        assign(report, actor)


def reject(session: Session, report: Report, actor: str, reason: str, rule: str = "") -> None:
    """Refuse a report, by a rule of what can't be taken or for another reason; the resident reads the words of both.

    Raises:
        ReasonMissing: neither is given.
        UnknownChoice: there is no such rule.
        NotAllowed: a department has it, or it has ended.
    """
    words = "".join(filter(None, (rule and rule_of(rule).words, reason.strip())))
    if not words:
        raise ReasonMissing
    change(report, "reject", actor, words, **({"rule": rule} if rule else {}))
    for order in at_work(report):  # an urgent one may be on its way already
        change_work_order(order, "cancel")


def correct(session: Session, report: Report, actor: str, values: dict[str, str | None]) -> None:
    """Put category or place right; what was there before stays in the history."""
    before = {name: getattr(report, name) for name in CORRECTABLE}
    changed = {name: value or None for name, value in values.items() if (value or None) != before[name]}
    if not changed:
        return
    for name, value in changed.items():
        setattr(report, name, value)
    record(report, "report.corrected", actor, **{name: [before[name], value] for name, value in changed.items()})
