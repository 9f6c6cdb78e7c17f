"""What staff answer themselves, without a department: questions, and suggestions with what becomes of them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from feedback.errors import NotAnswerable, OutcomeMissing, WordsMissing
from feedback.lifecycle import change, change_work_order
from feedback.models import Report

ANSWERED = ("consultation", "suggestion")
"""Kinds that want an answer rather than a deed."""
OUTCOMES = {"adopted": "采纳", "kept": "留作参考", "declined": "未采纳"}


def answer(session: Session, report: Report, actor: str, words: str, outcome: str | None = None) -> None:
    """Answer a question or a suggestion; the resident reads the words. A suggestion needs an outcome, and a reason in words
    unless it is adopted; a question has no outcome. A work order that hasn't gone out yet is taken back.

    Raises:
        NotAnswerable: the report is of another kind.
        OutcomeMissing: a suggestion without one of `OUTCOMES`.
        WordsMissing: nothing that the resident could read.
        NotAllowed: the report's state doesn't admit it.
    """
    if report.kind not in ANSWERED:
        raise NotAnswerable
    outcome = outcome if report.kind == "suggestion" else None
    if report.kind == "suggestion" and outcome not in OUTCOMES:
        raise OutcomeMissing
    if not words.strip() and outcome != "adopted":
        raise WordsMissing("答复，市民会看到")
    change(report, "answer", actor, note=words.strip(), how=outcome)
    report.outcome = outcome
    for work_order in report.work_orders:
        change_work_order(work_order, "cancel")
