"""Danger first: the number to call at once, staff alarmed, and a report all the same. Never a form."""

from __future__ import annotations

import re
import time

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.report_form import draft_of, slots_of
from actions.resident_action import SAME_DANGER, ResidentAction, after_danger, message_id, said, text_of
from actions.voice import Voice, has_sentence
from feedback import FileReport, Report, display, file_report, latest_report, supplement
from feedback.draft import Draft
from feedback.intake import NEVER_DISPATCHED
from nlu.categories import OTHER
from storage import utcnow, writing

_OVER = re.compile(
    "灭(掉|了)|扑灭|没有?着火|搞错|弄错|误会|找到了|出来了|救出|(警察|民警|消防|救护车|医生|120|119|110).{0,4}(到|来)了|拉走了|抓住了|走掉?了"
    "|谢谢|没事了"
)
"""After an emergency: it is over, or help has come."""
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
        if _OVER.search(text_of(tracker)) and (events := after_danger(voice, tracker)) is not None:
            return events
        code = _category(said(tracker).matter)
        report = _report_danger(tracker, code)
        voice.say(f"call.{code}" if has_sentence(f"call.{code}") else "call")
        asking = "" if report.address else voice.words("danger_where")
        voice.quote(voice.words("danger_reported", number=display(report.number)) + asking)
        return [*slots_of(Draft()), SlotSet("danger_at", time.time()), SlotSet("danger_category", code)]


class SelfHarm(ResidentAction):
    """Warm words and the lifeline, first the ambulance if something was done already; a human is alarmed by an urgent
    report that is never sent on."""

    def name(self) -> str:
        return "action_self_harm"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        _report_danger(tracker, NEVER_DISPATCHED)
        words = text_of(tracker)
        if _DONE_ALREADY.search(words):
            voice.say("call_ambulance")
        voice.say("lifeline_for_another" if _ANOTHER.search(words) and not _ONESELF.search(words) else "lifeline")
        return [*slots_of(Draft()), SlotSet("crisis_at", time.time()), SlotSet("stood_by", None)]


def _category(matter: dict) -> str:
    """The likeliest category of an emergency; a life at one's own hand is met elsewhere, and never sent on."""
    likely = [(matter.get("category") or {}).get("code"), *(entry["code"] for entry in matter.get("ranking") or [])]
    return next((code for code in likely if code not in (None, NEVER_DISPATCHED)), OTHER)


def _report_danger(tracker: Tracker, code: str) -> Report:
    """The report of a danger; who calls again within minutes adds to the same one."""
    message = said(tracker)
    place = {name: message.location.get(name) or known for name, known in _place_of_draft(tracker).items()}
    with writing() as session:
        latest = latest_report(session, tracker.sender_id)
        if latest and _is_same_danger(latest, code):
            supplement(session, latest, message.text, place)
            return latest
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


def _is_same_danger(report: Report, code: str) -> bool:
    """Whether a second call is of the same danger; who despairs after an accident is alarmed about anew."""
    recent = report.kind == "emergency" and utcnow() - report.created_at < SAME_DANGER
    return recent and (report.category == NEVER_DISPATCHED) == (code == NEVER_DISPATCHED)


def _place_of_draft(tracker: Tracker) -> dict:
    """Where the report lay that the danger interrupts: most likely the same spot."""
    draft = draft_of(tracker)
    place = draft.place or {}
    return {
        "district": draft.district or None,
        "subdistrict": place.get("subdistrict"),
        "address": place.get("address"),
    }
