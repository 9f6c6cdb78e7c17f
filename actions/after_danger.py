"""What somebody says after they told of a danger, or of ending their life: it belongs to that report, and never meets a form."""

from __future__ import annotations

import time
from datetime import timedelta

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from sqlalchemy.orm import Session

from actions.message import button, intent, said, text_of, told_place
from actions.voice import Voice, has_sentence
from feedback import Report, display, latest_danger, phrases, supplement, take_contact
from feedback.draft import describe_place, sure_category
from feedback.models import SELF_HARM
from nlu.danger import denies_self_harm, find_danger
from storage import writing

CRISIS_LASTS = timedelta(hours=1)
"""Time in which nobody who spoke of ending their life is met with small talk or a form."""
SAME_DANGER = timedelta(minutes=15)
"""Time in which what is said after an emergency belongs to its report, and a second call is the same emergency."""
VIOLENT = "security."
"""Categories of dangers in which somebody may listen; to hide from a fire would be deadly."""
STANDING_BY = ("standing_by_first", "standing_by", "standing_by_quietly", "standing_by_company")
"""What is said in turn to who tells more of their despair: nobody wants to hear the same sentence again and again."""
GO_ON = "接着反映"
FEWEST_WORDS_OF_ANOTHER = 6
"""Characters that a report of something else has at least."""


def after_danger(voice: Voice, tracker: Tracker) -> list[dict] | None:
    """Meets whoever told of a danger a short while ago. None if nobody did, or if they want something else by now."""
    if in_crisis(tracker):
        return _after_despair(voice, tracker)
    if not _is_recent(tracker, "danger_at", SAME_DANGER) or _wants_something_else(tracker):
        return None
    with writing() as session:
        if report := latest_danger(session, tracker.sender_id, despair=False):
            _keep(session, report, tracker)
            return _after_emergency(voice, tracker, session, report)
    return None


def in_crisis(tracker: Tracker) -> bool:
    """Whether the resident spoke of ending their life a short while ago."""
    return _is_recent(tracker, "crisis_at", CRISIS_LASTS)


def tells_how_it_goes(tracker: Tracker) -> bool:
    """Whether what was understood as an emergency only says how the one that was told goes on, that it has passed, or that the
    writer can't call: a new call needs outright words, or another category beyond doubt."""
    if not _is_recent(tracker, "danger_at", SAME_DANGER):
        return False
    words, known = text_of(tracker), (None, tracker.get_slot("danger_category"))
    alone = phrases.MUST_BE_SILENT.search(words) or phrases.CANT_CALL.search(words)
    if alone or phrases.is_over(words) or phrases.is_calm(words):
        return True
    return not find_danger(words) and sure_category(said(tracker).matter) in known


def _keep(session: Session, report: Report, tracker: Tracker) -> None:
    """Add what was said to the report; the press of a button says nothing but a place that was pinned."""
    words, place = text_of(tracker), told_place(tracker)
    told = place.get("address") if words.startswith("/") else words
    if told:
        supplement(session, report, told, place)


def _after_emergency(voice: Voice, tracker: Tracker, session: Session, report: Report) -> list[dict]:
    """One sentence to what somebody says who has told of an emergency, and what changes by it."""
    words, contact = text_of(tracker), said(tracker).contact
    if phrases.is_over(words):
        take_back = button("撤回这件", "withdraw_report", report_number=report.number)
        voice.say("danger_over", [*_interrupted(tracker), take_back, button("先不撤回", "thank")])
        return [SlotSet("danger_at", None), SlotSet("interrupted", None)]
    if phrases.GO_ON.fullmatch(words) or phrases.SEND.fullmatch(words):
        voice.say("danger_interrupted" if tracker.get_slot("interrupted") else "danger_noted", _interrupted(tracker))
    elif phrases.MUST_BE_SILENT.search(words) and (tracker.get_slot("danger_category") or "").startswith(VIOLENT):
        voice.say("must_be_silent")
    elif phrases.CANT_CALL.search(words):
        voice.say("cant_call")
    elif contact:
        take_contact(session, report, contact)
        voice.say("contact_taken", contact=contact, number=display(report.number))
    elif intent(tracker) == "ask" or phrases.ASKS.search(words):
        advice = f"in_danger.{tracker.get_slot('danger_call')}"
        voice.say(advice if has_sentence(advice) else "ask_the_operator")
    elif any(told_place(tracker).get(part) for part in ("address", "district", "subdistrict")):
        voice.say("danger_place", place=describe_place(report.district, report.subdistrict, report.address))
    else:
        voice.say("danger_thanked" if intent(tracker) in ("thank", "goodbye", "greet") else "danger_noted")
    return []


def _interrupted(tracker: Tracker) -> list[dict]:
    """A button that goes on with the report in which the danger came up."""
    left = tracker.get_slot("interrupted")
    return [{"title": GO_ON, "payload": left}] if left else []


def _after_despair(voice: Voice, tracker: Tracker) -> list[dict] | None:
    words = text_of(tracker)
    if denies_self_harm(words) or phrases.MISUNDERSTOOD.search(words):
        voice.say("crisis_over")
        return [SlotSet("crisis_at", None), SlotSet("stood_by", None)]
    if _wants_something_else(tracker):
        return None
    with writing() as session:
        if report := latest_danger(session, tracker.sender_id, despair=True):
            _keep(session, report, tracker)
    turn = int(tracker.get_slot("stood_by") or 0)
    voice.say(
        _word_of_comfort(words, intent(tracker)) or STANDING_BY[turn if turn < len(STANDING_BY) else 1 + turn % 3]
    )
    return [SlotSet("stood_by", turn + 1)]


def _word_of_comfort(words: str, understood: str) -> str | None:
    """The sentence that answers what somebody in despair, or beside them, says; None if only listening is left."""
    if phrases.CANT_CALL.search(words):
        return "lifeline_busy"
    if understood == "thank":
        return "crisis_thanked"
    if phrases.BETTER.search(words):
        return "crisis_better"
    return "how_to_stand_by" if phrases.HOW_TO_HELP.search(words) else None


def _wants_something_else(tracker: Tracker) -> bool:
    """Whether a message is of another matter than the danger: a question that a guide answers, a report that says so or is of
    another category beyond doubt."""
    words, message = text_of(tracker), said(tracker)
    if len(words) < FEWEST_WORDS_OF_ANOTHER:
        return False
    if message.intent == "ask":
        return (tracker.latest_message.get("guides") or {}).get("decision") == "answer"
    if message.intent not in ("report", "file_report"):
        return False
    of_danger = (None, tracker.get_slot("danger_category"), SELF_HARM)
    return bool(phrases.WANTS_ELSE.search(words)) or sure_category(message.matter) not in of_danger


def _is_recent(tracker: Tracker, slot: str, lasts: timedelta) -> bool:
    return time.time() - (tracker.get_slot(slot) or 0.0) < lasts.total_seconds()
