"""Which reports the public may see, and how: the rules and the data of a public board, without the board.

A report is shown if its resident allowed it, staff don't keep it back, somebody has looked at it, it was not refused or
taken back, and its matter is nobody's private affair.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from feedback.errors import ReasonMissing
from feedback.lifecycle import RESIDENT, record
from feedback.models import Report
from feedback.privacy.scrub import scrub
from nlu.categories import categories

KINDS_NOT_SHOWN = ("tipoff", "emergency")
STATES_NOT_SHOWN = ("submitted", "rejected", "withdrawn")
"""What nobody has looked at yet might say anything."""
SENSITIVE = ("health.service", "education.school", "education.training", "security.domestic_violence")
"""Health, minors, violence at home: categories that are public as services, but whose reports tell of single people."""
MOST = 50


def may_be_published(report: Report) -> bool:
    """Whether the public may see a report now."""
    return (
        report.publishable
        and report.publication_blocked is None
        and report.kind not in KINDS_NOT_SHOWN
        and report.state not in STATES_NOT_SHOWN
        and report.category in public_categories()
    )


def public_categories() -> list[str]:
    """Codes of the categories whose reports may be shown."""
    return [code for code, category in categories().items() if category.public and code not in SENSITIVE]


def public_text(report: Report) -> str:
    """What the public reads of a report: its words without what tells who wrote them or whom they are about."""
    return scrub(report.text)


def published(
    session: Session,
    category: str | None = None,
    district: str | None = None,
    state: str | None = None,
    most: int = MOST,
    before: str | None = None,
) -> list[Report]:
    """A page of what the public may see, newest first; `before` is the public id of the last one of the page before it."""
    shown = select(Report).where(*_may_be_published())
    chosen = ((Report.category, category), (Report.district, district), (Report.state, state))
    shown = shown.where(*(column == value for column, value in chosen if value))
    if before:
        shown = shown.where(Report.id < select(Report.id).where(Report.public_id == before).scalar_subquery())
    return list(session.scalars(shown.order_by(Report.id.desc()).limit(most)))


def _may_be_published() -> tuple[ColumnElement[bool], ...]:
    """`may_be_published` as conditions of a query; a test holds the two together."""
    return (
        Report.publishable,
        Report.publication_blocked.is_(None),
        Report.kind.not_in(KINDS_NOT_SHOWN),
        Report.state.not_in(STATES_NOT_SHOWN),
        Report.category.in_(public_categories()),
    )


def allow_publication(session: Session, report: Report, allowed: bool) -> None:
    """The resident allows the public to see a report, or no longer does; twice is once."""
    if report.publishable != allowed:
        report.publishable = allowed
        record(report, "report.publication_allowed" if allowed else "report.publication_refused", RESIDENT)


def block_publication(session: Session, report: Report, actor: str, reason: str) -> None:
    """Keep a report from the public, whatever its resident allows.

    Raises:
        ReasonMissing: no reason was told.
    """
    if not reason.strip():
        raise ReasonMissing
    report.publication_blocked = reason.strip()
    record(report, "report.publication_blocked", actor, reason.strip())
