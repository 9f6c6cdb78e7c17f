"""What all actions share: a voice for the resident, and what comes before anything else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import asdict

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.message import intent, text_of
from actions.voice import Manner, Voice, manner_after

Before = Callable[[Voice, Tracker], list[dict] | None]
"""Answers a message and returns what has changed; None if it has nothing to do with it."""


class ResidentAction(Action, ABC):
    """An action that answers a resident in their language and script."""

    before: tuple[Before, ...] = ()
    """What may be done in place of the action, in this order: the first that knows what to do with the message does it."""

    @abstractmethod
    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        """Do it, say what there is to say, and return what has changed."""

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        manner = Manner(**(tracker.get_slot("manner") or {}))
        voice = Voice(manner_after(text_of(tracker), intent(tracker), manner))
        attempts = (attempt(voice, tracker) for attempt in (*self.before, self.act))
        events = next(events for events in attempts if events is not None)
        for reply in voice.replies:
            dispatcher.utter_message(**reply)
        return events if voice.manner == manner else [*events, SlotSet("manner", asdict(voice.manner))]
