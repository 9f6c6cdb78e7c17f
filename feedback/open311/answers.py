"""Plain data as the standard's XML and JSON, and which of the two is asked for.

JSON follows from the XML by the standard's Spark convention: an element with one kind of children is a list, and a list is
not wrapped in an object at the top.
"""

from __future__ import annotations

import json
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from feedback.open311.errors import Refused
from feedback.plain_text import for_xml

MEDIA_TYPES = {"xml": "text/xml", "json": "application/json"}
_FORMATS = {"application/json": "json", "text/xml": "xml", "application/xml": "xml"}
_ITEMS = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
"""What an entry of a list is called in XML."""


class Formats:
    """Takes the format off the end of an address (`/services.xml`), else out of `Accept`; XML where neither says."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            # In the scope itself, not in a copy: errors are answered from further out, and in the same format.
            stem, _, suffix = scope["path"].rpartition(".")
            if suffix in MEDIA_TYPES and not stem.endswith("/openapi"):
                scope["path"], scope["open311.format"] = stem, suffix
            else:
                scope["open311.format"] = _accepted(Request(scope).headers.get("accept", ""))
        await self._app(scope, receive, send)


def answer(request: Request, root: str, data: Any, status: int = 200, headers: dict | None = None) -> Response:
    """Data as the format asked for; `root` is the name of XML's outermost element."""
    name = request.scope.get("open311.format", "xml")
    content = as_xml(root, data) if name == "xml" else as_json(data)
    media_type = f"{MEDIA_TYPES[name]}; charset=utf-8"
    return Response(content, status, {"X-Content-Type-Options": "nosniff"} | (headers or {}), media_type)


def error(request: Request, refused: Refused) -> Response:
    """The standard's list of errors."""
    errors = [{"code": refused.status, "description": words} for words in refused.descriptions]
    return answer(request, "errors", errors, refused.status, dict(refused.headers or {}))


def as_json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def as_xml(root: str, data: Any) -> bytes:
    tree = Element(root)
    _fill(tree, data)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + tostring(tree, encoding="utf-8")


def _fill(element: Element, data: Any) -> None:
    if isinstance(data, dict):
        for name, value in data.items():
            _fill(SubElement(element, name), value)
    elif isinstance(data, list):
        for value in data:
            _fill(SubElement(element, _ITEMS[element.tag]), value)
    elif isinstance(data, bool):
        element.text = str(data).lower()
    elif data is not None:
        element.text = for_xml(str(data))


def _accepted(header: str) -> str:
    """The format that a client likes best of those there are."""
    best, found = 0.0, "xml"
    for wanted in header.split(","):
        media_type, *parameters = (part.strip().lower() for part in wanted.split(";"))
        liked = next((_quality(p) for p in parameters if p.startswith("q=")), 1.0)
        if media_type in _FORMATS and liked > best:
            best, found = liked, _FORMATS[media_type]
    return found


def _quality(parameter: str) -> float:
    try:
        return float(parameter[2:])
    except ValueError:
        return 0.0
