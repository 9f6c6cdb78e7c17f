"""What all actions share: the message as plain data, a voice for the resident, buttons."""

from __future__ import annotations

import json
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.voice import Manner, Voice, manner_after
from feedback import latest_report, supplement
from feedback.draft import Said
from nlu.danger import denies_self_harm
from nlu.places import locate
from storage import writing

CRISIS_LASTS = timedelta(hours=1)
"""Time in which nobody who spoke of ending their life is met with small talk or a form."""
SAME_DANGER = timedelta(minutes=15)
"""Time in which what is said after an emergency belongs to its report, and a second call is the same emergency."""
_MISUNDERSTOOD = re.compile("那个意思|这个意思|误会|搞错|开玩笑")
"""Who says so must be able to get on with what they wanted."""
LONGEST_QUOTE = 60


class ResidentAction(Action, ABC):
    """An action that answers a resident in their language and script."""

    small_talk = False
    """Whether somebody who has just told of a danger is better met with `after_danger` than with this action."""

    @abstractmethod
    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        """Do it, say what there is to say, and return what has changed."""

    def instead(self, voice: Voice, tracker: Tracker) -> list[dict] | None:
        """Does what the message asks for rather than this action; None if this action is right."""
        return after_danger(voice, tracker) if self.small_talk else None

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        before = Manner(**(tracker.get_slot("manner") or {}))
        voice = Voice(manner_after(text_of(tracker), intent(tracker), before))
        events = self.instead(voice, tracker)
        if events is None:
            events = self.act(voice, tracker)
        for reply in voice.replies:
            dispatcher.utter_message(**reply)
        return events if voice.manner == before else [*events, SlotSet("manner", asdict(voice.manner))]


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


def after_danger(voice: Voice, tracker: Tracker) -> list[dict] | None:
    """Meets whoever told of a danger a short while ago: what else they say goes to its report, and who spoke of ending their
    life is stood by. None if there was no danger."""
    words = text_of(tracker)
    if in_crisis(tracker) and (denies_self_harm(words) or _MISUNDERSTOOD.search(words)):
        voice.say("crisis_over")
        return [SlotSet("crisis_at", None), SlotSet("stood_by", None)]
    if not (in_crisis(tracker) or _is_recent(tracker, "danger_at", SAME_DANGER)):
        return None
    with writing() as session:
        if report := latest_report(session, tracker.sender_id):
            supplement(session, report, words, told_place(tracker))
    if not in_crisis(tracker):
        voice.say("danger_noted")
        return []
    voice.say("standing_by" if tracker.get_slot("stood_by") else "standing_by_first")
    return [SlotSet("stood_by", True)]


def told_place(tracker: Tracker) -> dict:
    """What a message tells of a place; of one that is nothing but a place all its words."""
    location = said(tracker).location
    if intent(tracker) == "inform_place" and not location.get("address"):
        return {**location, "address": text_of(tracker)[:200]}
    return location


def in_crisis(tracker: Tracker) -> bool:
    """Whether the resident spoke of ending their life a short while ago."""
    return _is_recent(tracker, "crisis_at", CRISIS_LASTS)


def _is_recent(tracker: Tracker, slot: str, lasts: timedelta) -> bool:
    return time.time() - (tracker.get_slot(slot) or 0.0) < lasts.total_seconds()


def message_id(tracker: Tracker) -> str:
    """An id of the latest message that no other conversation has; the same message always gets the same."""
    return f"{tracker.sender_id}:{next(messages_of_resident(tracker), {}).get('message_id')}"[:100]


def button(title: str, intent: str, **entities: str) -> dict[str, str]:
    """A button that says an intent outright."""
    return {"title": title, "payload": f"/{intent}{json.dumps(entities, ensure_ascii=False) if entities else ''}"}


def quoted(text: str) -> str:
    """A resident's words, short enough to stand within a sentence."""
    return text if len(text) <= LONGEST_QUOTE else f"{text[: LONGEST_QUOTE - 1]}…"
