"""The journal: every message is stored before it is acknowledged, handled once and in order, and answered once.

Plain functions over a database session; `channels.pump` calls them around the conversation with Rasa.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from channels.models import Conversation, InboundMessage, OutboundMessage
from storage import utcnow

LEASE = timedelta(seconds=15)
"""Who handles a conversation says so anew before this has passed; after a crash another takes over by then."""
LONGEST_PAUSE = 4.0
FLOOD_WINDOW = timedelta(minutes=1)
FLOOD_FROM = 20
"""Messages of a conversation within the window from which each one more waits a step longer. Nothing is dropped."""
FLOOD_STEP = timedelta(seconds=1)
LONGEST_WAIT = timedelta(seconds=30)
MOST_FAILURES = 5


@dataclass(frozen=True)
class Reply:
    """Something to say: text and buttons `{"title", "payload"}`."""

    text: str
    buttons: list[dict] = field(default_factory=list)


@dataclass(frozen=True)
class Turn:
    """A message that is being handled."""

    inbound_id: int
    conversation_id: str
    message_id: str
    text: str
    attempts: int


def take_in(session: Session, conversation_id: str, message_id: str, text: str) -> bool:
    """Store a message; False if the conversation has one with that id already. A flood of messages is slowed."""
    try:
        with session.begin_nested():
            message = InboundMessage(conversation_id=conversation_id, message_id=message_id, text=text)
            session.add(message)
    except IntegrityError:
        if not session.get(Conversation, conversation_id, populate_existing=True):
            raise  # it was erased at this moment: nothing is stored, so nothing may be acknowledged
        return False
    if (over := _recent_messages(session, conversation_id) - FLOOD_FROM) > 0:
        message.next_attempt_at = utcnow() + min(over * FLOOD_STEP, LONGEST_WAIT)
    return True


def _recent_messages(session: Session, conversation_id: str) -> int:
    recent = select(func.count()).where(
        InboundMessage.conversation_id == conversation_id, InboundMessage.received_at > utcnow() - FLOOD_WINDOW
    )
    return session.scalar(recent) or 0


def waiting_conversations(session: Session, most: int = 200) -> list[str]:
    """Conversations with a message that is due and that nobody handles."""
    now = utcnow()
    due = (
        select(InboundMessage.conversation_id)
        .join(Conversation, Conversation.id == InboundMessage.conversation_id)
        .where(InboundMessage.state == "waiting", InboundMessage.next_attempt_at <= now, _is_free(now))
        .distinct()
        .limit(most)
    )
    return list(session.scalars(due))


def claim(session: Session, conversation_id: str) -> Turn | None:
    """The conversation's oldest waiting message, for the caller alone; None if there is none due or another has it."""
    now = utcnow()
    free = update(Conversation).where(Conversation.id == conversation_id, _is_free(now))
    if not session.execute(free.values(busy_until=now + LEASE)).rowcount:
        return None
    oldest = (
        select(InboundMessage)
        .where(InboundMessage.conversation_id == conversation_id, InboundMessage.state == "waiting")
        .order_by(InboundMessage.id)
        .limit(1)
    )
    message = session.scalar(oldest)
    # The oldest one blocks those after it, even while it waits for its next attempt: order is kept.
    if not message or message.next_attempt_at > now:
        release(session, conversation_id)
        return None
    message.attempts += 1
    return Turn(message.id, conversation_id, message.message_id, message.text, message.attempts)


def _is_free(now):
    return or_(Conversation.busy_until.is_(None), Conversation.busy_until < now)


def keep(session: Session, conversation_id: str) -> None:
    """Say that the conversation is still being handled."""
    session.execute(update(Conversation).where(Conversation.id == conversation_id).values(busy_until=utcnow() + LEASE))


def release(session: Session, conversation_id: str) -> None:
    """Let others have the conversation."""
    session.execute(update(Conversation).where(Conversation.id == conversation_id).values(busy_until=None))


def finish(session: Session, turn: Turn, replies: list[Reply]) -> None:
    """The message is answered: keep the answers and let go, in one transaction."""
    message = session.get_one(InboundMessage, turn.inbound_id)
    if message.state != "waiting":
        return  # a slower twin of this turn answered first
    message.state = "done"
    say(session, turn.conversation_id, replies)
    release(session, turn.conversation_id)


def postpone(session: Session, turn: Turn, notice: str) -> None:
    """The assistant can't be reached: try again later, and tell the resident so once."""
    message = session.get_one(InboundMessage, turn.inbound_id)
    message.next_attempt_at = utcnow() + timedelta(seconds=min(LONGEST_PAUSE, 2.0 ** min(turn.attempts - 1, 8)))
    if turn.attempts == 1:
        say(session, turn.conversation_id, [Reply(notice)], kind="system")
    release(session, turn.conversation_id)


def give_up(session: Session, turn: Turn, notice: str) -> None:
    """The assistant fails on this message again and again: keep it for staff and go on with the next."""
    session.get_one(InboundMessage, turn.inbound_id).state = "failed"
    say(session, turn.conversation_id, [Reply(notice)], kind="system")
    release(session, turn.conversation_id)


def say(session: Session, conversation_id: str, replies: list[Reply], kind: str = "reply") -> None:
    """Add outgoing messages to a conversation, numbered without gaps."""
    conversation = session.get(Conversation, conversation_id, with_for_update=True)
    for reply in replies:
        conversation.last_sequence += 1
        session.add(
            OutboundMessage(
                conversation_id=conversation_id,
                sequence=conversation.last_sequence,
                kind=kind,
                text=reply.text,
                buttons=reply.buttons,
            )
        )
    session.flush()


def said_after(session: Session, conversation_id: str, sequence: int, most: int = 200) -> list[OutboundMessage]:
    """Outgoing messages after a sequence number, in order."""
    later = select(OutboundMessage).where(
        OutboundMessage.conversation_id == conversation_id, OutboundMessage.sequence > sequence
    )
    return list(session.scalars(later.order_by(OutboundMessage.sequence).limit(most)))
