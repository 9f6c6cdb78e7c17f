"""Which staff may see who reported something, and the record of who looked.

A clerk sees the contact of those who gave their name (实名) to the matter. A contact given in confidence (保密), and
everything of who makes a tip-off (举报), the conversation included, is for coordinators and administrators alone.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from feedback.errors import ContactMissing, ReasonMissing, RevealRefused
from feedback.lifecycle import record
from feedback.models import Report

SENIOR = ("coordinator", "admin")
REVEALED = "contact.revealed"


def may_see_contact(report: Report, role: str) -> bool:
    """Whether staff of a role may look the contact up."""
    return role in SENIOR or (report.kind != "tipoff" and report.identity != "confidential")


def may_read_conversation(report: Report, role: str) -> bool:
    """Whether staff of a role may read what was said: the words of somebody who makes a tip-off tell who they are."""
    return role in SENIOR or report.kind != "tipoff"


def reveal_contact(session: Session, report: Report, actor: str, role: str, reason: str) -> str:
    """The contact, for staff who say why they need it; that they looked stays in the history, which the resident may ask for.

    Raises:
        ReasonMissing, RevealRefused: no reason was told; the role may not.
        ContactMissing: none is kept.
    """
    if not reason.strip():
        raise ReasonMissing
    if not may_see_contact(report, role):
        raise RevealRefused
    if not report.contact:
        raise ContactMissing("查看")
    record(report, REVEALED, actor, reason.strip())
    return report.contact
