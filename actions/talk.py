"""The rest of a conversation: greetings, answers to nothing, what was not understood, two channels of one resident."""

from __future__ import annotations

import re

from rasa_sdk import Tracker

from actions.after_danger import after_danger
from actions.afterwards import about_filed
from actions.message import button, entity, intent, text_of
from actions.questions import answer, follow_up, guides_found, in_hand, is_a_name, other_choices, question_text, show
from actions.resident_action import ResidentAction
from actions.voice import Voice
from feedback import FeedbackError, mark_abuse, new_link_code, use_link_code
from feedback.residents import CODE_LIVES
from knowledge_base import asks_a_field
from storage import writing

START = (
    button("我要问办事", "capabilities"),
    button("我要反映问题", "file_report"),
    button("查我的诉求", "my_reports"),
)
BUTTONS = {
    "greet": START,
    "capabilities": START[1:],
    "human": (button("写下我的事", "file_report"),),
    "out_of_scope": START,
}
"""What is offered beside the sentence that is named after an intent."""
_NOD = re.compile(r"(?:好的?|嗯|哦|噢|喔|行|对|是|知道|明白|了解|晓得|收到|清楚|ok|了|吧|啦|呀|的|\W)+", re.IGNORECASE)
_NOT_THIS = re.compile("不是|不对|都不|错了|其他|别的")
PATIENCE = 3
"""Abusive messages after which the answer is shorter."""


class Talk(ResidentAction):
    """Says the sentence named after the intent; what looked like chat but has a guide, or asks on of one, is answered."""

    before = (after_danger, follow_up)

    def name(self) -> str:
        return "action_talk"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        if intent(tracker) in ("out_of_scope", "english") and _guide_found(tracker):
            return answer(voice, tracker)
        if intent(tracker) in ("why_contact", "out_of_scope") and (events := about_filed(voice, tracker)) is not None:
            return events
        if intent(tracker) == "out_of_scope" and asks_a_field(text_of(tracker)):
            voice.say("nothing_answered")
            return []
        voice.say(intent(tracker), BUTTONS.get(intent(tracker), ()))
        if intent(tracker) in ("language_simple", "language_normal") and (
            guide := tracker.get_slot("guide_in_question")
        ):
            return show(voice, guide, question_text(tracker))  # what was too hard, in the other words
        return []


class Repeat(ResidentAction):
    """Says again what was said last; an open question of the form is asked again by the form itself."""

    before = (follow_up, about_filed)

    def name(self) -> str:
        return "action_repeat"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        if tracker.get_slot("requested_slot"):
            return []
        said_last = _said_last(tracker)
        for event in said_last:
            voice.quote(event.get("text") or "", (event.get("data") or {}).get("buttons") or ())
        if not said_last:
            voice.say("nothing_said_yet", START)
        return []


def _said_last(tracker: Tracker) -> list[dict]:
    """What the assistant said in answer to the message before this one."""
    events = list(tracker.events)
    turns = [index for index, event in enumerate(events) if event.get("event") == "user"]
    if len(turns) < 2:
        return []
    return [event for event in events[turns[-2] : turns[-1]] if event.get("event") == "bot"]


class Wait(ResidentAction):
    """Gives somebody a moment; an open question stays open and is not asked again."""

    before = (after_danger,)

    def name(self) -> str:
        return "action_wait"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        voice.say("wait")
        return []


class Calm(ResidentAction):
    """Meets abuse calmly, and counts it for staff."""

    before = (after_danger,)

    def name(self) -> str:
        return "action_calm"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        with writing() as session:
            count = mark_abuse(session, tracker.sender_id)
        voice.say("abuse" if count < PATIENCE else "abuse_again")
        return []


class LinkChannels(ResidentAction):
    """Gives a code for another channel, or takes one that was given there."""

    def name(self) -> str:
        return "action_link_channels"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        written = entity(tracker, "link_code")
        try:
            with writing() as session:
                if written:
                    use_link_code(session, written, tracker.sender_id)
                else:
                    code = new_link_code(session, tracker.sender_id)
        except FeedbackError:
            voice.say("link_failed")
            return []
        if written:
            voice.say("linked", [button("查我的诉求", "my_reports")])
        else:
            voice.say("link_code", code=code, minutes=int(CODE_LIVES.total_seconds() // 60))
        return []


class NothingOpen(ResidentAction):
    """A yes, a no or a number, when nobody had asked: most nod to what they read, some say that it isn't what they meant;
    a button that is pressed late asks for nothing any more."""

    before = (after_danger, follow_up, about_filed)

    def name(self) -> str:
        return "action_nothing_open"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        if intent(tracker) == "deny" and _NOT_THIS.search(text_of(tracker)) and in_hand(tracker):
            choices = other_choices(tracker)
            voice.say("which_other" if choices else "say_which", choices)
        elif intent(tracker) in ("affirm", "deny", "cancel") and not text_of(tracker).startswith("/"):
            voice.say("all_right")
        else:
            voice.say("nothing_open", START)
        return []


class Fallback(ResidentAction):
    """Not understood: a guide if one fits all the same, else the ways on."""

    before = (after_danger, follow_up, about_filed)

    def name(self) -> str:
        return "action_fallback"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        if _guide_found(tracker):
            return answer(voice, tracker)
        if _NOD.fullmatch(text_of(tracker)):
            voice.say("all_right")
        else:
            voice.say("fallback", START)
        return []


def _guide_found(tracker: Tracker) -> bool:
    decision = guides_found(tracker)["decision"]
    return decision == "answer" or decision == "clarify" and is_a_name(tracker)
