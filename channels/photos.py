"""Photos over the web channel: checked, stored, and told to the assistant as a message."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Form, Request, UploadFile
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from channels import journal
from channels.models import InboundMessage
from channels.web import ChannelError, MessageId, Token, find_conversation
from feedback import Attachment, PhotoRefused
from feedback.attachments import taking
from feedback.attachments.photo import MOST_BYTES
from storage import reading, utcnow, writing

LARGEST_BODY = MOST_BYTES + 10_000
"""Of the request, with what stands around the photo."""
DECODERS = CapacityLimiter(2)
"""Photos that are decoded at once: each may take some hundred megabytes of memory."""
SAID = "[图片]"
"""What the assistant hears in place of a photo, as messengers write it."""
IN_A_ROW = timedelta(minutes=1)
"""Photos that come so soon after one another are one message."""
STATUS = {"photo_too_large": 413, "too_many_photos": 429}

router = APIRouter(prefix="/web")


@router.post("/photos", status_code=202)
async def send_photo(
    request: Request, session: Annotated[Token, Form()], id: Annotated[MessageId, Form()], photo: UploadFile
) -> dict:
    """Store a photo and acknowledge it with the key of its address; a repeat of an id is answered as it was before. What the
    sender calls it, and calls its type, is not looked at."""
    try:
        key = await run_in_threadpool(_known, session, id)
        if not key:
            sha256 = await to_thread.run_sync(taking.keep, await photo.read(), limiter=DECODERS)
            key, conversation_id = await run_in_threadpool(_store, session, id, sha256)
            request.app.state.pump.wake(conversation_id)
    except PhotoRefused as refused:
        raise ChannelError(STATUS.get(refused.code, 422), refused.code, str(refused)) from refused
    return {"id": id, "key": key}


def _known(token: str, message_id: str) -> str | None:
    """The key of a photo that came before; None if it is to be taken."""
    with reading() as session:
        conversation = find_conversation(session, token)
        if photo := taking.received(session, conversation.id, message_id):
            return photo.key
        taking.check_pace(session, conversation.id)
        return None


def _store(token: str, message_id: str, sha256: str) -> tuple[str, str]:
    with writing() as session:
        conversation = find_conversation(session, token)
        session.refresh(conversation, with_for_update=True)  # its photos are counted, one after another
        photo = taking.received(session, conversation.id, message_id)
        if not photo:
            photo = taking.receive(session, conversation.id, message_id, sha256)
            _announce(session, photo)
        return photo.key, conversation.id


def _announce(session: Session, photo: Attachment) -> None:
    """Let the assistant hear of photos, of several in a row once."""
    said = select(InboundMessage).where(InboundMessage.conversation_id == photo.conversation_id)
    last = session.scalar(said.order_by(InboundMessage.id.desc()).limit(1))
    if not (last and last.text == SAID and last.received_at > utcnow() - IN_A_ROW):
        journal.take_in(session, photo.conversation_id, photo.message_id, SAID)
