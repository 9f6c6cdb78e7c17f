"""What staff decide about topics."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.errors import UnknownDecision
from feedback.topics.models import Topic

DECISIONS = {"watched": "处理中", "handled": "已处理", "dismissed": "不是热点"}
STATES = {"open": "新"} | DECISIONS


def decide(session: Session, topic: Topic, state: str, actor: str, note: str) -> None:
    """Write down what staff do about a topic.

    Raises:
        UnknownDecision: it is none of `DECISIONS`.
    """
    if state not in DECISIONS:
        raise UnknownDecision
    topic.state, topic.handled_by, topic.note = state, actor, note.strip()
    topic.decided_count = len(topic.reports)


def new_topics(session: Session) -> int:
    """How many topics nobody has decided on."""
    return session.scalar(select(func.count()).where(Topic.state == "open")) or 0
