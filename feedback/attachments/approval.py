"""What staff decide on photos: whether the public may see them. Nobody sees one that staff did not look at."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from feedback.errors import ReasonMissing, WordsMissing
from feedback.lifecycle import record
from feedback.models import Attachment, Report
from storage import utcnow


def approve(session: Session, report: Report, actor: str, keys: Sequence[str], reason: str = "") -> None:
    """Let the public see photos of a report, if it is published; a hidden one is in sight again.

    Raises:
        WordsMissing: none is chosen.
    """
    for photo in _chosen(report, keys):
        photo.approved_at, photo.hidden_at = utcnow(), None
    record(report, "photo.approved", actor, _named(report, keys, reason))


def hide(session: Session, report: Report, actor: str, keys: Sequence[str], reason: str) -> None:
    """Take photos of a report out of sight of all but staff and who sent them.

    Raises:
        ReasonMissing: no reason was told.
        WordsMissing: none is chosen.
    """
    if not reason.strip():
        raise ReasonMissing
    for photo in _chosen(report, keys):
        photo.approved_at, photo.hidden_at = None, utcnow()
    record(report, "photo.hidden", actor, _named(report, keys, reason))


def _chosen(report: Report, keys: Sequence[str]) -> list[Attachment]:
    chosen = [photo for photo in report.attachments if photo.key in keys]
    if not chosen:
        raise WordsMissing("是哪张照片")
    return chosen


def _named(report: Report, keys: Sequence[str], reason: str) -> str:
    """Which of the report's photos, as its page counts them, and why."""
    places = [str(place) for place, photo in enumerate(report.attachments, 1) if photo.key in keys]
    return "：".join(filter(None, (f"照片 {'、'.join(places)}", reason.strip())))
