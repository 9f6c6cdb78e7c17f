"""What residents do with reports that they filed: look up, add, put right, withdraw, rate, reopen."""

from __future__ import annotations

import re
from abc import abstractmethod

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from sqlalchemy.orm import Session

from actions.after_danger import after_danger, in_crisis
from actions.afterwards import (
    about_filed,
    answer_joiner,
    ask_next_back,
    is_of_another_kind,
    leave_joined,
    offer_another,
    on_meant,
    withdraw_asked,
)
from actions.amend import add, dispute, forget_contacts, judge, judge_joined, keep_contact, take_back
from actions.message import button, entity, intent, said, text_of, told_place
from actions.my_data import tell_my_data
from actions.progress import look_up, tell_state
from actions.questions import follow_up, in_hand
from actions.resident_action import ResidentAction
from actions.voice import Voice
from actions.which import ask_which, meant, refuse, shown, spoken_of, words_of
from feedback import (
    FeedbackError,
    NotStars,
    Report,
    display,
    endorsed_by,
    find_report,
    latest_report,
    owns,
    supplement,
)
from feedback.draft import UNKNOWN
from feedback.lifecycle import OPEN
from feedback.wishes import means_every
from storage import writing

STARS = frozenset("12345")
REPORT_SOMETHING = button("我要反映问题", "file_report")


def unless_a_guide_is_in_hand(voice: Voice, tracker: Tracker) -> list[dict] | None:
    """What is about reports, before a guide is asked about opening hours: 「今天有没有人来」."""
    return None if in_hand(tracker) else about_filed(voice, tracker)


class CheckReport(ResidentAction):
    """The state of a report by its number; a stranger learns no more than that. Who can't wait is answered, too."""

    before = (unless_a_guide_is_in_hand, follow_up, about_filed)

    def name(self) -> str:
        return "action_check_report"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        try:
            with writing() as session:
                self._tell(voice, session, tracker)
        except FeedbackError as refused:
            refuse(voice, refused)
        return []

    def _tell(self, voice: Voice, session: Session, tracker: Tracker) -> None:
        written = entity(tracker, "report_number")
        if written and not owns(session, tracker.sender_id, report := find_report(session, written)):
            tell_state(voice, report)
        elif shown(session, tracker) or written:
            on_meant(voice, session, tracker, "check_report", look_up)
        elif not answer_joiner(voice, session, tracker):
            voice.say("send_number")


class AddPlace(ResidentAction):
    """A place alone: the right one of a report, or it belongs to the latest report if that one lacks it."""

    before = (follow_up, about_filed)

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
    """Keeps a number that is told after filing, with the report that is meant."""

    before = (after_danger, about_filed)

    def name(self) -> str:
        return "action_take_contact"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        if contact := said(tracker).contact:
            with writing() as session:
                if latest := spoken_of(session, tracker) or latest_report(session, tracker.sender_id):
                    keep_contact(voice, session, latest, contact)
        if not voice.replies:
            voice.say("nothing_open", [REPORT_SOMETHING])
        return []


class DeleteContact(ResidentAction):
    """Takes the contact off all reports of the resident, as was promised when it was asked for; who means more than that is shown
    what there is."""

    before = (tell_my_data,)

    def name(self) -> str:
        return "action_delete_contact"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        in_draft = bool(tracker.get_slot("contact"))
        with writing() as session:
            forget_contacts(voice, session, tracker.sender_id, in_draft)
        return [SlotSet("contact", UNKNOWN)] if in_draft else []


class _OnMine(ResidentAction):
    """Does something to the report that is meant; only its owner may."""

    before = (unless_a_guide_is_in_hand, follow_up, about_filed)

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        try:
            with writing() as session:
                self.do(voice, session, tracker)
        except FeedbackError as refused:
            voice.replies.clear()
            refuse(voice, refused)
        if not voice.replies:
            voice.say(self.without_reports(text_of(tracker)), [REPORT_SOMETHING])
        return []

    def without_reports(self, words: str) -> str:
        """The sentence for who has filed none."""
        return "none_yet"

    @abstractmethod
    def do(self, voice: Voice, session: Session, tracker: Tracker) -> None:
        """Do it and say so; say nothing if the resident has filed nothing."""


class Supplement(_OnMine):
    """Adds words to the report that is meant, else to the one that the resident joined."""

    before = (after_danger, follow_up, about_filed)

    def name(self) -> str:
        return "action_supplement"

    def do(self, voice: Voice, session: Session, tracker: Tracker) -> None:
        words, mine = words_of(tracker), shown(session, tracker)
        if mine and is_of_another_kind(tracker, mine):
            offer_another(voice, session, tracker, words)
        elif not on_meant(voice, session, tracker, "supplement", add):
            for joined in endorsed_by(session, tracker.sender_id, most=1):
                supplement(session, joined, words)
                voice.say("supplemented", number=display(joined.number))


class WithdrawReport(_OnMine):
    """Takes back the report whose number the button names; words alone are asked about first. All of them go one by one."""

    def name(self) -> str:
        return "action_withdraw_report"

    def do(self, voice: Voice, session: Session, tracker: Tracker) -> None:
        words = words_of(tracker)
        if not (text_of(tracker).startswith("/") and entity(tracker, "report_number")):
            withdraw_asked(voice, session, tracker) or leave_joined(voice, session, tracker)
        elif on_meant(voice, session, tracker, "withdraw_report", take_back) and means_every(words):
            ask_next_back(voice, session, tracker, words)


class _Verdict(_OnMine):
    """A word about how a report was dealt with."""

    button_words = ""
    """What somebody says who presses the button under a resolved report."""

    @abstractmethod
    def change(self, voice: Voice, session: Session, report: Report, words: str) -> None:
        """Take the verdict."""

    def do(self, voice: Voice, session: Session, tracker: Tracker) -> None:
        words = self.words_of(tracker)
        found = meant(session, tracker, lambda report: (report.state in OPEN) + 2 * (report.state == "resolved"))
        if len(found) > 1:
            ask_which(voice, found, intent(tracker), words)
        elif found:
            self.change(voice, session, found[0], words)
        else:
            answer_joiner(voice, session, tracker)

    def words_of(self, tracker: Tracker) -> str:
        """What was said; of a button the stars that it gives, and why."""
        words, stars = words_of(tracker), entity(tracker, "stars")
        if not stars:
            return self.button_words if words.startswith("/") else words
        if stars not in STARS:
            raise NotStars
        return f"{stars}星" if words.startswith("/") else f"{stars}星，{words}"


class Rate(_Verdict):
    change, button_words = staticmethod(judge), "满意"

    def name(self) -> str:
        return "action_rate"

    def do(self, voice: Voice, session: Session, tracker: Tracker) -> None:
        words = self.words_of(tracker)
        if joined := _joined(session, tracker):
            judge_joined(voice, session, joined, tracker.sender_id, words)
        else:
            super().do(voice, session, tracker)

    def without_reports(self, words: str) -> str:
        return "useful" if re.match("谢|非常|很?满意|[好五5]", words) else "none_yet"


def _joined(session: Session, tracker: Tracker) -> Report | None:
    """The report that the resident joined and the button names."""
    number = (entity(tracker, "report_number") or "").replace("-", "")
    return next((report for report in endorsed_by(session, tracker.sender_id) if report.number == number), None)


class Reopen(_Verdict):
    change, button_words = staticmethod(dispute), "没解决"

    def name(self) -> str:
        return "action_reopen"
