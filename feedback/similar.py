"""Reports of the same matter: same category, near in place, time and words. Offered before another one is filed, and to staff."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, or_, select, true, union_all, update
from sqlalchemy.orm import Session

from feedback.attachments.waiting import bring_along
from feedback.lifecycle import MERGED, OPEN, WITHDRAWN, family, lead
from feedback.models import Endorsement, Report
from feedback.residents import conversations_of
from feedback.spots import is_point, road_of, spot_of
from storage import utcnow

RECENT = timedelta(days=30)
MOST_COMPARED = 50
"""Candidates by each way of being near, the newest."""
NEAR = 150.0
"""Metres between two pins on the map of one matter."""
METRES_A_DEGREE = 111_320.0
"""Of latitude."""
AT_THE_PIN, ON_THE_ROAD = 0.8, 0.4
"""Nearness of two reports with one pin, and of two of which one names the road and no spot on it; one spot is 1."""
ENOUGH = 0.8
"""Nearness in place plus likeness in words from which two reports may be of one matter: the same spot or pin is enough by
itself, on one road or 150 m apart two in five pairs of characters must be the same."""
PLACE, WORDS, TIME = 0.5, 0.35, 0.15
"""What each counts in the score."""


@dataclass(frozen=True)
class Similar:
    """A report that may be of the same matter: how likely, 0 to 1, and why in words for staff."""

    report: Report
    score: float
    because: str


@dataclass(frozen=True)
class _Matter:
    """What is looked for."""

    category: str
    district: str | None
    spot: str | None
    pin: tuple[float, float] | None
    grams: frozenset[str]
    at: datetime


def similar_reports(
    session: Session,
    category: str,
    district: str | None,
    address: str | None,
    latitude: float | None = None,
    longitude: float | None = None,
    text: str = "",
    most: int = 3,
) -> list[Similar]:
    """Open reports of the last 30 days that may be of the same matter, the likeliest first. A merged one stands for its lead."""
    pin = (latitude, longitude) if latitude is not None and longitude is not None else None
    grams = _grams(text, district, address)
    matter = _Matter(category, district, spot_of(address), pin, grams, utcnow())
    best: dict[int, Similar] = {}
    for report in _candidates(session, matter):
        found = _compare(matter, report)
        if found and (found.report.id not in best or best[found.report.id].score < found.score):
            best[found.report.id] = found
    return sorted(best.values(), key=lambda found: (-found.score, -found.report.id))[:most]


def find_similar(
    session: Session,
    category: str,
    district: str | None,
    address: str | None,
    latitude: float | None = None,
    longitude: float | None = None,
    text: str = "",
) -> Report | None:
    """The report to offer before another is filed; None if none is near enough."""
    found = similar_reports(session, category, district, address, latitude, longitude, text, most=1)
    return found[0].report if found else None


def _candidates(session: Session, matter: _Matter) -> list[Report]:
    """The newest reports that are near in one way or another: each way is one index."""
    recent = (
        Report.category == matter.category,
        Report.created_at > matter.at - RECENT,
        Report.state.in_((*OPEN, MERGED)),
    )
    ways = [
        select(Report.id).where(way, *recent).order_by(Report.created_at.desc()).limit(MOST_COMPARED).subquery()
        for way in _ways_of_being_near(matter)
    ]
    if not ways:
        return []
    near = union_all(*(select(way.c.id) for way in ways))
    return list(session.scalars(select(Report).where(Report.id.in_(near))))


def _ways_of_being_near(matter: _Matter) -> list[ColumnElement[bool]]:
    ways: list[ColumnElement[bool]] = []
    same_district = or_(Report.district == matter.district, Report.district.is_(None)) if matter.district else true()
    for spot in {matter.spot, matter.spot and road_of(matter.spot)} - {None}:
        ways.append((Report.spot == spot) & same_district)
    if matter.pin:
        latitude, longitude = matter.pin
        up = NEAR / METRES_A_DEGREE
        across = up / max(0.01, math.cos(math.radians(latitude)))
        ways.append(
            Report.latitude.between(latitude - up, latitude + up)
            & Report.longitude.between(longitude - across, longitude + across)
        )
    return ways


def _compare(matter: _Matter, report: Report) -> Similar | None:
    """How like a stored report is; None if it is not like enough, or its matter is done."""
    place, where = _nearness(matter, report)
    words = _likeness(matter.grams, _grams(report.text, report.district, report.subdistrict, report.address))
    leading = lead(report)
    if place + words < ENOUGH or leading.state not in OPEN:
        return None
    age = matter.at - report.created_at
    time = 1 - min(1.0, age / RECENT)
    because = f"{where}；{_ago(age)}；用词相似 {words:.0%}"
    return Similar(leading, PLACE * place + WORDS * words + TIME * time, because)


def _nearness(matter: _Matter, report: Report) -> tuple[float, str]:
    """Nearness in place, 0 to 1, and in words."""
    if matter.spot and report.spot == matter.spot and is_point(matter.spot):
        return 1.0, "同一地点"
    if matter.pin and report.latitude is not None and report.longitude is not None:
        metres = _distance(matter.pin, (report.latitude, report.longitude))
        if metres <= NEAR:
            return AT_THE_PIN - (AT_THE_PIN - ON_THE_ROAD) * metres / NEAR, f"相距 {metres:.0f} 米"
    if matter.spot and report.spot and road_of(matter.spot) == report.spot:
        return ON_THE_ROAD, "同一条路"
    return 0.0, ""


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Metres between two pins close to each other, on a flat map."""
    up = one[0] - other[0]
    across = (one[1] - other[1]) * math.cos(math.radians(one[0]))
    return math.hypot(up, across) * METRES_A_DEGREE


