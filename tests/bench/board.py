"""The public board at a city's size: what its pages ask the database."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import Report, public_report
from feedback.board import numbers
from feedback.board.data import BATCH
from feedback.board.wanted import PAGE
from feedback.deadlines.queries import due_of
from feedback.figures import last_days
from feedback.public_steps import steps
from feedback.publication import public_view, published, published_between, recently_adopted, recently_solved, stamp_of

LISTS = {
    "newest": {},
    "newest of a district": {"district": "崇明区"},
    "newest of a rare category": {"category": "other"},
    "of both": {"district": "崇明区", "category": "other"},
    "open ones of both": {"district": "崇明区", "category": "other", "state": "open"},
    "most endorsed": {"order": "endorsed"},
    "most endorsed of both": {"district": "崇明区", "category": "other", "order": "endorsed"},
    "waiting longest": {"order": "waiting"},
    "waiting longest of a district": {"district": "崇明区", "order": "waiting"},
    "merged ones": {"state": "merged"},
    "a kind that is rare": {"kind": "suggestion"},
    "with words": {"words": "宜山路 老人"},
    "with words that are nowhere": {"words": "没有这样的词"},
}


def works(session: Session) -> dict[str, Callable[[Session], object]]:
    """What is measured, by name; the session is for looking what there is."""
    shown = [report.public_id for report in published(session, most=PAGE)]
    middle = session.scalar(
        select(Report.public_id).where(Report.publishable).order_by(Report.id).offset(1000).limit(1)
    )
    month = last_days(30)
    measured = {f"board: {what}": _list(wanted) for what, wanted in LISTS.items()}
    return measured | {
        "board: newest, far down": _list({"before": middle}),
        "board: one report": lambda s: _one(s, shown[0]),
        "board: solved and adopted lately": lambda s: (recently_solved(s, 5), recently_adopted(s, 5)),
        "board: whether a month's file has changed": lambda s: stamp_of(s, month.start, month.end),
        f"board: {BATCH} reports of a file": lambda s: published_between(s, month.start, month.end, BATCH),
    }


def overview(days: str) -> Callable[[], object]:
    """All figures of the overview, counted anew."""

    def count() -> None:
        numbers.forget()
        for by in ("district", "department"):
            numbers.numbers(days, by)

    return count


def _list(wanted: dict[str, str]) -> Callable[[Session], object]:
    return lambda session: [public_view(report) for report in published(session, most=PAGE + 1, **wanted)]


def _one(session: Session, public_id: str) -> None:
    report = public_report(session, public_id)
    public_view(report), steps(report), due_of(report)
