"""The active rules as plain data, kept in the process until one of them changes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.routing.models import RoutingRule


@dataclass(frozen=True)
class Rule:
    id: int
    department: str
    supporters: tuple[str, ...]
    level: str
    note: str


Table = dict[tuple[str, str, str], Rule]
"""Rules by category, district and subdistrict; an empty one means any."""

# Counts every edit, addition and deletion, whatever the clocks of several machines say.
_STAMP = select(func.count(), func.sum(RoutingRule.version), func.max(RoutingRule.updated_at)).select_from(RoutingRule)
_kept: tuple[tuple | None, Table] = (None, {})


def table(session: Session) -> Table:
    """The active rules. Costs one small query as long as nobody changed any."""
    global _kept
    stamp, kept = tuple(session.execute(_STAMP).one()), _kept
    if kept[0] != stamp:
        kept = _kept = (stamp, _read(session))
    return kept[1]


def _read(session: Session) -> Table:
    rows = session.scalars(select(RoutingRule).where(RoutingRule.active))
    return {
        (row.category, row.district, row.subdistrict): Rule(
            row.id, row.department, tuple(row.supporters), row.level, row.note
        )
        for row in rows
    }
