"""Who may see a photo: staff; who sent it, and of a department's who filed the report; everybody once staff approved it."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.models import Attachment, Report
from feedback.publication import may_be_published
from feedback.residents import conversations_of, owns

_KEY = re.compile(r"[A-Za-z0-9_-]{32}")


def photo_address(photo: Attachment) -> str:
    """Where a photo is served, as a path of the web application; with `?size=small` its thumbnail."""
    return f"/attachments/{photo.key}"


def photo_of(session: Session, key: str) -> Attachment | None:
    """The photo of a key, whatever somebody wrote for one; None if there is none such."""
    return session.scalar(select(Attachment).where(Attachment.key == key)) if _KEY.fullmatch(key) else None


def is_public(photo: Attachment) -> bool:
    """Whether everybody may see a photo: staff approved it, and its report is published."""
    return bool(photo.approved_at and photo.report and may_be_published(photo.report))


def is_owners(session: Session, photo: Attachment, conversation_id: str) -> bool:
    """Whether the resident who writes in a conversation may see a photo: what they sent, and what a department shows them."""
    if photo.conversation_id:
        return photo.conversation_id in conversations_of(session, conversation_id)
    shown = photo.source == "department" and not photo.hidden_at
    return shown and owns(session, conversation_id, photo.report)


def public_photos(report: Report) -> list[Attachment]:
    """The photos of a report that everybody may see, oldest first."""
    return [photo for photo in report.attachments if is_public(photo)]
