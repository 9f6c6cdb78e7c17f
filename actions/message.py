"""The latest message of a conversation as plain data, and buttons to answer it with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from rasa_sdk import Tracker

from feedback.draft import Said
from nlu.places import locate

LONGEST_QUOTE = 60


def said(tracker: Tracker) -> Said:
    """The latest message as plain data."""
    message = tracker.latest_message
    return Said(
        text=text_of(tracker),
        intent=intent(tracker),
        matter=message.get("matter") or {},
        location=message.get("location") or _pinned_location(tracker),
        contact=_contact(tracker),
        item=entity(tracker, "item"),
        question=tracker.get_slot("question"),
        matters=tuple(message.get("matters") or ()),
    )


def _contact(tracker: Tracker) -> str | None:
    """A telephone number, else another way to be reached."""
    if phone := entity(tracker, "phone"):
        return phone
    wechat = entity(tracker, "wechat")
    return f"微信 {wechat}" if wechat else entity(tracker, "email")


def _pinned_location(tracker: Tracker) -> dict:
    """What a channel tells of a place that was sent as a pin on a map; empty if none was."""
    coordinates = {name: entity(tracker, name) for name in ("latitude", "longitude")}
    if not all(coordinates.values()):
        return {}
    label = entity(tracker, "label") or ""
    return asdict(locate(label)) | {"address": label or None} | {n: float(c) for n, c in coordinates.items()}


def text_of(tracker: Tracker) -> str:
    return tracker.latest_message.get("text") or ""


def intent(tracker: Tracker) -> str:
    return (tracker.latest_message.get("intent") or {}).get("name") or "nlu_fallback"


def entity(tracker: Tracker, name: str) -> str | None:
    """The first value of an entity in the latest message."""
    found = (e["value"] for e in tracker.latest_message.get("entities") or [] if e.get("entity") == name)
    value = next(found, None)
    return str(value) if value is not None else None


def messages_of_resident(tracker: Tracker) -> Iterator[dict]:
    """The resident's messages as events, the latest first; only recent ones are known."""
    return (event for event in reversed(tracker.events) if event.get("event") == "user")


def told_place(tracker: Tracker) -> dict:
    """What a message tells of a place; of one that is nothing but a place all its words."""
    location = said(tracker).location
    if intent(tracker) == "inform_place" and not location.get("address"):
        return {**location, "address": text_of(tracker)[:200]}
    return location


def message_id(tracker: Tracker) -> str:
    """An id of the latest message that no other conversation has; the same message always gets the same."""
    return f"{tracker.sender_id}:{next(messages_of_resident(tracker), {}).get('message_id')}"[:100]


def button(title: str, intent: str, **entities: str | int) -> dict[str, str]:
    """A button that says an intent outright."""
    return {"title": title, "payload": f"/{intent}{json.dumps(entities, ensure_ascii=False) if entities else ''}"}


def quoted(text: str) -> str:
    """A resident's words, short enough to stand within a sentence."""
    return text if len(text) <= LONGEST_QUOTE else f"{text[: LONGEST_QUOTE - 1]}…"
