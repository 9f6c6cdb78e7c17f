"""Faults that the program can be told to have, so that whoever talks to it can be tested.

Faults of requests strike the Open311 endpoints; those of updates strike `servicerequestupdates` and the callbacks alike.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic.dataclasses import dataclass
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATH = "/open311/"


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Faults:
    """What goes wrong; as it is made, nothing. Shares are parts of all requests, from 0 to 1, and add up to 1 at most."""

    slow: float = Field(0, ge=0, le=600)
    """Seconds between acting and answering."""
    fail: float = Field(0, ge=0, le=1)
    """Share of requests that get an error and are not acted upon."""
    status: int = Field(500, ge=400, le=599)
    """The HTTP status of that error."""
    retry_after: int | None = Field(None, ge=0)
    """Seconds in its header `Retry-After`."""
    drop: float = Field(0, ge=0, le=1)
    """Share of requests that are acted upon, whereupon the connection ends without an answer."""
    garbage: float = Field(0, ge=0, le=1)
    """Share of requests that are acted upon and answered with what is neither XML nor JSON."""
    repeat: bool = False
    """Every update comes twice."""
    reorder: bool = False
    """Updates come in a random order."""
    lie: Literal["", "unfixed", "unknown_status", "wrong_id"] = ""
    """Updates say: after done, at work again; a status that doesn't exist; the number of another job."""
    ignore_keys: bool = False
    """The same idempotency key makes another job."""
    tokens: bool = False
    """Filing is answered with a token."""
    token_seconds: float = Field(0, ge=0)
    """How long after filing a token has no number yet."""
    seed: int = 0
    """The same seed and the same requests meet the same faults."""

    @model_validator(mode="after")
    def _shares_fit(self) -> Faults:
        if self.fail + self.drop + self.garbage > 1:
            raise ValueError("the shares add up to more than 1")
        return self


class Switch:
    """The faults of the moment; after a restart there are none."""

    def __init__(self) -> None:
        self.set(Faults())

    def set(self, faults: Faults) -> None:
        self.faults, self._chance = faults, random.Random(faults.seed)

    def fate(self) -> Literal["fail", "drop", "garbage", ""]:
        """What becomes of the next request."""
        drawn = self._chance.random()
        for name in ("fail", "drop", "garbage"):
            drawn -= getattr(self.faults, name)
            if drawn < 0:
                return name
        return ""

    def told(self, updates: Iterable[dict]) -> list[dict]:
        """The updates as they are told under the faults."""
        told = [lie for update in updates for lie in _lies(update, self.faults.lie)]
        if self.faults.repeat:
            told = [update for update in told for _ in range(2)]
        if self.faults.reorder:
            self._chance.shuffle(told)
        return told


def _lies(update: dict, lie: str) -> list[dict]:
    if lie == "unfixed" and update["status"] == "fixed":
        later = datetime.fromisoformat(update["updated_datetime"]) + timedelta(seconds=1)
        again = {
            "update_id": f"{update['update_id']}-unfixed",
            "status": "in_progress",
            "updated_datetime": later.isoformat(),
        }
        return [update, update | again]
    if lie == "unknown_status":
        return [update | {"status": "teleported"}]
    if lie == "wrong_id":
        return [update | {"service_request_id": str(int(update["service_request_id"]) + 1)}]
    return [update]


class FaultLayer:
    """Lies around the program and lets its faults strike."""

    def __init__(self, app: ASGIApp, switch: Switch) -> None:
        self._app = app
        self._switch = switch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PATH):
            return await self._app(scope, receive, send)
        faults, fate = self._switch.faults, self._switch.fate()
        if fate in ("drop", "garbage"):
            await self._app(scope, receive, _unheard)
        if fate == "drop":
            await asyncio.sleep(faults.slow)
            # A body that is promised and doesn't come: the server ends the connection.
            return await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
        answer = {"fail": _failure(faults), "garbage": _garbage()}.get(fate, self._app)
        await answer(scope, receive, _after(faults.slow, send))


async def _unheard(message: Message) -> None:
    """Where an answer goes that nobody is to hear."""


def _after(seconds: float, send: Send) -> Send:
    async def later(message: Message) -> None:
        if message["type"] == "http.response.start":
            await asyncio.sleep(seconds)
        await send(message)

    return later


def _failure(faults: Faults) -> Response:
    headers = {} if faults.retry_after is None else {"Retry-After": str(faults.retry_after)}
    return PlainTextResponse("the reference dispatch system was told to fail", faults.status, headers)


def _garbage() -> Response:
    return Response(b"<html><p>\xff\xfe { not what you asked for", media_type="text/html")
