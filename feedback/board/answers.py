"""How the board answers: headers that let a browser load nothing from elsewhere, and short public caching."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from feedback.settings import settings

SECONDS = 60
"""How long anybody may keep an answer without asking again: what is taken back is gone everywhere a minute later."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class SafeHeaders:
    """Puts `HEADERS` on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def answer(request: Request, content: str, media_type: str, changed_at: datetime | None = None) -> Response:
    """Content with its ETag, or 304 if the reader has it already; `changed_at` becomes Last-Modified."""
    headers = cached(hashlib.sha256(content.encode()).hexdigest(), changed_at)
    return unchanged(request, headers) or Response(content, media_type=media_type, headers=headers)


def cached(version: str, changed_at: datetime | None = None) -> dict[str, str]:
    """Headers that say what version of something an answer is, and how long it may be kept."""
    headers = {"Cache-Control": f"public, max-age={SECONDS}", "ETag": f'W/"{version[:24]}"'}
    return headers | ({"Last-Modified": format_datetime(changed_at.astimezone(UTC), usegmt=True)} if changed_at else {})


def unchanged(request: Request, headers: dict[str, str]) -> Response | None:
    """304 for a reader who has this version."""
    known = [tag.strip() for tag in request.headers.get("If-None-Match", "").split(",")]
    return Response(status_code=304, headers=headers) if headers["ETag"] in known else None


def base_of(request: Request) -> str:
    """The board's address for readers elsewhere, with a slash at its end."""
    return f"{(settings().public_url or str(request.base_url)).rstrip('/')}/board/"
