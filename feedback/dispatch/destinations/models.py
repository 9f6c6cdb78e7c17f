"""What is kept for destinations that give a token first, or that read files."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from feedback.models import partial_index
from storage import Base, EncryptedJSON, utcnow


class DispatchToken(Base):
    """A token that an Open311 server gave instead of a number; the number comes later."""

    __tablename__ = "dispatch_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    destination: Mapped[str] = mapped_column(String(40))
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)
    token: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    next_attempt_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    """None once there is a number, or nobody waits for it any more."""

    __table_args__ = (partial_index("ix_dispatch_tokens_due", "next_attempt_at", "next_attempt_at IS NOT NULL"),)


class FileBatch(Base):
    """A file of work orders (`files.py` says how each order comes into exactly one)."""

    __tablename__ = "file_batches"

    id: Mapped[int] = mapped_column(primary_key=True)
    destination: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10), default="made")
    """`made`, `written` under a name that nobody reads, `published`."""
    file: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    __table_args__ = (partial_index("ix_file_batches_unpublished", "id", "state <> 'published'"),)


class FileRow(Base):
    """A work order that is to be written to a file, or was."""

    __tablename__ = "file_rows"

    id: Mapped[int] = mapped_column(primary_key=True)
    destination: Mapped[str] = mapped_column(String(40))
    idempotency_key: Mapped[str] = mapped_column(String(64))
    fields: Mapped[dict] = mapped_column(EncryptedJSON)
    """Emptied once the file is there: how to reach a resident is kept in no copy."""
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("file_batches.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    __table_args__ = (
        UniqueConstraint("destination", "idempotency_key"),
        partial_index("ix_file_rows_waiting", "id", "batch_id IS NULL"),
    )
