"""The page of topics: what rises, how far above normal, and what staff do about it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.orm.exc import StaleDataError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin import CustomView, flash, get_flashed_messages, route

from feedback.errors import FeedbackError
from feedback.report_number import CITY_TIME, display
from feedback.topics.decisions import DECISIONS, STATES, decide, new_topics
from feedback.topics.models import Topic, TopicReport
from nlu.categories import names
from storage import reading, writing

MOST = 50
SHOWN_REPORTS = 30
HOURS = 24
"""Hours of the small bars."""


class TopicsPage(CustomView):
    """Topics, undecided ones first, the most striking on top."""

    @property
    def menu_label(self) -> str:
        """With the number of new ones, which staff see on every page."""
        with reading() as session:
            count = new_topics(session)
        return f"热点（{count} 新）" if count else "热点"

    @menu_label.setter
    def menu_label(self, label: str) -> None:
        """The menu's words are its own."""

    @route("")
    async def index(self, request: Request) -> Response:
        context = {
            "title": "热点",
            "topics": await run_in_threadpool(_topics),
            "decisions": DECISIONS,
            "flashed_messages": get_flashed_messages(request),
        }
        return self.templates.TemplateResponse(request=request, name="topics.html", context=context)

    @route("/decide", methods=["POST"])
    async def decide(self, request: Request) -> Response:
        form = await request.form()
        topic_id, state, note = (str(form.get(name) or "") for name in ("topic", "state", "note"))
        actor = f"工作人员 {request.state.staff.name}"
        try:
            await run_in_threadpool(_decide, int(topic_id), state, actor, note)
            flash(request, f"已记为「{DECISIONS[state]}」。", "success")
        except FeedbackError as refused:
            flash(request, str(refused), "error")
        except StaleDataError:
            flash(request, "这个热点刚刚有变化，请再看一眼。", "error")
        return RedirectResponse(request.url_for("console:topics"), 303)


def _decide(topic_id: int, state: str, actor: str, note: str) -> None:
    with writing() as session:
        decide(session, session.get_one(Topic, topic_id), state, actor, note)


def _topics() -> list[dict]:
    with reading() as session:
        return [_shown(topic) for topic in _latest(session)]


def _latest(session: Session) -> list[Topic]:
    latest = (
        select(Topic)
        .order_by(Topic.state.not_in(("open", "watched")), Topic.state != "open", Topic.score.desc(), Topic.id.desc())
        .limit(MOST)
        .options(selectinload(Topic.reports).joinedload(TopicReport.report))
    )
    return list(session.scalars(latest))


def _shown(topic: Topic) -> dict:
    reports = [member.report for member in topic.reports]
    return {
        "id": topic.id,
        "name": topic.name,
        "state": topic.state,
        "state_words": STATES[topic.state],
        "category": names().get(topic.category, topic.category),
        "count": topic.count,
        "expected": topic.expected,
        "hours": topic.hours,
        "score": topic.score,
        "since": _clock(topic.first_at),
        "last": _clock(topic.last_at),
        "by": topic.handled_by,
        "note": topic.note,
        "bars": _bars([report.created_at for report in reports], topic.last_at),
        "total": len(reports),
        "reports": [
            {"id": report.id, "number": display(report.number), "text": report.text}
            for report in reports[-SHOWN_REPORTS:][::-1]
        ],
    }


def _clock(moment: datetime) -> str:
    return moment.astimezone(CITY_TIME).strftime("%-m月%-d日 %H:%M")


def _bars(moments: list[datetime], last: datetime) -> list[float]:
    """Reports by hour of the day before the last one, as parts of the most."""
    counts = Counter(int((last - moment) / timedelta(hours=1)) for moment in moments)
    most = max(counts.values(), default=1)
    return [counts[hour] / most for hour in reversed(range(HOURS))]
