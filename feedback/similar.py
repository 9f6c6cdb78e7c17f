"""Reports of the same matter at the same spot: offered before another one is filed."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from feedback.lifecycle import OPEN
from feedback.models import Endorsement, Report
from feedback.residents import conversations_of
from nlu.gazetteer import gazetteer
from storage import utcnow

RECENT = timedelta(days=30)
MOST_COMPARED = 200
_BESIDE = re.compile(
    r"附近|门口|门前|对面|旁边|路边|路口|口|楼下|后面|[东西南北]侧|那边|这边|那里|这里|的|在|和|与|、|\s|[，,。.()（）]"
)
_NAMES_A_SPOT = re.compile(
    r"\d|小区|新村|花园|公寓|家园|[家名新佳华雅]?苑|大厦|广场|菜场|市场|医院|公园|学校|小学|中学|大学|幼儿园|站|城|坊|村|路.+路"
)
"""A road alone is long: it names no spot."""


def find_similar(session: Session, category: str, district: str | None, address: str | None) -> Report | None:
    """The newest open report of a category at the same spot; None if there is none, or the address names no spot."""
    spot = _spot(address)
    if not spot:
        return None
    recent = (
        select(Report)
        .where(
            Report.category == category,
            Report.district == district,
            Report.state.in_(OPEN),
            Report.created_at > utcnow() - RECENT,
        )
        .order_by(Report.id.desc())
        .limit(MOST_COMPARED)
    )
    return next((report for report in session.scalars(recent) if _spot(report.address) == spot), None)


def endorse(session: Session, report: Report, conversation_id: str, text: str) -> None:
    """Join a report that is there; twice is once."""
    joined = select(Endorsement).where(
        Endorsement.report_id == report.id, Endorsement.conversation_id == conversation_id
    )
    if not session.scalar(joined):
        report.endorsements.append(Endorsement(conversation_id=conversation_id, text=text))


def leave(session: Session, report: Report, conversation_id: str) -> None:
    """Undo having joined a report."""
    mine = Endorsement.conversation_id.in_(conversations_of(session, conversation_id))
    session.execute(delete(Endorsement).where(Endorsement.report_id == report.id, mine))


def endorsed_by(session: Session, conversation_id: str, most: int = 5) -> list[Report]:
    """The reports that somebody joined, newest first."""
    joined = (
        select(Report)
        .join(Endorsement)
        .where(Endorsement.conversation_id.in_(conversations_of(session, conversation_id)))
        .order_by(Endorsement.id.desc())
    )
    return list(session.scalars(joined.limit(most)))


def _spot(address: str | None) -> str | None:
    """What an address names, without divisions and words such as "beside"; None if that is no spot."""
    if not address or not _NAMES_A_SPOT.search(address):
        return None
    whole = address
    for mention in reversed(gazetteer().mentions(address)):
        if mention.meanings[0].kind != "spot":
            whole = whole[: mention.start] + whole[mention.end :]
    return _BESIDE.sub("", whole) or None
