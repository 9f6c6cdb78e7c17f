"""What residents do with reports they filed: look up, add to, withdraw, rate, reopen."""

from __future__ import annotations

import re
from abc import abstractmethod

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from sqlalchemy.orm import Session

from actions.after_danger import after_danger, in_crisis
from actions.message import button, entity, quoted, said, text_of, told_place
from actions.questions import TopicFirst
from actions.resident_action import ResidentAction
from actions.voice import Voice
from feedback import (
    FeedbackError,
    Report,
    UnknownReport,
    display,
    endorsed_by,
    erase_contact,
    find_report,
    latest_report,
    may_be_shown,
    owns,
    rate,
    reopen,
    reports_of,
    supplement,
    take_contact,
    withdraw,
)
from feedback.draft import UNKNOWN, describe_place
from feedback.lifecycle import REPORT_STATES
from feedback.notifications import verdicts
from nlu.categories import category
from storage import reading, writing

REPORT_SOMETHING = button("我要反映问题", "file_report")


class CheckReport(TopicFirst):
    """The state of a report by its number; a stranger learns no more than that."""

    def name(self) -> str:
        return "action_check_report"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        with reading() as session:
            if written := entity(tracker, "report_number"):
                _look_up(voice, session, written, tracker.sender_id)
            elif mine := _shown(session, tracker):
                _tell_in_full(voice, mine[0])
            elif joined := endorsed_by(session, tracker.sender_id, most=1):
                _tell_state(voice, joined[0])
            else:
                voice.say("send_number")
        return []


def _look_up(voice: Voice, session: Session, written: str, asker: str) -> None:
    try:
        report = find_report(session, written)
    except UnknownReport as refused:
        refuse(voice, refused)
        return
    if owns(session, asker, report):
        _tell_in_full(voice, report)
    else:
        _tell_state(voice, report)


def _tell_state(voice: Voice, report: Report) -> None:
    voice.say("report_state", number=display(report.number), state=voice.name(REPORT_STATES[report.state]))


def _tell_in_full(voice: Voice, report: Report) -> None:
    told = voice.words(
        "report_in_full",
        number=display(report.number),
        state=voice.name(REPORT_STATES[report.state]),
        text=report.text,
        category=voice.name(category(report.category).name),
        place=describe_place(report.district, report.subdistrict, report.address) or voice.name("没有说明"),
    )
    if report.work_orders:
        told += "\n" + voice.words("with_department", department=report.work_orders[-1].department)
    voice.quote(told, verdicts(report))


def refuse(voice: Voice, refused: FeedbackError) -> None:
    """Say why something can't be done."""
    if voice.english:
        voice.say("unknown_report" if isinstance(refused, UnknownReport) else "refused")
    else:
        voice.quote(str(refused))


def _shown(session: Session, tracker: Tracker) -> list[Report]:
    """The resident's reports that they may look up, newest first."""
    return list(filter(may_be_shown, reports_of(session, tracker.sender_id)))


class MyReports(ResidentAction):
    def name(self) -> str:
        return "action_my_reports"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        with reading() as session:
            mine = _shown(session, tracker) + endorsed_by(session, tracker.sender_id)
            buttons = [
                button(
                    f"{display(r.number)} {voice.name(REPORT_STATES[r.state])}", "check_report", report_number=r.number
                )
                for r in mine
            ]
        voice.say("my_reports" if mine else "none_yet", buttons)
        return []


class AddPlace(TopicFirst):
    """A place alone: it belongs to the latest report if that one lacks it."""

    def name(self) -> str:
        return "action_add_place"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        if in_crisis(tracker):
            return after_danger(voice, tracker)
        with writing() as session:
            latest = latest_report(session, tracker.sender_id)
            if latest and not latest.address:
                supplement(session, latest, text_of(tracker), told_place(tracker))
                voice.say("place_added", number=display(latest.number))
                return []
        if (events := after_danger(voice, tracker)) is not None:
            return events
        voice.say("place_of_what", [REPORT_SOMETHING])
        return [SlotSet("place_told", told_place(tracker))]


