"""The rest of a conversation: greetings, answers to nothing, and what was not understood."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.messages import button, intent
from actions.questions import Answer, follow_up

START = [
    button("我要问办事", "capabilities"),
    button("我要反映问题", "file_report"),
    button("查我的诉求", "my_reports"),
]


class Talk(Action):
    """Says the response named after the intent; what looked like chat but has a guide, or asks on of one, is answered."""

    def name(self) -> str:
        return "action_talk"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        if intent(tracker) in ("out_of_scope", "english"):
            if _guide_found(tracker):
                return Answer().run(dispatcher, tracker, domain)
            if events := follow_up(dispatcher, tracker, tracker.latest_message.get("text") or ""):
                return events
        dispatcher.utter_message(response=f"utter_{intent(tracker)}")
        return []


class NothingOpen(Action):
    """A yes, a no or a number, when nobody had asked."""

    def name(self) -> str:
        return "action_nothing_open"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        dispatcher.utter_message("现在没有等您确认的事。您想办什么，或者遇到了什么问题？", buttons=START)
        return []


class Fallback(Action):
    """Not understood: a guide if one fits all the same, else the ways on."""

    def name(self) -> str:
        return "action_fallback"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        if _guide_found(tracker):
            return Answer().run(dispatcher, tracker, domain)
        dispatcher.utter_message("我没太听明白。您可以换个说法，或者选一个：", buttons=START)
        return []


def _guide_found(tracker: Tracker) -> bool:
    return (tracker.latest_message.get("guides") or {}).get("decision") == "answer"
