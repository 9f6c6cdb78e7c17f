"""The tables of conversations and of what was said in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from storage import Base, Encrypted, EncryptedJSON, utcnow


class Conversation(Base):
    """One resident on one channel."""

    __tablename__ = "conversations"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    """SHA-256 of the web session's token; the token itself is kept nowhere."""
    last_sequence: Mapped[int] = mapped_column(default=0)
    """Number of the last outgoing message. Counted here, under the row's lock: readers never see a gap filled later."""
    busy_until: Mapped[datetime | None]
    """While this is in the future, somebody is handling a message of the conversation."""
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class InboundMessage(Base):
    """A message of a resident, stored before it is acknowledged."""

    __tablename__ = "inbound_messages"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    message_id: Mapped[str] = mapped_column(String(100))
    """The channel's own id of the message, by which repeats are recognised."""
    text: Mapped[str] = mapped_column(Encrypted)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    """waiting, done, or failed (kept for staff)."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(default=utcnow)
    received_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)

    __table_args__ = (
        UniqueConstraint("conversation_id", "message_id"),
        Index(
            "ix_inbound_messages_waiting",
            "next_attempt_at",
            sqlite_where=sql("state = 'waiting'"),
            postgresql_where=sql("state = 'waiting'"),
        ),
    )


class OutboundMessage(Base):
    """Something said to a resident; web sessions read them by their sequence."""

    __tablename__ = "outbound_messages"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), default="reply")
    """reply of the assistant, notice about a report, or system."""
    text: Mapped[str] = mapped_column(Encrypted)
    buttons: Mapped[list] = mapped_column(EncryptedJSON, default=list)
    created_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)
