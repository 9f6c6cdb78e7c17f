"""How photos come to a report: from departments at once, from residents when they file it or while it is fresh."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.attachments import files
from feedback.attachments.photo import clean
from feedback.attachments.waiting import MOST, waiting_photos
from feedback.errors import TooManyPhotos
from feedback.lifecycle import OPEN, RESIDENT, record
from feedback.models import Attachment, Report
from storage import utcnow

ADDED = {"resident": "report.photo_added", "department": "work_order.photo_added"}
"""Who a photo can come from, and the event that tells of it: an answer of the resident lets the deadlines go on."""
JOINS = timedelta(hours=1)
"""So long after filing a photo goes to the report by itself; a later one is of something else."""
MOST_AT_ONCE, AT_ONCE = 30, timedelta(minutes=10)
"""Photos that a conversation may send in a time."""
JUST_NOW = timedelta(minutes=2)


def keep(content: bytes) -> str:
    """Clean a photo and write its files; returns the hash that names them. Takes a part of a second: call it before the
    transaction that `receive` is part of.

    Raises:
        NotAPhoto, PhotoTooLarge: it is not taken.
    """
    return files.keep(clean(content))


def attach(session: Session, report: Report, content: bytes, source: str, by: str) -> Attachment:
    """Add a photo to a report; `source` is `resident` or `department`, `by` who the history names.

    Raises:
        NotAPhoto, PhotoTooLarge, TooManyPhotos: it is not taken.
    """
    return _add(session, report, Attachment(sha256=keep(content), source=source, actor=by))


def received(session: Session, conversation_id: str, message_id: str) -> Attachment | None:
    """The photo that a message of a conversation brought; None if there was none yet."""
    return session.scalar(select(Attachment).filter_by(conversation_id=conversation_id, message_id=message_id))


def check_pace(session: Session, conversation_id: str) -> None:
    """Let nobody fill the store; to be asked before a photo is decoded.

    Raises:
        TooManyPhotos: the conversation sent as many in a short time as it may.
    """
    recent = Attachment.created_at > utcnow() - AT_ONCE
    if _count(session, Attachment.conversation_id == conversation_id, recent) >= MOST_AT_ONCE:
        raise TooManyPhotos("照片发得太快了，请过几分钟再发。")


def receive(session: Session, conversation_id: str, message_id: str, sha256: str) -> Attachment:
    """Take a resident's photo that was kept: for the open report that they filed a short while ago, else for the next one. The
    caller sees to it that a conversation does so one after another.

    Raises:
        TooManyPhotos: the report has its fill, or so many wait already.
    """
    photo = Attachment(
        sha256=sha256, source="resident", actor=RESIDENT, conversation_id=conversation_id, message_id=message_id
    )
    many = len(waiting_photos(session, conversation_id))
    if not many and (report := _fresh_report(session, conversation_id)):
        return _add(session, report, photo)
    if many >= MOST:
        raise TooManyPhotos(f"一件诉求最多 {MOST} 张照片。请先把事情说完，提交后再发。")
    session.add(photo)
    session.flush()
    return photo


def hold_back_photos(session: Session, conversation_id: str) -> int:
    """Let the photos that just went to an earlier report wait for the one that the resident is telling now; returns how many
    wait."""
    just_sent = select(Attachment).where(
        Attachment.conversation_id == conversation_id,
        Attachment.report_id.is_not(None),
        Attachment.created_at > utcnow() - JUST_NOW,
    )
    for photo in session.scalars(just_sent.join(Attachment.report).where(Report.created_at < Attachment.created_at)):
        record(photo.report, "report.photo_removed", RESIDENT, "照片属于市民正在说的另一件事")
        photo.report = None
    session.flush()
    return len(waiting_photos(session, conversation_id))


def latest_photo_report(session: Session, conversation_id: str) -> Report | None:
    """The report that the latest photo of a conversation belongs to; None while it waits."""
    latest = select(Attachment).where(Attachment.conversation_id == conversation_id).order_by(Attachment.id.desc())
    photo = session.scalar(latest.limit(1))
    return photo and photo.report


def _add(session: Session, report: Report, photo: Attachment) -> Attachment:
    session.execute(
        select(Report.id).where(Report.id == report.id).with_for_update()
    )  # one after another: they are counted
    if _count(session, Attachment.report_id == report.id, Attachment.source == photo.source) >= MOST:
        raise TooManyPhotos(f"一件诉求最多 {MOST} 张照片，已经满了。")
    photo.report = report
    session.add(photo)
    record(report, ADDED[photo.source], photo.actor)
    return photo


def _fresh_report(session: Session, conversation_id: str) -> Report | None:
    fresh = select(Report).where(
        Report.conversation_id == conversation_id, Report.state.in_(OPEN), Report.created_at > utcnow() - JOINS
    )
    return session.scalar(fresh.order_by(Report.id.desc()).limit(1))


def _count(session: Session, *conditions) -> int:
    return session.scalar(select(func.count()).select_from(Attachment).where(*conditions)) or 0
