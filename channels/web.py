"""The web channel: sessions, messages in, events out (SSE or long polling)."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel, ConfigDict, StringConstraints, field_validator
from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from channels import journal
from channels.models import Conversation, OutboundMessage
from channels.settings import settings
from storage import reading, writing

LONG_POLL_SECONDS = 25.0
LOOK_SECONDS = 0.25

Token = Annotated[str, StringConstraints(min_length=20, max_length=100)]
MessageId = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]


class ChannelError(Exception):
    """A refusal of the web channel: an HTTP status, a stable code and a sentence for the resident."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class SendMessage(BaseModel):
    model_config = ConfigDict(strict=True)

    session: Token
    id: MessageId
    text: str

    @field_validator("text")
    @classmethod
    def _sayable(cls, text: str) -> str:
        """Without what no database keeps: control characters and halves of surrogate pairs."""
        whole = text.encode("utf-8", "replace").decode("utf-8")
        return "".join(c for c in whole if c in "\n\t" or c >= " ").strip()


@dataclass(eq=False)
class _Reader:
    after: int
    woken: asyncio.Event


class Listeners:
    """Wakes the waiting readers of a conversation. One look at the database serves all of them."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[_Reader]] = defaultdict(set)
        self._task: asyncio.Task | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._look())

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def wait(self, conversation_id: str, after: int, seconds: float) -> None:
        """Return when the conversation may have something after a sequence number, or the time is over."""
        reader = _Reader(after, asyncio.Event())
        self._waiting[conversation_id].add(reader)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await reader.woken.wait()
        finally:
            self._waiting[conversation_id].discard(reader)
            if not self._waiting[conversation_id]:
                del self._waiting[conversation_id]

    def wake(self, conversation_id: str) -> None:
        """Something was said in this process: its readers need not wait for the next look."""
        for reader in self._waiting.get(conversation_id, ()):
            reader.woken.set()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if waiting := list(self._waiting):
                for conversation_id, last in await run_in_threadpool(_last_sequences, waiting):
                    for reader in self._waiting.get(conversation_id, ()):
                        if last > reader.after:
                            reader.woken.set()


def _last_sequences(conversation_ids: list[str]) -> list[tuple[str, int]]:
    query = select(Conversation.id, Conversation.last_sequence).where(Conversation.id.in_(conversation_ids))
    with reading() as session:
        return [tuple(row) for row in session.execute(query)]


router = APIRouter(prefix="/web")


@router.post("/sessions")
def open_session() -> dict:
    """A new anonymous conversation; who holds the token is the resident."""
    token = secrets.token_urlsafe(32)
    with writing() as session:
        session.add(Conversation(id=f"web-{secrets.token_hex(12)}", channel="web", token_hash=_hash(token)))
    return {"session": token}


@router.post("/messages", status_code=202)
async def send_message(message: SendMessage, request: Request) -> dict:
    """Store a message, acknowledge it, and have it answered over `/web/events`."""
    if not message.text:
        raise ChannelError(422, "empty", "请写点什么再发送。")
    if len(message.text) > (longest := settings().longest_message):
        raise ChannelError(413, "too_long", f"一次最多写 {longest} 个字，请分几次发。")
    conversation_id = await run_in_threadpool(_store, message)
    request.app.state.pump.wake(conversation_id)
    return {"id": message.id}


def _store(message: SendMessage) -> str:
    with writing() as session:
        conversation = find_conversation(session, message.session)
        journal.take_in(session, conversation.id, message.id, message.text)
        return conversation.id


@router.get("/events")
async def events(
    request: Request,
    session: Annotated[str, Query(max_length=100)],
    after: Annotated[int, Query(ge=0, le=2**31)] = 0,
    accept: Annotated[str, Header()] = "",
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """What was said after an event, as a stream or, with `Accept: application/json`, as an array."""
    conversation_id = await run_in_threadpool(_conversation_id, session)
    listeners: Listeners = request.app.state.listeners
    if last_event_id and last_event_id.isdecimal():
        after = max(after, int(last_event_id))
    if "application/json" in accept:
        return JSONResponse(await _poll(listeners, conversation_id, after))
    return EventSourceResponse(_stream(listeners, conversation_id, after), ping=15)


async def _poll(listeners: Listeners, conversation_id: str, after: int) -> list[dict]:
    deadline = asyncio.get_running_loop().time() + LONG_POLL_SECONDS
    while True:
        found = await run_in_threadpool(_said_after, conversation_id, after)
        remaining = deadline - asyncio.get_running_loop().time()
        if found or remaining <= 0:
            return found
        await listeners.wait(conversation_id, after, remaining)


async def _stream(listeners: Listeners, conversation_id: str, after: int) -> AsyncIterator[ServerSentEvent]:
    while True:
        for event in await run_in_threadpool(_said_after, conversation_id, after):
            after = event["id"]
            yield ServerSentEvent(json.dumps(event, ensure_ascii=False), id=str(after))
        await listeners.wait(conversation_id, after, LONG_POLL_SECONDS)


def _said_after(conversation_id: str, after: int) -> list[dict]:
    with reading() as session:
        return [_event(message) for message in journal.said_after(session, conversation_id, after)]


def _event(message: OutboundMessage) -> dict:
    return {
        "id": message.sequence,
        "text": message.text,
        "buttons": message.buttons,
        "kind": message.kind,
        "at": message.created_at.isoformat(),
    }


def _conversation_id(token: str) -> str:
    with reading() as session:
        return find_conversation(session, token).id


def find_conversation(session: Session, token: str) -> Conversation:
    """The conversation of a session's token.

    Raises:
        ChannelError: there is none such.
    """
    conversation = session.scalar(_of(token))
    if not conversation:
        raise ChannelError(401, "unknown_session", "会话已失效，请刷新页面重新开始。")
    return conversation


def conversation_of(token: str) -> str | None:
    """The id of the conversation of a session's token, if there is one."""
    with reading() as session:
        conversation = session.scalar(_of(token))
        return conversation and conversation.id


def _of(token: str) -> Select[tuple[Conversation]]:
    return select(Conversation).where(Conversation.token_hash == _hash(token))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
