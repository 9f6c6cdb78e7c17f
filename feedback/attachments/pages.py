"""Serves photos to those who may see them; to all others none exists."""

from __future__ import annotations

import logging
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from feedback.attachments import files
from feedback.attachments.photo import MEDIA_TYPE
from feedback.attachments.viewing import is_owners, is_public, photo_of
from feedback.console.login import active_staff, staff_session
from storage import reading

log = logging.getLogger(__name__)

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Disposition": 'inline; filename="photo.jpg"',
    "Cache-Control": "private, max-age=31536000, immutable",
    "Vary": "Authorization",
}
"""A photo never changes. Whatever a browser may take it for, it runs nothing."""


def mount_attachments(app: Starlette, conversation_of: Callable[[str], str | None]) -> None:
    """Serve `/attachments/{key}`, with `?size=small` the thumbnail. `conversation_of` finds the conversation of a web session's
    token, which its owner sends as `Authorization: Bearer`."""

    async def serve(request: Request) -> Response:
        return await run_in_threadpool(_served, request, conversation_of)

    app.mount("/attachments", Router([Route("/{key}", serve)], middleware=[staff_session()]))


def _served(request: Request, conversation_of: Callable[[str], str | None]) -> Response:
    name = _seen_by(request, conversation_of)
    try:
        content = files.read(name, small=request.query_params.get("size") == "small") if name else None
    except FileNotFoundError:
        log.error("attachments.file_missing", extra={"name_of_file": name})
        content = None
    if content is None:
        raise HTTPException(404)
    return Response(content, media_type=MEDIA_TYPE, headers=HEADERS)


def _seen_by(request: Request, conversation_of: Callable[[str], str | None]) -> str | None:
    """The file's name if the photo is one that who asks may see."""
    with reading() as session:
        photo = photo_of(session, request.path_params["key"])
        if not photo:
            return None
        if is_public(photo) or active_staff(request.session.get("staff")):
            return photo.sha256
        conversation_id = conversation_of(_bearer(request))
        return photo.sha256 if conversation_id and is_owners(session, photo, conversation_id) else None


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""
