"""Danger first: the number to call at once, staff alarmed, and a report all the same. Never a form."""

from __future__ import annotations

import re
import time

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.after_danger import SAME_DANGER, after_danger, in_crisis, tells_how_it_goes
from actions.message import message_id, said, text_of
from actions.report_form import draft_of, slots_of
from actions.resident_action import ResidentAction
from actions.voice import Voice, has_sentence
from feedback import FileReport, Report, display, file_report, latest_danger, supplement
from feedback.draft import Draft, place_of
from feedback.models import SELF_HARM
from nlu.categories import OTHER
from nlu.danger import find_danger
from storage import utcnow, writing

FIRST_OF_ALL = ("utility.gas", "safety.fire", "safety.ebike", "property.elevator")
_CALL_BY_WORDS = {
    "call.utility.power": re.compile("触电|被?电(?:到|着|倒)了|漏电|电(?:线|缆).{0,10}(?:断|掉|垂)"),
    "call.water.river": re.compile("落水(?!管)|溺水|掉.{0,4}(?:河|江|湖|海|池|水)里|跳.{0,3}(?:河|江)(?!边)"),
    "call.fall": re.compile("(?:掉|跌|摔).{0,5}(?:井|坑|洞|电梯井)"),
    "call.health.service": re.compile(
        "摔.{0,6}(?:起不来|不动|断|血)|倒在|[晕昏]|不省人事|没(?:有)?(?:反应|呼吸)|中风|偏瘫|抽搐|抽筋|喘不|透不过气|心梗|心脏(?:病|停)|大出血|卡.{0,3}喉|噎|要生了|羊水|误?吞"
        "|collaps|unconscious|not breathing|heart attack",
        re.IGNORECASE,
    ),
}
"""Whom to call where the words tell what happened, whatever the category."""
_DONE_ALREADY = re.compile(
    "割(了|腕|手)|流(了)?(好多|很多)?血|(吃|吞|喝)(了|下|掉).{0,12}(药|片|农药|百草枯|洁厕|敌敌畏)|上吊|烧炭|开煤气"
)
_ANOTHER = re.compile("有人|他|她|伊|朋友|闺蜜|同学|同事|邻居|女儿|儿子|老公|老婆|妈|爸|妹|弟|哥|姐")
_ONESELF = re.compile("我(自己|不想|想|要|也|活|好累|撑不|受不|刚才|刚刚|吃|吞|割)")


class Emergency(ResidentAction):
    """Names the number, files what is known, and asks for nothing but the place; takes in that it is over."""

    def name(self) -> str:
        return "action_emergency"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        if tells_how_it_goes(tracker) and (events := after_danger(voice, tracker)) is not None:
            return events
        code = _category(said(tracker).matter)
        report = _report_danger(tracker, code)
        call = _call(code, text_of(tracker))
        voice.say(call)
        asking = "" if report.address else voice.words("danger_where")
        reported = voice.words("danger_reported", number=display(report.number))
        voice.quote(f"{reported} {asking}" if voice.english else f"{reported}{asking}")
        return [
            *slots_of(Draft()),
            SlotSet("danger_at", time.time()),
            SlotSet("danger_category", code),
            SlotSet("danger_call", call.removeprefix("call.")),
            SlotSet("interrupted", _in_words(draft_of(tracker)) or tracker.get_slot("interrupted")),
        ]


class SelfHarm(ResidentAction):
    """Warm words and the lifeline, first the ambulance if something was done already; a human is alarmed by an urgent
    report that is never sent on."""

    def name(self) -> str:
        return "action_self_harm"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        words = text_of(tracker)
        # Who cried for help a moment ago is in fear; only outright words tell of despair then.
        in_doubt = not (in_crisis(tracker) or _tells_despair(words))
        if in_doubt and (events := after_danger(voice, tracker)) is not None:
            return events
        _report_danger(tracker, SELF_HARM)
        if _DONE_ALREADY.search(words):
            voice.say("call_ambulance")
        voice.say("lifeline_for_another" if _ANOTHER.search(words) and not _ONESELF.search(words) else "lifeline")
        return [*slots_of(Draft()), SlotSet("crisis_at", time.time()), SlotSet("stood_by", None)]


def _tells_despair(words: str) -> bool:
    danger = find_danger(words)
    return bool(danger and danger.self_harm or _DONE_ALREADY.search(words))


def _call(code: str, words: str) -> str:
    """The sentence with the numbers to call: what the words say of somebody's body outweighs the category, but not what must be
    done first in fire and gas."""
    if code in FIRST_OF_ALL:
        return f"call.{code}"
    if sentence := next((sentence for sentence, said_so in _CALL_BY_WORDS.items() if said_so.search(words)), None):
        return sentence
    return f"call.{code}" if has_sentence(f"call.{code}") else "call"


def _in_words(draft: Draft) -> str | None:
    """A report that was interrupted, for the resident to say again."""
    return "，".join(filter(None, (place_of(draft), draft.matter["text"]))) if draft.matter else None


def _category(matter: dict) -> str:
    """The likeliest category of an emergency; a life at one's own hand is met elsewhere, and never sent on."""
    likely = [(matter.get("category") or {}).get("code"), *(entry["code"] for entry in matter.get("ranking") or [])]
    return next((code for code in likely if code not in (None, SELF_HARM)), OTHER)


def _report_danger(tracker: Tracker, code: str) -> Report:
    """The report of a danger; who calls again within minutes adds to the same one, who despairs after an accident is alarmed
    about anew."""
    message = said(tracker)
    place = {name: message.location.get(name) or known for name, known in _place_of_draft(tracker).items()}
    with writing() as session:
        known = latest_danger(session, tracker.sender_id, despair=code == SELF_HARM)
        if known and utcnow() - known.created_at < SAME_DANGER:
            supplement(session, known, message.text, place)
            return known
        return file_report(
            session,
            FileReport(
                conversation_id=tracker.sender_id,
                message_id=message_id(tracker),
                text=message.text,
                kind="emergency",
                category=code,
                urgent=True,
                **place,
            ),
        )


def _place_of_draft(tracker: Tracker) -> dict:
    """Where the report lay that the danger interrupts: most likely the same spot."""
    draft = draft_of(tracker)
    place = draft.place or {}
    return {
        "district": draft.district or None,
        "subdistrict": place.get("subdistrict"),
        "address": place.get("address"),
    }
