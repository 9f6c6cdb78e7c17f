"""What the city can't take, told before anybody fills in a form for it."""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk import Tracker

from actions.message import text_of
from actions.voice import Voice
from feedback import inadmissible
from feedback.draft import Said

STILL = "还是要反映，"


def insisting(message: Said) -> Said:
    """The message without what the button put before the resident's own words."""
    return replace(message, text=message.text.removeprefix(STILL))


def refused_by_rule(voice: Voice, tracker: Tracker) -> list[dict] | None:
    """Says why a matter can't be taken and where it belongs, and lets who wants to tell it all the same. None if it can be."""
    words = text_of(tracker)
    rule = None if words.startswith(STILL) else inadmissible(words)
    if not rule:
        return None
    voice.say("inadmissible", [{"title": "还是要反映", "payload": f"{STILL}{words}"}], reason=rule.words)
    return []
