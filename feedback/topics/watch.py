"""The job that looks for topics and keeps them: what staff decided stays decided unless a topic grows much."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from feedback.models import Endorsement, Report
from feedback.topics.models import LevelsUntil, SignalLevel, Topic, TopicReport
from feedback.topics.normal import HOUR, heard, weight
from feedback.topics.rising import SHARED, WINDOWS, Surge, surges
from feedback.topics.signals import Voice
from storage import reading, utcnow, writing

log = logging.getLogger(__name__)

WINDOW = timedelta(hours=max(WINDOWS))
"""What is younger than this may belong to a topic and is not normal yet."""
REMEMBERED = timedelta(weeks=8)
"""How far back a database that has reports but no levels is learned from."""
HOURS_A_RUN = 12
"""Hours that are learned in one run at most, so that a large past doesn't keep the worker from delivering."""
GOES_ON = timedelta(days=2)
"""A topic that was quiet for so long has ended; what rises then is a new one."""
GROWS_MUCH = 2
"""As many times as many reports as when staff decided open a topic again."""
FORGOTTEN = 0.2
"""A level that has sunk to this many voices is deleted."""
AT_ONCE = 5_000
"""Rows or keys of one statement."""
NO_VOICE = ("withdrawn",)


def find_topics() -> None:
    """The job: learn what was normal, look at the last day, keep what rises."""
    now = utcnow()
    for _ in range(HOURS_A_RUN):
        with writing() as session:
            if not learn_next_hour(session, now):
                break
    with reading() as session:
        found = surges(voices_between(session, now - WINDOW, now), now, lambda keys: levels(session, keys, now))
    with writing() as session:
        keep(session, found)


def learn_next_hour(session: Session, now: datetime) -> bool:
    """Add the voices of the next hour that is a day past to the levels; False if there is none, or another worker is at it."""
    if not (progress := _progress(session, now)):
        return False
    hour = progress.until
    if hour + HOUR > now - WINDOW:
        return False
    _add(session, heard(voices_between(session, hour, hour + HOUR), hour))
    if hour.hour == 0:
        session.execute(delete(SignalLevel).where(SignalLevel.level < FORGOTTEN * weight(hour)))
    progress.until = hour + HOUR
    return True


def _progress(session: Session, now: datetime) -> LevelsUntil | None:
    """How far learning has come, for this worker alone; it begins with the first report."""
    progress = session.scalar(select(LevelsUntil).with_for_update(skip_locked=True))
    if progress or session.scalar(select(LevelsUntil.id)):
        return progress
    first = session.scalar(select(func.min(Report.created_at)))
    if not first:
        return None
    until = max(first, now - REMEMBERED).replace(minute=0, second=0, microsecond=0)
    progress = LevelsUntil(id=1, until=until)
    session.add(progress)
    return progress


def _add(session: Session, counts: dict[str, float]) -> None:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(SignalLevel)
    more = insert.on_conflict_do_update(
        index_elements=["signal"], set_={"level": SignalLevel.level + insert.excluded.level}
    )
    rows = iter([{"signal": signal, "level": level} for signal, level in counts.items()])
    while batch := list(islice(rows, AT_ONCE)):
        session.execute(more, batch)


def levels(session: Session, signals: Collection[str], now: datetime) -> dict[str, float]:
    """The levels of signals, as voices of now."""
    found: dict[str, float] = {}
    keys = iter(signals)
    while batch := list(islice(keys, AT_ONCE)):
        stored = select(SignalLevel.signal, SignalLevel.level).where(SignalLevel.signal.in_(batch))
        found |= {signal: level / weight(now) for signal, level in session.execute(stored)}
    return found


def voices_between(session: Session, start: datetime, end: datetime) -> list[Voice]:
    """What residents reported or joined from `start` until before `end`, in that order; praise is no trouble that rises."""
    filed = _voices(Report.conversation_id, Report.created_at, Report.text)
    joined = _voices(Endorsement.conversation_id, Endorsement.created_at, Endorsement.text).join(
        Endorsement, Endorsement.report_id == Report.id
    )
    return sorted(
        (
            voice
            for said, at in ((filed, Report.created_at), (joined, Endorsement.created_at))
            for voice in _read(session, said.where(at >= start, at < end))
        ),
        key=lambda voice: voice.at,
    )


def _voices(*said) -> Select:
    conversation_id, at, text = said
    return select(
        Report.id, conversation_id, at, Report.category, text, Report.district, Report.subdistrict, Report.spot
    ).where(Report.kind != "praise", Report.state.not_in(NO_VOICE))


def _read(session: Session, query: Select) -> Iterator[Voice]:
    return (Voice(*row) for row in session.execute(query))


def keep(session: Session, found: list[Surge]) -> None:
    """Bring the topics up to date with what was found: one that goes on grows, another is new."""
    if not found:
        return
    session.execute(select(LevelsUntil).with_for_update())  # one worker at a time, so that none makes a topic twice
    latest = max(voice.at for surge in found for voice in surge.voices)
    kept = session.scalars(select(Topic).where(Topic.last_at > latest - GOES_ON)).all()
    members = {topic: {member.report_id for member in topic.reports} for topic in kept}
    for surge in found:
        ids = {voice.report_id for voice in surge.voices}
        topic = _same(members, ids)
        if not topic:
            topic = Topic(state="open", first_at=surge.voices[0].at, last_at=surge.voices[-1].at)
            session.add(topic)
            members[topic] = set()
            _describe(topic, surge)
            log.warning("topic.found", extra={"category": surge.category, "score": round(surge.rise.score, 1)})
        _grow(topic, surge, ids - members[topic])
        members[topic] |= ids


def _same(members: dict[Topic, set[int]], ids: set[int]) -> Topic | None:
    """The topic that shares most reports with a surge, if it shares enough."""

    def shared(topic: Topic) -> float:
        return len(members[topic] & ids) / min(len(members[topic]), len(ids))

    nearest = max(members, key=shared, default=None)
    return nearest if nearest and shared(nearest) >= SHARED else None


def _grow(topic: Topic, surge: Surge, new: set[int]) -> None:
    if surge.rise.score > topic.score:
        _describe(topic, surge)
    topic.reports.extend(TopicReport(report_id=report_id) for report_id in sorted(new))
    topic.last_at = max(topic.last_at, surge.voices[-1].at)
    if topic.state in ("handled", "dismissed") and len(topic.reports) >= GROWS_MUCH * topic.decided_count:
        topic.state = "open"


def _describe(topic: Topic, surge: Surge) -> None:
    topic.name, topic.words = surge.name[:120], list(surge.words)
    topic.category, topic.district, topic.subdistrict = surge.category, surge.district, surge.subdistrict
    rise = surge.rise
    topic.count, topic.expected, topic.hours, topic.score = rise.count, rise.expected, rise.hours, rise.score
