"""The queue as staff see it: urgent reports on top, then by time. Each query is short, at a million reports too."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, or_, select, text
from sqlalchemy.orm import Session, selectinload

from feedback.models import SHELVES as CONDITIONS
from feedback.models import Report

SHELVES = {"submitted": "待受理", "urgent": "紧急", "overdue": "超期", "supervised": "督办", "needs_review": "待回访"}
"""Parts of the queue that staff look for most."""
COUNTED = 1000
"""Reports are counted up to here; what is more is "more than a thousand"."""
SEARCHED = 10_000
"""So many of the newest reports are searched for words: to look through all of them takes seconds."""
_NUMBER_LENGTH = 17
_BEGINS_A_NUMBER = re.compile(r"20\d{2}[0-9A-Z]{0,13}")

Where = Sequence[ColumnElement[bool]]


def shelf(name: str | None) -> Where:
    """The condition of a part of the queue; none for a name that is not one."""
    if name == "submitted":
        return (Report.state == "submitted",)
    return (text(CONDITIONS[name]),) if name in CONDITIONS else ()


def search(session: Session, written: str, where: Where = ()) -> Where:
    """The condition of what staff typed: the beginning of a number, else words that the text or the address contains.

    Words are looked for in the newest `SEARCHED` reports for which `where` holds.
    """
    bare = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", written)).upper()
    if _BEGINS_A_NUMBER.fullmatch(bare):
        # A range uses the index whatever the database's collation; LIKE does not.
        return (Report.number.between(bare, bare.ljust(_NUMBER_LENGTH, "Z")),)
    newest = select(Report.id, Report.text, Report.address).where(*where).order_by(Report.created_at.desc())
    recent = newest.limit(SEARCHED).subquery().c
    holds = [
        or_(*(column.icontains(word, autoescape=True) for column in (recent.text, recent.address)))
        for word in written.split()
    ]
    return (Report.id.in_(session.scalars(select(recent.id).where(*holds).limit(COUNTED + 1)).all()),)


def page(session: Session, where: Where = (), skip: int = 0, most: int = 25, newest_first: bool = True) -> list[Report]:
    """A page of the queue: urgent reports that are not done with, then all others."""
    urgent = text(CONDITIONS["urgent"])
    on_top = _ordered(newest_first).where(urgent, *where)
    found = list(session.scalars(on_top.offset(skip).limit(most)))
    if len(found) == most:
        return found
    above = skip and session.scalar(select(func.count()).select_from(Report).where(urgent, *where))
    below = _ordered(newest_first).where(text(f"NOT ({CONDITIONS['urgent']})"), *where)
    return found + list(session.scalars(below.offset(max(0, skip - above)).limit(most - len(found))))


def _ordered(newest_first: bool):
    moment = (Report.created_at, Report.id)
    rows = select(Report).options(selectinload(Report.attachments))  # whether a row offers their actions
    return rows.order_by(*(column.desc() for column in moment) if newest_first else moment)


def count(session: Session, where: Where = ()) -> int:
    """How many reports there are, at most `COUNTED` + 1."""
    some = select(Report.id).where(*where).limit(COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(some))
