"""Which reports the public may see, and how: the rules and the data of a public board, without the board.

A report is shown if its resident allowed it, staff don't keep it back, somebody has looked at it, it was not refused or
taken back, and its matter is nobody's private affair. Whoever shows one to the public takes a `PublicReport`: it holds nothing else.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, text, tuple_
from sqlalchemy.orm import Session, object_session

from feedback.alarms.models import Alarm
from feedback.city_time import CITY_TIME
from feedback.closing import DONE
from feedback.draft import KINDS, describe_place
from feedback.errors import ReasonMissing, UnknownReport
from feedback.lifecycle import OPEN, REPORT_STATES, RESIDENT, record
from feedback.models import ADOPTED, NO_SUGGESTION, STILL_OPEN, Report
from feedback.privacy.scrub import scrub
from nlu.categories import categories, names

KINDS_NOT_SHOWN = ("tipoff", "emergency")
STATES_NOT_SHOWN = ("submitted", "rejected", "withdrawn")
"""What nobody has looked at yet might say anything."""
SENSITIVE = ("health.service", "education.school", "education.training", "security.domestic_violence")
"""Health, minors, violence at home: categories that are public as services, but whose reports tell of single people."""
HOMES = (
    "noise.living", "building.illegal", "building.group_rental", "property.repair", "civil.elderly", "security.dog",
)  # fmt: skip
"""Categories whose place is mostly where somebody lives: the number of the house stays out too."""
PARTS_OF_LIFE = {"open": "办理中", "done": "已办结", "merged": "已并案"}
"""What a reader chooses by, rather than by single states."""
ORDERS = {"newest": "最新提交", "endorsed": "附议最多", "waiting": "等得最久"}
MOST = 50
SEARCHED = 5_000
"""So many reports, in the order that was asked for, are searched for words: to look through all of them takes seconds."""
MOST_COMPARED = 300
"""Of those in which the words were found, so many are looked at for whether the words are among what may be read."""
_HOUSE = re.compile(r"(?:[0-9０-９]+ ?(?:弄|支弄|巷|号(?![线口站桥门]))|(?i:\b(?:lane|no\.?) ?[0-9]+)|〔门牌〕)+")


@dataclass(frozen=True)
class PublicReport:
    """What the public may know of a report. Words are scrubbed; of when it was filed only the day is told."""

    id: str
    kind: str
    category: str
    state: str
    district: str | None
    subdistrict: str | None
    address: str | None
    text: str
    department: str | None
    filed: date
    solved: date | None
    changed_at: datetime
    """Of the latest of its steps."""
    supervised: bool
    outcome: str | None
    endorsements: int

    @property
    def kind_name(self) -> str:
        return KINDS[self.kind]

    @property
    def category_name(self) -> str:
        return names()[self.category]

    @property
    def state_name(self) -> str:
        return REPORT_STATES[self.state]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def place(self) -> str:
        return describe_place(self.district, self.subdistrict, self.address) or "地点不详"

    @property
    def title(self) -> str:
        return f"{self.category_name} · {self.place}"


def may_be_published(report: Report) -> bool:
    """Whether the public may see a report now."""
    return (
        report.publishable
        and report.publication_blocked is None
        and report.state not in STATES_NOT_SHOWN
        and can_be_published(report)
        and (not report.urgent or _alarm_was_confirmed(report))
    )


def is_published() -> ColumnElement[bool]:
    """`may_be_published` as a condition of a query."""
    return and_(*_may_be_published())


def can_be_published(report: Report) -> bool:
    """Whether a report is of a kind and category that the public may see, if its resident allows it: what they are asked."""
    return report.kind not in KINDS_NOT_SHOWN and report.category in public_categories()


def public_categories() -> list[str]:
    """Codes of the categories whose reports may be shown."""
    return [code for code, category in categories().items() if category.public and code not in SENSITIVE]


def public_text(report: Report) -> str:
    """What the public reads of a report: its words without what tells who wrote them or whom they are about."""
    return public_words(report, report.text)


def public_words(report: Report, words: str) -> str:
    """Words about a report as the public reads them."""
    scrubbed = scrub(words)
    return _HOUSE.sub("〔门牌〕", scrubbed) if report.category in HOMES else scrubbed


def public_view(report: Report) -> PublicReport:
    """A report as the public sees it."""
    steps = (report.first_contact_at, report.dispatched_at, report.resolved_at, report.closed_at)
    return PublicReport(
        report.public_id,
        report.kind,
        report.category,
        report.state,
        report.district,
        report.subdistrict,
        public_words(report, report.address) if report.address else None,
        public_text(report),
        report.department,
        filed=(filed := report.created_at.astimezone(CITY_TIME)).date(),
        solved=report.resolved_at and report.resolved_at.astimezone(CITY_TIME).date(),
        changed_at=max(filter(None, steps), default=filed.replace(hour=0, minute=0, second=0, microsecond=0)),
        supervised=report.supervised,
        outcome=report.outcome,
        endorsements=report.endorsed,
    )


def public_report(session: Session, public_id: str) -> Report:
    """The report that the public knows by an id.

    Raises:
        UnknownReport: there is none, or the public may not see it (any more): nobody learns which.
    """
    report = session.scalar(select(Report).where(Report.public_id == public_id))
    if not report or not may_be_published(report):
        raise UnknownReport
    return report


def published(
    session: Session,
    category: str | None = None,
    district: str | None = None,
    state: str | None = None,
    most: int = MOST,
    before: str | None = None,
    *,
    kind: str | None = None,
    words: str = "",
    order: str = "newest",
) -> list[Report]:
    """A page of what the public may see.

    Args:
        state: a state, or one of `PARTS_OF_LIFE`.
        before: the public id of the last one of the page before it.
        words: are all in what the public reads of the report. Not looked for beyond `SEARCHED` reports.
        order: one of `ORDERS`; `waiting` are open ones only.
    """
    chosen = ((Report.category, category), (Report.district, district), (Report.kind, kind))
    shown = select(Report).where(*_may_be_published(), *(column == value for column, value in chosen if value))
    shown = shown.where(*_in_state("open" if order == "waiting" and not state else state))
    key = (Report.endorsed, Report.id) if order == "endorsed" else (Report.id,)
    if before:
        last = session.execute(select(*key).where(Report.public_id == before)).first()
        if not last:
            return []
        shown = shown.where(tuple_(*key) > last if order == "waiting" else tuple_(*key) < last)
    in_order = key if order == "waiting" else tuple(column.desc() for column in key)
    if words.strip():
        return _with_words(session, shown, in_order, words.split())[:most]
    return list(session.scalars(shown.order_by(*in_order).limit(most)))


def published_between(
    session: Session, start: datetime, end: datetime, most: int, after: Report | None = None
) -> list[Report]:
    """A page of what was filed in a time and the public may see, oldest first; `after` is the last one of the page before it."""
    key = (Report.created_at, Report.id)
    filed = select(Report).where(*_may_be_published(), Report.created_at >= start, Report.created_at < end)
    if after:
        # The first condition says the same less exactly, and is one that an index answers.
        filed = filed.where(Report.created_at >= after.created_at, tuple_(*key) > (after.created_at, after.id))
    return list(session.scalars(filed.order_by(*key).limit(most)))


def stamp_of(session: Session, start: datetime, end: datetime) -> tuple[str, datetime | None]:
    """What changes whenever something does in what was filed in a time and the public may see; and when that was last."""
    filed = select(func.count(), func.max(Report.updated_at))
    filed = filed.where(*_may_be_published(), Report.created_at >= start, Report.created_at < end)
    count, changed_at = session.execute(filed).one()
    return hashlib.sha256(f"{count} {changed_at}".encode()).hexdigest(), changed_at


def recently_solved(session: Session, most: int) -> list[Report]:
    """What the public may see and was solved last."""
    return _latest_done(session, most, NO_SUGGESTION)


def recently_adopted(session: Session, most: int) -> list[Report]:
    """Suggestions that the city took up and the public may see, the latest first."""
    return _latest_done(session, most, ADOPTED)


def allow_publication(session: Session, report: Report, allowed: bool) -> None:
    """The resident allows the public to see a report, or no longer does; twice is once."""
    if report.publishable != allowed:
        report.publishable = allowed
        record(report, "report.publication_allowed" if allowed else "report.publication_refused", RESIDENT)


def block_publication(session: Session, report: Report, actor: str, reason: str) -> None:
    """Keep a report from the public, whatever its resident allows.

    Raises:
        ReasonMissing: no reason was told.
    """
    if not reason.strip():
        raise ReasonMissing
    report.publication_blocked = reason.strip()
    record(report, "report.publication_blocked", actor, reason.strip())


def unblock_publication(session: Session, report: Report, actor: str, reason: str) -> None:
    """No longer keep a report from the public; whether it is shown is its resident's choice again.

    Raises:
        ReasonMissing: no reason was told.
    """
    if not reason.strip():
        raise ReasonMissing
    report.publication_blocked = None
    record(report, "report.publication_unblocked", actor, reason.strip())


def _may_be_published() -> tuple[ColumnElement[bool], ...]:
    """`may_be_published` as conditions of a query; a test holds the two together."""
    confirmed = exists().where(Alarm.report_id == Report.id, Alarm.confirmed_at.is_not(None))
    return (
        Report.publishable,
        Report.publication_blocked.is_(None),
        Report.kind.not_in(KINDS_NOT_SHOWN),
        Report.state.not_in(STATES_NOT_SHOWN),
        Report.category.in_(public_categories()),
        or_(~Report.urgent, confirmed),
    )


def _alarm_was_confirmed(report: Report) -> bool:
    """Urgent reports go out before anybody has read them; who confirms the alarm has."""
    confirmed = select(Alarm.confirmed_at).where(Alarm.report_id == report.id)
    return object_session(report).scalar(confirmed) is not None


def _in_state(state: str | None) -> tuple[ColumnElement[bool], ...]:
    if state == "open":
        return (text(STILL_OPEN),)
    if state == "done":
        return (Report.state.in_(DONE),)
    return (Report.state == state,) if state else ()


def _with_words(
    session: Session, shown: Select, in_order: Sequence[ColumnElement], words: Sequence[str]
) -> list[Report]:
    """Those that hold all words in what the public reads: who looks for a name or a telephone number must not learn that it was
    there before it was taken out."""
    first = shown.with_only_columns(Report.id).order_by(*in_order).limit(SEARCHED).subquery()
    held = [
        or_(*(column.icontains(word, autoescape=True) for column in (Report.text, Report.address))) for word in words
    ]
    found = select(Report).where(Report.id.in_(select(first.c.id)), *held).order_by(*in_order).limit(MOST_COMPARED)
    return [report for report in session.scalars(found) if _reads(report, words)]


def _reads(report: Report, words: Sequence[str]) -> bool:
    seen = public_view(report)
    readable = f"{seen.text} {seen.address or ''}".lower()
    return all(word.lower() in readable for word in words)


def _latest_done(session: Session, most: int, which: str) -> list[Report]:
    """Those for which a condition holds that an index was made for; what was opened again has no time of being solved."""
    done = select(Report).where(*_may_be_published(), Report.resolved_at.is_not(None), text(which))
    return list(session.scalars(done.order_by(Report.resolved_at.desc()).limit(most)))
