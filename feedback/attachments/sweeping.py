"""Deletes photos that nothing needs any more, and encrypts those that stay with a new key."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, select, update

from feedback.attachments import files
from feedback.attachments.photo import Photo
from feedback.attachments.waiting import WAITS
from feedback.models import Attachment
from storage import reading, utcnow, writing
from storage.encrypted import keys

UNDER_WAY = timedelta(hours=1)
"""A file that is younger may still get its row."""
BATCH = 200


def sweep() -> None:
    """Forget the photos for which no report was filed, then delete the files that have no row; safe beside other workers."""
    with writing() as session:
        late = Attachment.created_at < utcnow() - WAITS
        session.execute(delete(Attachment).where(Attachment.report_id.is_(None), late))
    for beginning, written in files.batches(before=utcnow() - UNDER_WAY):
        for name in written.keys() - _known(beginning):
            for file in written[name]:
                file.unlink(missing_ok=True)


def rotate() -> int:
    """Encrypt with the first key what another one had encrypted; returns how many photos. Each gets new files, and its row then
    names them: it may be stopped and begun again, and the old files are swept."""
    first, rotated = Fernet(keys()[0]), 0
    for name in _names():
        if _is_stale(name, first):
            fresh = files.keep(Photo(files.read(name), files.read(name, small=True)))
            with writing() as session:
                renamed = update(Attachment).where(Attachment.sha256 == name).values(sha256=fresh)
                rotated += session.execute(renamed).rowcount
    return rotated


def _known(beginning: str) -> set[str]:
    """The hashes of rows that begin so."""
    with reading() as session:
        return set(
            session.scalars(select(Attachment.sha256).where(Attachment.sha256.between(beginning, beginning + "g")))
        )


def _names() -> Iterator[str]:
    """The hashes of all photos by age, a batch at a time; no transaction stays open in between."""
    last = 0
    while True:
        with reading() as session:
            later = select(Attachment.id, Attachment.sha256).where(Attachment.id > last).order_by(Attachment.id)
            rows = session.execute(later.limit(BATCH)).all()
        if not rows:
            return
        yield from (row.sha256 for row in rows)
        last = rows[-1].id


def _is_stale(name: str, first: Fernet) -> bool:
    try:
        first.decrypt(files.token_of(name))
    except InvalidToken:
        return True
    except FileNotFoundError:
        return False  # it was erased at this moment
    return False
