"""The table of routing rules."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage import Base, utcnow

LEVELS = {"subdistrict": "街镇", "district": "区", "city": "市"}
"""Who watches over a report, from the nearest up."""


class RoutingRule(Base):
    """派单规则: who leads on a category in a place, and who supports; an empty category or place means any."""

    __tablename__ = "routing_rules"

    id: Mapped[int] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(String(40), default="")
    """A code such as `road.streetlight`, or the first part of some, `road`; a rule for any category is a backstop (兜底)."""
    district: Mapped[str] = mapped_column(String(20), default="")
    subdistrict: Mapped[str] = mapped_column(String(30), default="")
    level: Mapped[str] = mapped_column(String(12), default="district")
    department: Mapped[str] = mapped_column(String(60))
    """May hold `{district}` and `{subdistrict}`; then it applies to reports that name them."""
    supporters: Mapped[list] = mapped_column(default=list)
    note: Mapped[str] = mapped_column(String(200), default="")
    active: Mapped[bool] = mapped_column(default=True)
    updated_by: Mapped[str] = mapped_column(String(80))
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)
    version: Mapped[int] = mapped_column()

    __table_args__ = (UniqueConstraint("category", "district", "subdistrict"),)
    __mapper_args__ = {"version_id_col": version}
