"""What departments' systems tell by themselves: `POST /dispatch/callbacks/{destination}`, signed (`signatures.py`).

The fields are those of `servicerequestupdates`; docs/dispatch.md says what a sender must know. An update is carried out once,
however often it comes, and a late one changes nothing; so a sender repeats until it hears 2xx.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from starlette.concurrency import run_in_threadpool

from feedback.dispatch import photos
from feedback.dispatch.destinations.config import Config, configured, secret
from feedback.dispatch.destinations.destination import LONGEST_NOTE, LONGEST_NUMBER, MOST_PHOTOS, Update, update
from feedback.dispatch.signatures import BadSignature, verify
from feedback.dispatch.updates import MEANING, NOTHING_NEW, carry_out, order_of
from storage import utcnow, writing

log = logging.getLogger(__name__)
router = APIRouter()

LARGEST_BODY = 64_000
"""Bytes."""
TRY_AGAIN_SECONDS = 10


class CallbackRefused(Exception):
    """A callback isn't taken: the status of HTTP, a stable code, and a sentence for whoever built the sender."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def _listed(value: Any) -> Any:
    """One address is a list of one."""
    return [] if value in (None, "") else value if isinstance(value, list) else [value]


Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_NUMBER)]
Address = Annotated[str, StringConstraints(max_length=photos.LONGEST_ADDRESS)]


class Told(BaseModel):
    """The body of a callback."""

    update_id: Annotated[Short, StringConstraints(min_length=1)]
    service_request_id: Short = ""
    reference: Short = ""
    status: Annotated[Short, StringConstraints(min_length=1)]
    updated_datetime: AwareDatetime
    description: Annotated[str, StringConstraints(max_length=LONGEST_NOTE)] = ""
    media_url: Annotated[list[Address], BeforeValidator(_listed), Field(max_length=MOST_PHOTOS)] = []

    @model_validator(mode="after")
    def _names_an_order(self) -> Told:
        if not (self.service_request_id or self.reference):
            raise ValueError("service_request_id 和 reference 至少要有一个")
        return self


@router.post("/dispatch/callbacks/{destination}")
async def callback(destination: str, request: Request) -> JSONResponse:
    """Take an update of a work order."""
    try:
        body = await _body(request)
        new = await run_in_threadpool(take, destination, request.headers, body, utcnow())
    except CallbackRefused as refused:
        log.warning("dispatch.callback_refused", extra={"destination": destination[:40], "code": refused.code})
        wait = {"Retry-After": str(TRY_AGAIN_SECONDS)} if refused.code == "not_yet" else None
        error = {"code": refused.code, "message": refused.message}
        return JSONResponse({"error": error}, refused.status, wait)
    return JSONResponse({"status": "carried_out" if new else "known"})


def take(destination: str, headers: Any, body: bytes, now: datetime) -> bool:
    """Check a callback and carry it out; False if it was carried out before.

    Raises:
        CallbackRefused: it can't be taken.
    """
    config = _config(destination)
    try:
        verify({key: secret(name) for key, name in config.callback_secrets.items()}, headers, body, now)
    except BadSignature as error:
        raise CallbackRefused(401, "bad_signature", f"{error}。") from error
    told = _update(config, body, now)
    with writing() as session:
        order = order_of(session, told, destination)
        if not order:
            raise CallbackRefused(404, "unknown_order", "没有这张工单，请核对 service_request_id 或 reference。")
        if not order.delivered:
            raise CallbackRefused(409, "not_yet", "这张工单还在派送，请过几秒再发。")
        return carry_out(session, told, destination)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            raise CallbackRefused(413, "too_large", f"内容超过 {LARGEST_BODY} 字节；照片请给网址。")
    return bytes(body)


def _config(destination: str) -> Config:
    for config in configured():
        if config.name == destination and config.callback_secrets:
            return config
    raise CallbackRefused(404, "unknown_destination", "没有这个派单系统，或者没有为它设置回调密钥。")


def _update(config: Config, body: bytes, now: datetime) -> Update:
    """The update that a body tells of.

    Raises:
        CallbackRefused: it is none, or says something that can't be.
    """
    try:
        told = Told.model_validate(json.loads(body))
    except (ValueError, RecursionError) as error:
        raise CallbackRefused(422, "invalid", _faults(error)) from error
    status = config.standing_of(told.status)
    if status not in MEANING and status not in NOTHING_NEW:
        raise CallbackRefused(
            422, "unknown_status", f"不认识状态「{told.status}」，请在去处文件的 states 里写明它的意思。"
        )
    found = update(told.model_dump(mode="json"), status, now)
    if not found:
        raise CallbackRefused(422, "invalid", "service_request_id 或 reference 不能用。")
    if MEANING.get(status, ("",))[0] == "give_back" and not found.description:
        raise CallbackRefused(422, "reason_missing", "退单要在 description 里写明理由。")
    for address in found.photos:
        if why := photos.forbidden(address):
            raise CallbackRefused(422, "photo_forbidden", f"media_url 里的照片不能取：{why}。")
    return found


def _faults(error: Exception) -> str:
    """Which fields are wrong, by name; never what was sent."""
    if not isinstance(error, ValidationError):
        return "内容不是 JSON。"
    fields = sorted({".".join(map(str, fault["loc"])) for fault in error.errors()} - {""})
    said = [
        str(fault["ctx"]["error"]) for fault in error.errors() if not fault["loc"] and "error" in fault.get("ctx", {})
    ]
    return (
        f"这些字段缺少或不对：{'、'.join(fields)}。"
        if fields
        else "；".join(said) + "。"
        if said
        else "内容要是一个 JSON 对象。"
    )
