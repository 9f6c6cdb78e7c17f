"""Deletes what was said: when a resident wants it, and when it has been kept long enough."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, exists, select, tuple_
from sqlalchemy.orm import Session

from channels.models import Conversation, InboundMessage, OutboundMessage
from storage import utcnow


def is_resting(session: Session, conversation_id: str) -> bool:
    """Whether no message of a conversation waits or is being handled; the conversation is locked until the session ends, so
    that none is taken up meanwhile."""
    conversation = session.get(Conversation, conversation_id, with_for_update=True)
    waiting = select(
        exists().where(InboundMessage.conversation_id == conversation_id, InboundMessage.state == "waiting")
    )
    busy = conversation and conversation.busy_until and conversation.busy_until > utcnow()
    return not busy and not session.scalar(waiting)


def wrote_after(session: Session, conversation_id: str, moment: datetime) -> bool:
    """Whether the resident wrote anything since."""
    later = exists().where(InboundMessage.conversation_id == conversation_id, InboundMessage.received_at > moment)
    return bool(session.scalar(select(later)))


def forget(session: Session, conversation_id: str, before: datetime) -> None:
    """Delete what was said in a conversation before a moment, and the conversation itself if nothing else is left of it."""
    session.execute(
        delete(InboundMessage).where(
            InboundMessage.conversation_id == conversation_id, InboundMessage.received_at <= before
        )
    )
    session.execute(
        delete(OutboundMessage).where(
            OutboundMessage.conversation_id == conversation_id, OutboundMessage.created_at <= before
        )
    )
    left = (exists().where(table.conversation_id == Conversation.id) for table in (InboundMessage, OutboundMessage))
    empty = (~said for said in left)
    session.execute(delete(Conversation).where(Conversation.id == conversation_id, *empty))


def expire(session: Session, before: datetime, most: int) -> int:
    """Delete the oldest words that were said before a moment, at most so many of each side; returns how many."""
    key = tuple_(OutboundMessage.conversation_id, OutboundMessage.sequence)
    heard = select(InboundMessage.id).where(InboundMessage.received_at < before, InboundMessage.state != "waiting")
    said = select(OutboundMessage.conversation_id, OutboundMessage.sequence).where(OutboundMessage.created_at < before)
    deleted = (
        session.execute(delete(InboundMessage).where(InboundMessage.id.in_(heard.limit(most)))),
        session.execute(delete(OutboundMessage).where(key.in_(said.limit(most)))),
    )
    return max(result.rowcount for result in deleted)
