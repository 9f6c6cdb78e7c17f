"""What a resident may ask of us: to see everything that is kept of them, and to have it erased."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from feedback.attachments.viewing import photo_address
from feedback.city_time import stamp
from feedback.draft import describe_place
from feedback.event_words import EVENT_WORDS
from feedback.lifecycle import REPORT_STATES, RESIDENT, record
from feedback.models import (
    Attachment,
    ConductMark,
    Endorsement,
    Follow,
    LinkCode,
    Rating,
    Report,
    ReportEvent,
    ResidentLink,
)
from feedback.privacy import consent
from feedback.privacy.identity import IDENTITIES, forget_contact, note_departments
from feedback.privacy.models import Erasure
from feedback.privacy.reveal import REVEALED
from feedback.report_number import display
from feedback.residents import conversations_of
from knowledge_base import asked_by, unlink
from nlu.categories import names
from storage import utcnow


def export_of(session: Session, conversation_id: str) -> dict:
    """Everything that is kept of the resident who writes in a conversation, on all channels that they linked: plain data in
    plain words, times in the city's zone. Staff are not named. What was said lies in the conversation itself."""
    mine = conversations_of(session, conversation_id)
    marks = session.scalars(select(ConductMark).where(ConductMark.conversation_id.in_(mine)))
    return {
        "conversations": mine,
        "reports": [_report(report) for report in _of(session, Report, mine)],
        "endorsements": [
            {"text": joined.text, "state": REPORT_STATES[joined.report.state], "at": stamp(joined.created_at)}
            for joined in _of(session, Endorsement, mine)
        ],
        "follows": [
            {"report": follow.report.public_id, "at": stamp(follow.created_at)} for follow in _of(session, Follow, mine)
        ],
        "ratings": [
            {"report": display(rating.report.number), "stars": rating.stars, "words": rating.words, "at": stamp(rating.created_at)}
            for rating in _of(session, Rating, mine)
        ],
        "questions": [{"text": gap.text, "at": stamp(gap.asked_at)} for gap in asked_by(session, mine)],
        "abusive_messages": sum(mark.abusive_messages for mark in marks),
    }  # fmt: skip


def erase(session: Session, conversation_id: str) -> int:
    """Forget who the resident is, on all channels that they linked; returns how many reports were theirs.

    Reports with their photos, endorsements, ratings and questions stay for what they tell the city, each under a name that belongs
    to nobody. What was said is deleted by the worker once the conversation rests (`Erasure`).
    """
    mine = conversations_of(session, conversation_id)
    reports = _of(session, Report, mine)
    for report in reports:
        _unlink_report(report)
    for row in (*_of(session, Endorsement, mine), *_of(session, Rating, mine)):
        row.conversation_id = _nobody()
    _unlink_photos(session, mine)
    unlink(session, mine)
    for table in (ResidentLink, LinkCode, ConductMark, Follow):
        session.execute(delete(table).where(table.conversation_id.in_(mine)))
    for name in mine:
        _request_erasure(session, name)
    return len(reports)


def _unlink_report(report: Report) -> None:
    note_departments(report)
    forget_contact(report)
    report.conversation_id, report.source_message_id = _nobody(), _nobody()
    report.publishable = False
    record(report, "report.unlinked", RESIDENT)


def _unlink_photos(session: Session, conversations: Sequence[str]) -> None:
    """Photos of reports stay with them, like their words, for staff and the department alone; those that wait for a report go."""
    sent = Attachment.conversation_id.in_(conversations)
    session.execute(delete(Attachment).where(sent, Attachment.report_id.is_(None)))
    unlinked = {"conversation_id": None, "message_id": None, "approved_at": None}
    session.execute(update(Attachment).where(sent).values(unlinked))


def _request_erasure(session: Session, conversation_id: str) -> None:
    """Have the conversation's words deleted, up to now if that was wished before and has not been done."""
    asked = session.scalar(select(Erasure).where(Erasure.conversation_id == conversation_id))
    if asked:
        asked.requested_at = utcnow()
    else:
        session.add(Erasure(conversation_id=conversation_id))


def _nobody() -> str:
    """An id that tells nothing, and no other row has: not even which of them were one resident's."""
    return f"erased-{secrets.token_hex(12)}"


def _of(session: Session, table: type, conversations: Sequence[str]) -> Sequence:
    return session.scalars(select(table).where(table.conversation_id.in_(conversations)).order_by(table.id)).all()


def _report(report: Report) -> dict:
    return {
        "number": display(report.number),
        "state": REPORT_STATES[report.state],
        "category": names().get(report.category, report.category),
        "text": report.text,
        "place": describe_place(report.district, report.subdistrict, report.address),
        "pin": [report.latitude, report.longitude] if report.latitude is not None else None,
        "contact": report.contact,
        "consent": consent.texts().get(report.consent or ""),
        "identity": IDENTITIES[report.identity],
        "publishable": report.publishable,
        "filed_at": stamp(report.created_at),
        "photos": [_photo(photo) for photo in report.attachments],
        "history": [_step(event) for event in report.events if event.name != REVEALED],
        "contact_seen": [
            {"at": stamp(event.created_at), "why": event.reason} for event in report.events if event.name == REVEALED
        ],
    }


def _photo(photo: Attachment) -> dict:
    return {"address": photo_address(photo), "from": photo.actor, "at": stamp(photo.created_at)}


def _step(event: ReportEvent) -> dict:
    return {
        "at": stamp(event.created_at),
        "what": EVENT_WORDS.get(event.name, event.name),
        "state": REPORT_STATES.get(event.after or ""),
        "who": "工作人员" if event.actor.startswith("工作人员") else event.actor,
        "words": event.reason or event.data.get("note") or event.data.get("words"),
    }
