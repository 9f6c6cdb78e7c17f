"""Answers of Open311 in XML and JSON from the same plain data.

JSON is mapped from XML by the Spark convention that the standard names: the list that an outer element holds stands alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from starlette.responses import Response

FORMATS = ("xml", "json")


class Refused(Exception):
    """A request can't be answered; `status` and `str()` go into the standard's error body."""

    def __init__(self, status: int, description: str) -> None:
        super().__init__(description)
        self.status = status


def listing(form: str, root: str, item: str, rows: Iterable[dict], status: int = 200) -> Response:
    """A list of rows: `<root><item>…</item>…</root>` or a JSON array."""
    rows = list(rows)
    if form == "json":
        return _json(rows, status)
    tree = Element(root)
    for row in rows:
        _append(tree, item, row)
    return _xml(tree, status)


def single(form: str, root: str, fields: dict) -> Response:
    """One thing that is no list, such as a service definition."""
    if form == "json":
        return _json(fields, 200)
    tree = Element(root)
    for name, value in fields.items():
        _append(tree, name, value)
    return _xml(tree, 200)


def error(form: str, status: int, description: str) -> Response:
    """The standard's error body."""
    return listing(form, "errors", "error", [{"code": status, "description": description}], status)


def moment(at: datetime) -> str:
    """As the W3C note on dates and times writes it, in UTC."""
    return at.astimezone(UTC).isoformat()


def _append(parent: Element, name: str, value: Any) -> None:
    """A mapping becomes an element with children, a list of mappings one with an item each, other lists repeat the element."""
    if isinstance(value, list) and value and not isinstance(value[0], dict):
        for each in value:
            _append(parent, name, each)
        return
    child = SubElement(parent, name)
    if isinstance(value, dict):
        for inner, content in value.items():
            _append(child, inner, content)
    elif isinstance(value, list):
        for each in value:
            _append(child, name.removesuffix("s"), each)
    elif isinstance(value, bool):
        child.text = str(value).lower()
    elif value is not None:
        child.text = str(value)


def _xml(tree: Element, status: int) -> Response:
    content = tostring(tree, encoding="utf-8", xml_declaration=True)
    return Response(content, status, media_type="text/xml")


def _json(value: Any, status: int) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), status, media_type="application/json; charset=utf-8")
