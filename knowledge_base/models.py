"""The tables of the knowledge base."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage import Base, utcnow


class GuideRow(Base):
    """A guide as it is published; `body` is the whole guide in the shape of `schema.Guide`."""

    __tablename__ = "guides"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    field: Mapped[str] = mapped_column(String(40), index=True)
    body: Mapped[dict]
    imported_hash: Mapped[str | None] = mapped_column(String(64))
    """Hash of the file's version that was imported last: an edit by staff outlives the next start."""
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow, index=True)


class GuideVector(Base):
    """A sentence vector, kept by what it was made of: a start encodes only what is new."""

    __tablename__ = "guide_vectors"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)


class Gap(Base):
    """A question the knowledge base could not answer; no report, but kept for staff."""

    __tablename__ = "gaps"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    conversation_id: Mapped[str | None] = mapped_column(String(64), index=True)
    message_id: Mapped[str | None] = mapped_column(String(100), unique=True)
    guide_id: Mapped[str | None] = mapped_column(ForeignKey("guides.id", ondelete="SET NULL"))
    """The guide that staff found or wrote for it."""
    asked_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)
