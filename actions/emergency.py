"""Danger first: the number to call at once, staff alarmed, and a report all the same. Never a form."""

from __future__ import annotations

import time
from datetime import timedelta

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.report_form import slots_of
from actions.resident_action import ResidentAction, message_id, said
from actions.voice import Voice, has_sentence
from feedback import FileReport, Report, display, file_report, reports_of, supplement
from feedback.draft import Draft
from storage import utcnow, writing

SAME_DANGER = timedelta(minutes=15)


class Emergency(ResidentAction):
    """Names the number, files what is known, and asks for nothing but the place."""

    def name(self) -> str:
        return "action_emergency"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        code = said(tracker).matter.get("category", {}).get("code", "other")
        report = _report_danger(tracker, code)
        voice.say(f"call.{code}" if has_sentence(f"call.{code}") else "call")
        asking = "" if report.address else voice.words("danger_where")
        voice.quote(voice.words("danger_reported", number=display(report.number)) + asking)
        return [*slots_of(Draft()), SlotSet("danger_at", time.time()), SlotSet("danger_category", code)]


class SelfHarm(ResidentAction):
    """Warm words and the lifeline; a human is alarmed by an urgent report that is never sent on."""

    def name(self) -> str:
        return "action_self_harm"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        _report_danger(tracker, "crisis.self_harm")
        voice.say("lifeline")
        return [*slots_of(Draft()), SlotSet("crisis_at", time.time())]


def _report_danger(tracker: Tracker, code: str) -> Report:
    """The report of a danger; who calls again within minutes adds to the same one."""
    message = said(tracker)
    place = {name: message.location.get(name) for name in ("district", "subdistrict", "address")}
    with writing() as session:
        latest = next(iter(reports_of(session, tracker.sender_id, most=1)), None)
        if latest and latest.kind == "emergency" and utcnow() - latest.created_at < SAME_DANGER:
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
