"""The resident's message as an action sees it, and buttons."""

from __future__ import annotations

import json

from rasa_sdk import Tracker

from feedback.draft import Said


def said(tracker: Tracker) -> Said:
    """The latest message as plain data."""
    message = tracker.latest_message
    return Said(
        text=message.get("text") or "",
        intent=intent(tracker),
        matter=message.get("matter") or {},
        location=message.get("location") or {},
        phone=entity(tracker, "phone"),
        item=entity(tracker, "item"),
        question=tracker.get_slot("question"),
        matters=tuple(message.get("matters") or ()),
    )


def intent(tracker: Tracker) -> str:
    return (tracker.latest_message.get("intent") or {}).get("name") or "nlu_fallback"


def entity(tracker: Tracker, name: str) -> str | None:
    """The first value of an entity in the latest message."""
    found = (e["value"] for e in tracker.latest_message.get("entities") or [] if e.get("entity") == name)
    value = next(found, None)
    return str(value) if value is not None else None


def message_id(tracker: Tracker) -> str:
    """An id of the latest message that no other conversation has; the same message always gets the same."""
    latest = next((e for e in reversed(tracker.events) if e.get("event") == "user"), {})
    return f"{tracker.sender_id}:{latest.get('message_id')}"[:100]


def button(title: str, intent: str, **entities: str) -> dict[str, str]:
    """A button that says an intent outright."""
    return {"title": title, "payload": f"/{intent}{json.dumps(entities, ensure_ascii=False) if entities else ''}"}
