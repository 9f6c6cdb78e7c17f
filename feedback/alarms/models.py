"""The table of alarms."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.models import Report, partial_index
from storage import Base, utcnow


class Alarm(Base):
    """警报: an urgent report that nobody has confirmed yet, or who did and when."""

    __tablename__ = "alarms"

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), unique=True)
    level: Mapped[str] = mapped_column(String(12), default="subdistrict")
    """How far up it has gone: `subdistrict` 街镇, `district` 区, `city` 市."""
    rung: Mapped[int] = mapped_column(default=0)
    """How often it has rung."""
    raised_at: Mapped[datetime] = mapped_column(default=utcnow)
    last_rung_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None] = mapped_column(String(80))

    report: Mapped[Report] = relationship()

    __table_args__ = (partial_index("ix_alarms_open", "raised_at", "confirmed_at IS NULL"),)