class TakeContact(ResidentAction):
    """Keeps a number that is told after filing, with the latest report."""

    def name(self) -> str:
        return "action_take_contact"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        if (events := after_danger(voice, tracker)) is not None:
            return events
        contact = said(tracker).contact
        with writing() as session:
            latest = latest_report(session, tracker.sender_id)
            if latest and contact:
                take_contact(session, latest, contact)
                voice.say("contact_taken", number=display(latest.number))
        if not voice.replies:
            voice.say("nothing_open", [REPORT_SOMETHING])
        return []


class DeleteContact(ResidentAction):
    """Takes the contact off all reports of the resident, as was promised when it was asked for."""

    def name(self) -> str:
        return "action_delete_contact"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        with writing() as session:
            erase_contact(session, tracker.sender_id)
        voice.say("contact_erased")
        return [SlotSet("contact", UNKNOWN)] if tracker.get_slot("contact") else []


class Supplement(TopicFirst):
    """Adds words to the resident's report that is named, else to the latest one, else to the one that they joined."""

    small_talk = True

    def name(self) -> str:
        return "action_supplement"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        message = said(tracker)
        try:
            with writing() as session:
                if report := _mine(session, tracker):
                    supplement(session, report, message.text, message.location)
                elif report := next(iter(endorsed_by(session, tracker.sender_id, most=1)), None):
                    supplement(session, report, message.text)
                number = display(report.number) if report else None
        except UnknownReport as refused:
            refuse(voice, refused)
            return []
        if number:
            voice.say("supplemented", number=number)
        else:
            voice.say("none_yet", [REPORT_SOMETHING])
        return []


class _ChangeMine(TopicFirst):
    """A change to the report that was named, or else to the latest one; only its owner may."""

    button_words = ""
    """What somebody says who presses the button."""

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        try:
            with writing() as session:
                if report := _mine(session, tracker):
                    pressed = text_of(tracker).startswith("/")
                    done = self.change(session, report, self.button_words if pressed else text_of(tracker))
                    voice.say(done, number=display(report.number))
                else:
                    voice.say(
                        "not_yours" if entity(tracker, "report_number") else self.without_reports(text_of(tracker))
                    )
        except FeedbackError as refused:
            voice.replies.clear()
            refuse(voice, refused)
        return []

    def without_reports(self, words: str) -> str:
        """The sentence for who has none."""
        return "none_yet"

    @abstractmethod
    def change(self, session: Session, report: Report, words: str) -> str:
        """Change the report; returns the sentence to say."""


def _mine(session: Session, tracker: Tracker) -> Report | None:
    """The resident's report that the message names, else their latest."""
    if written := entity(tracker, "report_number"):
        report = find_report(session, written)
        return report if owns(session, tracker.sender_id, report) else None
    return next(iter(_shown(session, tracker)), None)


class WithdrawReport(_ChangeMine):
    """Takes back the report whose number the button names; words alone are asked about first."""

    def name(self) -> str:
        return "action_withdraw_report"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        if text_of(tracker).startswith("/"):
            return super().act(voice, tracker)
        try:
            with reading() as session:
                report = _mine(session, tracker)
                number, what = (display(report.number), quoted(report.text)) if report else (None, None)
        except FeedbackError as refused:
            refuse(voice, refused)
            return []
        if number:
            voice.say(
                "withdraw_which",
                [button("确认撤回", "withdraw_report", report_number=number)],
                number=number,
                what=what,
            )
        else:
            voice.say("not_yours" if entity(tracker, "report_number") else "none_yet")
        return []

    def change(self, session: Session, report: Report, words: str) -> str:
        withdraw(session, report)
        return "withdrawn"


class Rate(_ChangeMine):
    """A good verdict closes a resolved report, a bad one reopens it."""

    button_words = "满意"

    def name(self) -> str:
        return "action_rate"

    def change(self, session: Session, report: Report, words: str) -> str:
        return "closed" if rate(session, report, words) else "reopened"

    def without_reports(self, words: str) -> str:
        return "useful" if re.match("谢|非常|很?满意|[好五5]", words) else "none_yet"


class Reopen(_ChangeMine):
    button_words = "没解决"

    def name(self) -> str:
        return "action_reopen"

    def change(self, session: Session, report: Report, words: str) -> str:
        reopen(session, report, words)
        return "reopened"
