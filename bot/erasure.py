"""Deletes what residents said, in the journal and in Rasa's memory: on their wish, and when it has been kept long enough."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import column, delete, inspect, select, table
from sqlalchemy.orm import Session

from channels import forgetting
from feedback import Erasure
from feedback.jobs import DAY, Job
from feedback.privacy.retention import BATCH, in_batches
from feedback.settings import settings
from storage import utcnow, writing

ANSWER_FIRST = timedelta(minutes=1)
"""The answer that tells the resident of the erasure must reach them before it is deleted too."""
_EVENTS = table("events", column("id"), column("sender_id"), column("timestamp"))
"""Rasa's table; its times are seconds since 1970."""


def erase_waiting() -> None:
    """Carry out the erasures whose conversations rest; safe beside other workers, and when it is cut off at any point."""
    with writing() as session:
        due = select(Erasure).where(
            Erasure.conversation_id.is_not(None), Erasure.requested_at < utcnow() - ANSWER_FIRST
        )
        for erasure in session.scalars(due.order_by(Erasure.id).limit(BATCH).with_for_update(skip_locked=True)).all():
            _carry_out(session, erasure)


def _carry_out(session: Session, erasure: Erasure) -> None:
    conversation_id = erasure.conversation_id
    if not forgetting.is_resting(session, conversation_id):
        return  # next time
    # Who wrote on afterwards keeps what came later: it may be about a new report.
    wrote_on = forgetting.wrote_after(session, conversation_id, erasure.requested_at)
    before = erasure.requested_at if wrote_on else utcnow()
    forgetting.forget(session, conversation_id, before)
    forget_events(session, conversation_id, before)
    erasure.conversation_id, erasure.done_at = None, utcnow()


def forget_events(session: Session, conversation_id: str, before: datetime) -> None:
    """Delete what Rasa remembers of a conversation from before a moment; nothing where Rasa has never run."""
    if _rasa_has_run(session):
        old = (_EVENTS.c.sender_id == conversation_id, _EVENTS.c.timestamp <= before.timestamp())
        session.execute(delete(_EVENTS).where(*old))


def expire_words() -> None:
    """Delete the words of conversations that have been kept long enough."""
    before = utcnow() - timedelta(days=settings().keep_conversation_days)
    in_batches(lambda session: forgetting.expire(session, before, BATCH))
    in_batches(lambda session: _expire_events(session, before))


def _expire_events(session: Session, before: datetime) -> int:
    """Of the oldest events, those from before a moment. Rasa has no index by time, but numbers them in their order."""
    if not _rasa_has_run(session):
        return 0
    oldest = select(_EVENTS.c.id).order_by(_EVENTS.c.id).limit(BATCH).scalar_subquery()
    old = (_EVENTS.c.id.in_(oldest), _EVENTS.c.timestamp < before.timestamp())
    return session.execute(delete(_EVENTS).where(*old)).rowcount


def _rasa_has_run(session: Session) -> bool:
    return inspect(session.connection()).has_table(_EVENTS.name)


JOBS = (Job(erase_waiting, 30.0), Job(expire_words, DAY))