def _grams(text: str, *place: str | None) -> frozenset[str]:
    """Pairs of characters of a matter, without those of its place."""
    return frozenset(_pairs(text)) - frozenset(pair for part in place if part for pair in _pairs(part))


def _pairs(text: str) -> list[str]:
    plain = re.sub(r"[\W_]", "", text.lower())
    return [plain[i : i + 2] for i in range(len(plain) - 1)]


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Dice's coefficient of two sets, 0 to 1."""
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


def _ago(age: timedelta) -> str:
    hours = int(age / timedelta(hours=1))
    return f"{hours // 24} 天前" if hours >= 24 else f"{hours} 小时前"


def endorse(session: Session, report: Report, conversation_id: str, text: str) -> None:
    """Join a report that is there; twice is once."""
    joined = select(Endorsement).where(
        Endorsement.report_id == report.id, Endorsement.conversation_id == conversation_id
    )
    if not session.scalar(joined):
        report.endorsements.append(Endorsement(conversation_id=conversation_id, text=text))
        bring_along(session, report, conversation_id)
        count_endorsed(session, report)


def leave(session: Session, report: Report, conversation_id: str) -> None:
    """Undo having joined a report."""
    mine = Endorsement.conversation_id.in_(conversations_of(session, conversation_id))
    session.execute(delete(Endorsement).where(Endorsement.report_id == report.id, mine))
    count_endorsed(session, report)


def count_endorsed(session: Session, report: Report) -> None:
    """Count anew on the report that leads who else has its matter: who joined it or one that was merged into it, and the owners of
    those. Staff who change the report at the same time are not in each other's way, so its version stays."""
    leading = lead(report)
    members = family(leading)
    joined = select(Endorsement.conversation_id).where(Endorsement.report_id.in_([member.id for member in members]))
    owners = {member.conversation_id for member in members if member.state != WITHDRAWN}
    others = {*session.scalars(joined), *owners} - {leading.conversation_id}
    session.execute(update(Report).where(Report.id == leading.id).values(endorsed=len(others)))


def endorsed_by(session: Session, conversation_id: str, most: int = 5) -> list[Report]:
    """The reports that somebody joined, newest first."""
    joined = (
        select(Report)
        .join(Endorsement)
        .where(Endorsement.conversation_id.in_(conversations_of(session, conversation_id)))
        .order_by(Endorsement.id.desc())
    )
    return list(session.scalars(joined.limit(most)))
