"""Answers of Open311 servers, XML or JSON, as rows: a list of plain dictionaries.

What an element or object holds below it is found under a path, such as `extended_attributes/detailed_status`; what stands
there more than once is a list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from feedback.dispatch.errors import DispatchUnavailable

Row = dict[str, str | list[str]]
DEPTH = 3
"""Levels below a row; no Open311 answer has more."""


def rows(content: bytes, form: str, item: str) -> list[Row]:
    """The rows of an answer; `item` is what XML calls one of them.

    Raises:
        DispatchUnavailable: it is not what it should be. What was asked for may have been done.
    """
    try:
        return _of_xml(content, item) if form == "xml" else _of_json(content)
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError) as error:
        raise DispatchUnavailable(f"派单系统的回答不是 {form.upper()}", acted=None) from error


def _of_xml(content: bytes, item: str) -> list[Row]:
    root = ElementTree.fromstring(content, forbid_dtd=True)
    found = [root] if root.tag == item else root.findall(item)
    return [_collected(_leaves(element, DEPTH)) for element in found]


def _leaves(element: Element, depth: int, path: str = "") -> Iterator[tuple[str, str]]:
    for child in element:
        name = f"{path}{child.tag}"
        if len(child) and depth:
            yield from _leaves(child, depth - 1, f"{name}/")
        elif child.text and child.text.strip():
            yield name, child.text.strip()


def _of_json(content: bytes) -> list[Row]:
    read = json.loads(content)
    if isinstance(read, dict):  # some wrap the list in an object, as XML wraps it in an element
        inner = [value for value in read.values() if isinstance(value, list)]
        read = inner[0] if len(inner) == 1 else [read]
    if not isinstance(read, list):
        raise ValueError("neither a list nor an object")
    return [_collected(_values(entry, DEPTH)) for entry in read if isinstance(entry, dict)]


def _values(value: Any, depth: int, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and depth:
        for name, inner in value.items():
            yield from _values(inner, depth - 1, f"{path}/{name}" if path else name)
    elif isinstance(value, list) and depth:
        for inner in value:
            yield from _values(inner, depth - 1, path)
    elif isinstance(value, bool):
        yield path, str(value).lower()
    elif isinstance(value, str | int | float):
        yield path, str(value)


def _collected(pairs: Iterator[tuple[str, str]]) -> Row:
    row: Row = {}
    for name, value in pairs:
        if name not in row:
            row[name] = value
        else:
            there = row[name]
            row[name] = [*there, value] if isinstance(there, list) else [there, value]
    return row
