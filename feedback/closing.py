"""How a report ends: the resident's verdict, the window in which it can be opened again, and staff who ask back.

Whoever had a part in a matter may rate it: the owner, who joined it, whose report was merged into it. All ratings are kept; only
the owner's moves the report. Good and middling ones close it, a bad one is for staff to look at, and whatever the stars: where
the owner says that the matter is as it was, it goes back to work.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.dispatch.outbox import assign
from feedback.errors import NotAllowed, NotStars, UnknownReport, WindowEnded, WordsMissing
from feedback.lifecycle import REPORT_STATES, RESIDENT, SYSTEM, change, lead, record
from feedback.models import Rating, Report
from feedback.residents import conversations_of
from feedback.settings import settings
from feedback.verdicts import BAD, BEST, SATISFIED, WORST, says_unsolved, stars_in
from storage import utcnow, writing

JOINED = "附议市民"
DONE = ("resolved", "closed")
TOO_OFTEN = 3
"""Opened again so often, a report is watched by the level above and looked at by staff."""
BATCH = 100


def judge(session: Session, report: Report, conversation_id: str, stars: int, words: str = "") -> None:
    """Keep what a resident thinks of how a report was dealt with: 1 to 5 stars, and why. Said again, it replaces what they said
    before of the same outcome, so that the reason may follow the stars. A merged report's verdict is one of the report that
    leads.

    Raises:
        NotStars: not 1 to 5.
        UnknownReport: who judges has no part in it.
        NotAllowed: the report is not resolved yet, or never will be.
    """
    if not WORST <= stars <= BEST:
        raise NotStars
    mine = conversations_of(session, conversation_id)
    matter = lead(report)
    if not _has_part(report, matter, mine):
        raise UnknownReport
    if not _is_done(matter):
        raise NotAllowed("评价", REPORT_STATES[matter.state])
    is_owner = matter.conversation_id in mine
    _keep_rating(matter, mine, conversation_id, stars, words)
    record(matter, "report.rated", RESIDENT if is_owner else JOINED, f"{stars} 星 {words}".strip(), stars=stars)
    if is_owner:
        _follow(matter, stars, words)


def rate(session: Session, report: Report, words: str) -> str:
    """Take the owner's verdict from words alone, and say what it does: "closed" if it is not bad, "noted" if staff will ask
    back, "reopened" if the matter is as it was.

    Raises:
        NotAllowed: the report is not resolved yet, or never will be.
        WindowEnded: it is not solved, and that comes too late.
    """
    unsolved = says_unsolved(words)
    stars = stars_in(words) or (None if unsolved else SATISFIED)
    if stars:
        judge(session, report, report.conversation_id, stars, words)
    if not unsolved:
        return "closed" if stars > BAD else "noted"
    if lead(report).state in DONE:
        reopen(session, report, words)
    return "reopened"


def reopen(session: Session, report: Report, words: str) -> None:
    """The resident says that it is not solved: the same department gets it again. Of a merged report the one that leads is opened.

    Raises:
        NotAllowed: the report is not resolved, or was never taken.
        WindowEnded: it was resolved too long ago.
    """
    matter = lead(report)
    if not _is_done(matter):
        raise NotAllowed("重新办理", REPORT_STATES[matter.state])
    if not within_window(matter, utcnow()):
        raise WindowEnded(settings().close_after_days)
    matter.solved = False
    _open_again(matter, RESIDENT, words)


def take_up_again(session: Session, report: Report, actor: str, reason: str) -> None:
    """Staff have a report dealt with again, however long ago it was resolved.

    Raises:
        WordsMissing: without a reason.
        NotAllowed: the report is not resolved.
    """
    if not reason.strip():
        raise WordsMissing("为什么要重新办理")
    _open_again(report, actor, reason.strip())
    report.needs_review = False


def mark_reviewed(session: Session, report: Report, actor: str, note: str) -> None:
    """Staff asked an unsatisfied resident back; the note says what came of it.

    Raises:
        WordsMissing: without a note.
    """
    if not note.strip():
        raise WordsMissing("回访情况")
    report.needs_review = False
    record(report, "report.reviewed", actor, note.strip())


def within_window(report: Report, now: datetime) -> bool:
    """Whether the resident can still have a resolved report opened again."""
    return report.resolved_at > now - _window()


def close_ended(now: datetime | None = None) -> int:
    """Close the resolved reports whose window has ended; returns how many. A job: safe beside other workers."""
    closed, batch = 0, BATCH
    while batch == BATCH:
        batch = _close_batch(now or utcnow())
        closed += batch
    return closed


def _close_batch(now: datetime) -> int:
    ended = (
        select(Report)
        .where(Report.state == "resolved", Report.resolved_at <= now - _window())
        .order_by(Report.resolved_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    with writing() as session:
        reports = session.scalars(ended).all()
        for report in reports:
            change(report, "close", SYSTEM, f"办结满 {settings().close_after_days} 天", how="window")
        return len(reports)


def _window() -> timedelta:
    return timedelta(days=settings().close_after_days)


def _is_done(report: Report) -> bool:
    """Praise is closed without ever having been resolved: there is nothing to judge."""
    return report.state in DONE and report.resolved_at is not None


def _has_part(report: Report, matter: Report, mine: list[str]) -> bool:
    joined = (*report.endorsements, *matter.endorsements)
    return bool({report.conversation_id, matter.conversation_id, *(e.conversation_id for e in joined)} & {*mine})


def _keep_rating(report: Report, mine: list[str], conversation_id: str, stars: int, words: str) -> None:
    said = [r for r in report.ratings if r.conversation_id in mine and r.created_at >= report.resolved_at]
    if said:
        said[-1].stars, said[-1].words = stars, words or said[-1].words
    else:
        report.ratings.append(Rating(conversation_id=conversation_id, stars=stars, words=words, created_at=utcnow()))


def _follow(report: Report, stars: int, words: str) -> None:
    """What the owner's verdict does to the report."""
    unsolved = says_unsolved(words)
    report.stars = stars
    report.solved = False if unsolved else (True if stars >= SATISFIED else None)
    if stars <= BAD:
        report.needs_review = True
    if unsolved and within_window(report, utcnow()):
        _open_again(report, RESIDENT, words)
    elif not unsolved and stars > BAD and report.state == "resolved":
        change(report, "close", RESIDENT, words)


def _open_again(report: Report, actor: str, reason: str) -> None:
    change(report, "reopen", actor, reason)
    if report.reopened >= TOO_OFTEN:
        report.supervised = report.needs_review = True
    if report.work_orders:  # what staff answered themselves waits for staff again
        assign(report, actor, reason)
