"""Notices about reports, written to the conversations they belong to."""

from __future__ import annotations

from sqlalchemy.orm import Session

from channels.journal import Reply, say
from channels.models import Conversation
from feedback import take_notices


def write_notices(session: Session) -> int:
    """Turn what happened to reports into messages, in the caller's transaction; returns how many were written.

    A conversation of Rasa's stock REST channel is none of ours; nothing can be pushed to it.
    """
    written = 0
    for notice in take_notices(session):
        if session.get(Conversation, notice.conversation_id):
            say(session, notice.conversation_id, [Reply(notice.text, list(notice.buttons))], kind="notice")
            written += 1
    return written
