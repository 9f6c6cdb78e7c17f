"""What all workers know of a destination."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from storage import Base


class Breaker(Base):
    """The circuit breaker of a destination, shared by all workers (`breaker.py`). Without a row there were no failures."""

    __tablename__ = "dispatch_breakers"

    destination: Mapped[str] = mapped_column(String(40), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    """In a row, with no answer between them."""
    open_until: Mapped[datetime | None]
    """Nothing is sent before this moment, then one message tries; None while all is well."""
    last_error: Mapped[str | None] = mapped_column(String(500))
