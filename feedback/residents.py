"""Who a resident is: one conversation, or several that a code has brought together; and how they behave."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from feedback.errors import UnknownLinkCode
from feedback.models import ConductMark, LinkCode, Report, ResidentLink
from storage import utcnow

CODE_LIVES = timedelta(minutes=10)
CAPITALS, DIGITS = "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"
"""Without those that are taken for one another."""
CODE_SHAPE = (CAPITALS, CAPITALS, DIGITS, CAPITALS) * 2
"""Digits between capitals: `nlu` knows such a code where it stands alone, and takes no word or telephone number for one."""


def conversations_of(session: Session, conversation_id: str) -> list[str]:
    """All conversations of the resident who writes in this one."""
    resident = session.scalar(select(ResidentLink.resident_id).where(ResidentLink.conversation_id == conversation_id))
    if not resident:
        return [conversation_id]
    return list(session.scalars(select(ResidentLink.conversation_id).where(ResidentLink.resident_id == resident)))


def owns(session: Session, conversation_id: str, report: Report) -> bool:
    """Whether the report is of the resident who writes in a conversation."""
    return report.conversation_id in conversations_of(session, conversation_id)


def new_link_code(session: Session, conversation_id: str) -> str:
    """A code for the resident to send from another channel; an earlier one of this conversation no longer works."""
    session.execute(delete(LinkCode).where(LinkCode.conversation_id == conversation_id))
    session.execute(delete(LinkCode).where(LinkCode.expires_at < utcnow()))
    code = "".join(map(secrets.choice, CODE_SHAPE))
    session.add(LinkCode(code_hash=_hash(code), conversation_id=conversation_id, expires_at=utcnow() + CODE_LIVES))
    return f"{code[:4]}-{code[4:]}"


def use_link_code(session: Session, written: str, conversation_id: str) -> None:
    """Bring a conversation together with the one that the code was given to. A code works once.

    Raises:
        UnknownLinkCode: there is none such, it has expired, was used, or was given to this very conversation.
    """
    code = session.get(LinkCode, _hash(written), with_for_update=True)
    if not code or code.expires_at < utcnow() or code.conversation_id == conversation_id:
        raise UnknownLinkCode
    session.delete(code)
    resident = _resident_of(session, code.conversation_id)
    other = _resident_of(session, conversation_id)
    session.execute(
        update(ResidentLink)
        .where(ResidentLink.resident_id == other.resident_id)
        .values(resident_id=resident.resident_id)
    )


def mark_abuse(session: Session, conversation_id: str) -> int:
    """Count an abusive message; returns how many the conversation has."""
    mark = session.get(ConductMark, conversation_id)
    if not mark:
        mark = ConductMark(conversation_id=conversation_id, abusive_messages=0)
        session.add(mark)
    mark.abusive_messages += 1
    mark.last_at = utcnow()
    return mark.abusive_messages


def abusive_messages(session: Session, conversation_id: str) -> int:
    """How many abusive messages a conversation has had."""
    mark = session.get(ConductMark, conversation_id)
    return mark.abusive_messages if mark else 0


def _resident_of(session: Session, conversation_id: str) -> ResidentLink:
    link = session.get(ResidentLink, conversation_id)
    if not link:
        link = ResidentLink(conversation_id=conversation_id, resident_id=secrets.token_hex(16))
        session.add(link)
        session.flush()
    return link


def _hash(code: str) -> str:
    letters = "".join(letter for letter in code.upper() if letter in CAPITALS + DIGITS)
    return hashlib.sha256(letters.encode()).hexdigest()
