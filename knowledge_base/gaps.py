"""Questions that could not be answered, kept for staff."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from knowledge_base.models import Gap


def record_gap(session: Session, text: str, conversation_id: str | None, message_id: str | None) -> Gap:
    """Keep a question that found no guide; the same message is kept once."""
    if message_id:
        known = session.scalar(select(Gap).where(Gap.message_id == message_id))
        if known:
            return known
    gap = Gap(text=text[:2000], conversation_id=conversation_id, message_id=message_id)
    session.add(gap)
    session.flush()
    return gap
