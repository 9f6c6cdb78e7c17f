"""Guides in the database: importing the files, finding one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from sqlalchemy.orm import Session

from knowledge_base.models import GuideRow
from knowledge_base.schema import Guide, read_guides
from storage import migrate, writing

FOLDER = Path(__file__).parent / "guides"


def shipped_files() -> list[Path]:
    """The files with the guides that come with the project."""
    return sorted(FOLDER.glob("*.yml"))


def find_guide(session: Session, guide_id: str) -> Guide | None:
    """The guide of an id, or None."""
    row = session.get(GuideRow, guide_id)
    return Guide.model_validate(row.body) if row else None


def import_guides(session: Session, guides: list[Guide]) -> int:
    """Take over guides that are new or whose file has changed; returns how many.

    What staff changed since stays until the file itself changes.
    """
    changed = 0
    for guide in guides:
        body = guide.model_dump(mode="json", exclude_defaults=True)
        fingerprint = hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        row = session.get(GuideRow, guide.id)
        if row and row.imported_hash == fingerprint:
            continue
        session.merge(GuideRow(id=guide.id, title=guide.title, field=guide.field, body=body, imported_hash=fingerprint))
        changed += 1
    return changed


def prepare() -> int:
    """Bring the database up to date and import the shipped guides; returns how many were new or changed."""
    migrate()
    guides = read_guides(shipped_files())
    with writing() as session:
        return import_guides(session, guides)
