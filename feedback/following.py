"""How somebody takes part in a published report that they know by its public id: join it (附议) or follow it (关注)."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from feedback.errors import NotAllowed, OwnReport, UnknownReport
from feedback.lifecycle import OPEN, REPORT_STATES, family, lead
from feedback.models import Follow, Report
from feedback.publication import may_be_published, public_report
from feedback.residents import conversations_of, owns
from feedback.similar import endorse


def join_published(session: Session, public_id: str, conversation_id: str) -> Report:
    """Join a published report, or the one that it was merged into; returns that. Twice is once.

    Raises:
        UnknownReport: there is none with this public id, or it, or the one that leads, is not public (any more).
        OwnReport: it is the resident's own.
        NotAllowed: it is done.
    """
    report = _another_open(session, public_id, conversation_id, "附议")
    endorse(session, report, conversation_id, "")
    return report


def follow(session: Session, public_id: str, conversation_id: str) -> Report:
    """Hear from now on how a published report goes; returns it. Twice is once.

    Raises:
        UnknownReport, OwnReport, NotAllowed: as `join_published`.
    """
    report = _another_open(session, public_id, conversation_id, "关注")
    known = select(Follow).where(Follow.report_id == report.id, Follow.conversation_id == conversation_id)
    if not session.scalar(known):
        session.add(Follow(report_id=report.id, conversation_id=conversation_id))
    return report


def unfollow(session: Session, report: Report, conversation_id: str) -> None:
    """No longer hear how a report goes."""
    mine = Follow.conversation_id.in_(conversations_of(session, conversation_id))
    session.execute(delete(Follow).where(Follow.report_id == report.id, mine))


def followed_by(session: Session, conversation_id: str, most: int = 5) -> list[Report]:
    """The reports that somebody follows, the latest first."""
    mine = Follow.conversation_id.in_(conversations_of(session, conversation_id))
    return list(session.scalars(select(Report).join(Follow).where(mine).order_by(Follow.id.desc()).limit(most)))


def followers_of(session: Session, report: Report) -> list[str]:
    """The conversations in which a report, or one that was merged into it, is followed."""
    members = [member.id for member in family(report)]
    return list(session.scalars(select(Follow.conversation_id).where(Follow.report_id.in_(members)).distinct()))


def _another_open(session: Session, public_id: str, conversation_id: str, what_for: str) -> Report:
    report = lead(public_report(session, public_id))
    if not may_be_published(report):
        raise UnknownReport
    if owns(session, conversation_id, report):
        raise OwnReport
    if report.state not in OPEN:
        raise NotAllowed(what_for, REPORT_STATES[report.state])
    return report
