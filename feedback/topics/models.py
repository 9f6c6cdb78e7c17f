"""The tables of topics and of what is normal."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.models import Report
from storage import Base, utcnow


class Topic(Base):
    """热点: reports that rise together."""

    __tablename__ = "topics"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    words: Mapped[list]
    """The most telling words of its reports."""
    category: Mapped[str] = mapped_column(String(40))
    district: Mapped[str | None] = mapped_column(String(20))
    subdistrict: Mapped[str | None] = mapped_column(String(30))
    count: Mapped[int]
    """Residents in the window in which it stood out most."""
    expected: Mapped[float]
    """How many are normal in that window."""
    hours: Mapped[int]
    """Length of that window."""
    score: Mapped[float]
    """How unlikely it is to come about by itself: 3 is once in a thousand looks at the whole city."""
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    """First and last report."""
    state: Mapped[str] = mapped_column(String(12), default="open")
    """`open` 新, `watched` 处理中, `handled` 已处理 or `dismissed` 不是热点."""
    decided_count: Mapped[int] = mapped_column(default=0)
    """How many reports it had when staff decided; it opens again when they have become many more."""
    handled_by: Mapped[str | None] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    version: Mapped[int] = mapped_column()

    reports: Mapped[list[TopicReport]] = relationship(back_populates="topic", order_by="TopicReport.report_id")

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (Index("ix_topics_state", "state", "last_at"),)


class TopicReport(Base):
    """A report that belongs to a topic."""

    __tablename__ = "topic_reports"

    topic_id: Mapped[int] = mapped_column(ForeignKey("topics.id"), primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), primary_key=True, index=True)

    topic: Mapped[Topic] = relationship(back_populates="reports")
    report: Mapped[Report] = relationship()


class SignalLevel(Base):
    """How often a signal has been heard, later voices counting more (`normal.weight`)."""

    __tablename__ = "signal_levels"

    signal: Mapped[str] = mapped_column(String(160), primary_key=True)
    level: Mapped[float]


class LevelsUntil(Base):
    """The moment up to which voices have gone into the levels: one row, which also lets one worker at a time look for topics."""

    __tablename__ = "signal_levels_until"

    id: Mapped[int] = mapped_column(primary_key=True)
    until: Mapped[datetime]
