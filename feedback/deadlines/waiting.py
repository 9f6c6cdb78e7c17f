"""Asking the resident for something: the deadlines stand still until they answer."""

from __future__ import annotations

from sqlalchemy.orm import Session

from feedback.deadlines.stages import ASKED
from feedback.errors import NotAllowed, ReasonMissing
from feedback.lifecycle import OPEN, REPORT_STATES, record
from feedback.models import Report

WAITING = "等待市民补充"


def pause(session: Session, report: Report, actor: str, reason: str) -> None:
    """Ask the resident what is missing, in words that they read; whatever they add lets the deadlines go on.

    Raises:
        NotAllowed: the report is not being dealt with, or the resident is being asked already.
        ReasonMissing: nothing is asked.
    """
    if report.state not in OPEN or report.waiting_since:
        raise NotAllowed("请市民补充", WAITING if report.waiting_since else REPORT_STATES[report.state])
    if not reason.strip():
        raise ReasonMissing
    record(report, ASKED, actor, reason.strip())


def resume(session: Session, report: Report, actor: str) -> None:
    """Let the deadlines go on without an answer.

    Raises:
        NotAllowed: the resident is not being asked.
    """
    if not report.waiting_since:
        raise NotAllowed("继续计时", REPORT_STATES[report.state])
    record(report, "report.resumed", actor)
