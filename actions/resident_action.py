"""What all actions share: a voice for the resident, and what comes before anything else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.after_danger import after_danger
from actions.message import intent, text_of
from actions.voice import Manner, Voice, manner_after


class ResidentAction(Action, ABC):
    """An action that answers a resident in their language and script."""

    small_talk = False
    """Whether somebody who has just told of a danger is better met with `after_danger` than with this action."""

    @abstractmethod
    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        """Do it, say what there is to say, and return what has changed."""

    def instead(self, voice: Voice, tracker: Tracker) -> list[dict] | None:
        """What is done in place of `act`, if the conversation asks for something else; None if it doesn't."""
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
