"""The table of what is still to be erased."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from storage import Base, utcnow


class Erasure(Base):
    """A conversation whose words are to be deleted where `feedback` does not reach: in the journal and in Rasa's memory."""

    __tablename__ = "erasures"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    """None once it is done: that somebody was erased is kept, not who."""
    requested_at: Mapped[datetime] = mapped_column(default=utcnow)
    done_at: Mapped[datetime | None]
