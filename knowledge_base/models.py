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
    title: Mapped[str] = mapped_column(String(100))
    field: Mapped[str] = mapped_column(String(40), index=True)
    body: Mapped[dict]
    imported_hash: Mapped[str | None] = mapped_column(String(64))
    """Hash of the file's version that was imported last: an edit by staff outlives the next start."""
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow, index=True)
    version: Mapped[int] = mapped_column()

    # Two members of staff who edit one guide at once can't overwrite each other: the second fails.
    __mapper_args__ = {"version_id_col": version}


class GuideVersion(Base):
    """A guide as it stood after a change: who made it and when. Append-only."""

    __tablename__ = "guide_versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    guide_id: Mapped[str] = mapped_column(ForeignKey("guides.id", ondelete="CASCADE"), index=True)
    version: Mapped[int]
    body: Mapped[dict]
    actor: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class GuideFeatures(Base):
    """What search makes of a guide (`features.Features`), kept by content and encoder."""

    __tablename__ = "guide_features"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    asked: Mapped[bytes] = mapped_column(LargeBinary)
    told: Mapped[bytes] = mapped_column(LargeBinary)
    words: Mapped[bytes] = mapped_column(LargeBinary)
    sounds: Mapped[bytes] = mapped_column(LargeBinary)


class Gap(Base):
    """A question that was not answered, or not to the resident's use; no report, but kept for staff."""

    __tablename__ = "gaps"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    conversation_id: Mapped[str | None] = mapped_column(String(64), index=True)
    message_id: Mapped[str | None] = mapped_column(String(100), unique=True)
    unhelpful_guide_id: Mapped[str | None] = mapped_column(String(64))
    """The guide that was shown and marked as of no use; none was shown otherwise."""
    guide_id: Mapped[str | None] = mapped_column(ForeignKey("guides.id", ondelete="SET NULL"), index=True)
    """The guide that staff found or wrote for it."""
    dismissed_by: Mapped[str | None] = mapped_column(String(80))
    """Who decided that nothing is to be answered."""
    group_id: Mapped[int | None] = mapped_column()
    """The gap that stands for all with this meaning, itself included."""
    asked_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)
    told_at: Mapped[datetime | None] = mapped_column()
    """When the resident was told that there is an answer now."""


class AnswerRating(Base):
    """Whether a guide was of use to a resident (有用/没用); the last word of a conversation counts."""

    __tablename__ = "answer_ratings"

    conversation_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    guide_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    useful: Mapped[bool]
    rated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)
