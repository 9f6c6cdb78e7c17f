"""The tables of who may use the interface, and of what they filed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage import Base, utcnow


class ApiKey(Base):
    """密钥: a program that may do more than read what is public."""

    __tablename__ = "api_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    """Whose it is."""
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the key; the key itself is kept nowhere."""
    scopes: Mapped[list]
    """What it is good for, of `keys.SCOPES`."""
    rate: Mapped[int]
    """Requests a minute."""
    arrival: Mapped[float] = mapped_column(default=0.0)
    """When the requests so far would have been over at the rate, in seconds since 1970: what the rate is kept by."""
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Filing(Base):
    """Which key filed a report: its holder may follow it before it is public."""

    __tablename__ = "open311_filings"

    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    api_key_id: Mapped[int] = mapped_column(ForeignKey("api_keys.id"), index=True)
