"""What was said in a conversation, for staff to read."""

from __future__ import annotations

from datetime import timedelta
from operator import itemgetter

from sqlalchemy import select

from channels.models import InboundMessage, OutboundMessage
from storage import reading

LONGEST = 500
SLOWED = timedelta(seconds=0.5)


def transcript(conversation_id: str) -> list[dict]:
    """Both sides of a conversation by time: `who`, `text`, `at`. The last few hundred messages."""
    with reading() as session:
        heard = session.scalars(
            select(InboundMessage)
            .where(InboundMessage.conversation_id == conversation_id)
            .order_by(InboundMessage.id.desc())
            .limit(LONGEST)
        )
        said = session.scalars(
            select(OutboundMessage)
            .where(OutboundMessage.conversation_id == conversation_id)
            .order_by(OutboundMessage.sequence.desc())
            .limit(LONGEST)
        ).all()
        titles = {b["payload"]: b["title"] for m in said for b in m.buttons}
        lines = [{"who": _who(m), "text": _shown(m.text, titles), "at": m.received_at} for m in heard]
        lines += [{"who": "民声", "text": m.text, "at": m.created_at} for m in said]
    return sorted(lines, key=itemgetter("at"))


def _who(message: InboundMessage) -> str:
    """The resident; with a mark where so many messages came at once that they were slowed."""
    slowed = message.attempts <= 1 and message.next_attempt_at > message.received_at + SLOWED
    return "市民（刷屏，已放慢）" if slowed else "市民"


def _shown(text: str, titles: dict[str, str]) -> str:
    """What the resident saw: of a button its title, not the payload that it sends."""
    return f"［{titles[text]}］" if text in titles else text
