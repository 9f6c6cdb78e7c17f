"""The tables of deadlines and of the policies that they come from, with the words for what is kept in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from feedback.models import Report
from storage import Base, utcnow

STAGES = {"contact": "首次联系", "dispatch": "派单", "resolution": "办结"}
"""What a report has a deadline for."""
UNITS = {"working_days": "个工作日", "working_hours": "个工作小时", "hours": "小时（自然时间）", "none": "不设时限"}
"""What a policy counts in; with `none` it sets no deadline."""
LEVELS = {"subdistrict": "街镇", "district": "区", "city": "市"}
"""Who watches over a report, lowest first."""


class DeadlinePolicy(Base):
    """A rule of how long a stage may take; an empty condition fits every report."""

    __tablename__ = "deadline_policies"

    id: Mapped[int] = mapped_column(primary_key=True)
    stage: Mapped[str] = mapped_column(String(12))
    urgent: Mapped[bool] = mapped_column(default=False)
    """For urgent reports only."""
    supervised: Mapped[bool] = mapped_column(default=False)
    """For reports under supervision (督办) only."""
    kind: Mapped[str] = mapped_column(String(20), default="")
    category: Mapped[str] = mapped_column(String(40), default="")
    """A category's code (`road.manhole`), or its first part (`road`) for all of them."""
    amount: Mapped[int | None]
    """How many units; None where the unit is `none`."""
    unit: Mapped[str] = mapped_column(String(16), default="working_days")
    note: Mapped[str] = mapped_column(String(200), default="")
    """Where the rule comes from, in words for staff."""
    updated_by: Mapped[str] = mapped_column(String(80), default="")
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)

    __table_args__ = (UniqueConstraint("stage", "urgent", "supervised", "kind", "category"),)


class Deadline(Base):
    """时限: by when one stage of a report is to be reached. When the clock stood still is told by the report's history."""

    __tablename__ = "deadlines"

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"))
    stage: Mapped[str] = mapped_column(String(12))
    round: Mapped[int] = mapped_column(default=0)
    """How often the report had been reopened when it began."""
    started_at: Mapped[datetime]
    budget_minutes: Mapped[int]
    working: Mapped[bool]
    """Whether working minutes are meant; else every minute counts."""
    because: Mapped[str] = mapped_column(String(400))
    """The policy in words, as it was when it was applied."""
    due_at: Mapped[datetime | None]
    """None while the clock stands still before its end."""
    warned_at: Mapped[datetime | None]
    missed_at: Mapped[datetime | None]
    """When it was due, if the stage was not reached by then."""
    escalated_at: Mapped[datetime | None]
    """When it last moved the report a level up."""
    escalations: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(10))
    """None while it is open, then `met`, `missed` (reached too late) or `cancelled`."""
    next_check_at: Mapped[datetime | None]
    """When the sweep has to look at it again; None if never, as things stand."""

    report: Mapped[Report] = relationship(back_populates="deadlines")

    __table_args__ = (
        UniqueConstraint("report_id", "stage", "round"),
        Index(
            "ix_deadlines_to_check",
            "next_check_at",
            sqlite_where=sql("next_check_at IS NOT NULL"),
            postgresql_where=sql("next_check_at IS NOT NULL"),
        ),
        Index(
            "ix_deadlines_watched",
            "due_at",
            "id",
            sqlite_where=sql("warned_at IS NOT NULL AND ended_at IS NULL"),
            postgresql_where=sql("warned_at IS NOT NULL AND ended_at IS NULL"),
        ),
    )
