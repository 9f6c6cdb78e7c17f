"""Guides in the database: importing the files, finding one."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from knowledge_base.models import GuideRow, GuideVersion
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


def find_case(session: Session, guide: Guide, about: str) -> Guide | None:
    """The related guide whose names speak of a case (a pattern: 「外地」, 「孩子|未成年」), if the guide itself doesn't and has one."""
    if any(re.search(about, name) for name in (guide.title, *guide.aliases)):
        return None
    related = filter(None, (find_guide(session, guide_id) for guide_id in guide.related))
    return next((other for other in related if any(re.search(about, n) for n in (other.title, *other.aliases))), None)


class ChangedMeanwhile(Exception):
    """Somebody else changed the guide after it was opened."""


def save_guide(
    session: Session, guide: Guide, actor: str, opened_at: int | None = None, imported_hash: str | None = None
) -> bool:
    """Publish a guide and keep the version; returns whether anything changed.

    Args:
        opened_at: the version that the editor saw.
        imported_hash: of the file's version, where it comes from a file.

    Raises:
        ChangedMeanwhile: the guide has a newer version than that.
    """
    body = guide.model_dump(mode="json", exclude_defaults=True)
    row = session.get(GuideRow, guide.id, with_for_update=True)
    if row and opened_at is not None and row.version != opened_at:
        raise ChangedMeanwhile(guide.id)
    if row and row.body == body:
        row.imported_hash = imported_hash or row.imported_hash
        return False
    if not row:
        row = GuideRow(id=guide.id)
        session.add(row)
    row.title, row.field, row.body = guide.title, guide.field, body
    row.imported_hash = imported_hash or row.imported_hash
    session.flush()
    session.add(GuideVersion(guide_id=row.id, version=row.version, body=body, actor=actor))
    return True


def restore_version(session: Session, guide_id: str, version: int, actor: str) -> bool:
    """Publish an older version again, as a new one; returns whether anything changed."""
    kept = session.scalars(select(GuideVersion).filter_by(guide_id=guide_id, version=version)).one()
    return save_guide(session, Guide.model_validate(kept.body), f"{actor}（恢复第 {version} 版）")


def import_guides(session: Session, guides: list[Guide], actor: str = "导入") -> list[str]:
    """Take over guides that are new or whose file has changed; returns their ids.

    What staff changed since stays until the file itself changes.
    """
    known = dict(session.execute(select(GuideRow.id, GuideRow.imported_hash)).all())
    changed = []
    for guide in guides:
        fingerprint = hashlib.sha256(guide.model_dump_json(exclude_defaults=True).encode()).hexdigest()
        if known.get(guide.id) == fingerprint:
            continue
        save_guide(session, guide, actor, imported_hash=fingerprint)
        changed.append(guide.id)
    return changed


def prepare() -> None:
    """Bring the database up to date and import the shipped guides."""
    migrate()
    guides = read_guides(shipped_files())
    with writing() as session:
        import_guides(session, guides, "随程序发布")
