"""The report form: asks what is missing, shows a summary, files on a yes."""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from sqlalchemy.orm import Session

from actions.after_danger import after_danger
from actions.afterwards import about_filed, asked_why
from actions.message import button, intent, message_id, messages_of_resident, quoted, said
from actions.questions import answer, follow_up
from actions.refusal import insisting, refused_by_rule
from actions.resident_action import ResidentAction
from actions.voice import Voice
from feedback import (
    FileReport,
    Report,
    can_be_published,
    display,
    endorse,
    file_report,
    find_report,
    find_similar,
    latest_report,
    owns,
    phrases,
    supplement,
)
from feedback.draft import (
    KINDS,
    PLACE,
    UNKNOWN,
    Draft,
    Said,
    Step,
    advance,
    describe_place,
    identity_of,
    is_endorsement,
    is_tipoff,
    may_be_known,
    missing,
    more_of,
    place_of,
)
from feedback.lifecycle import REPORT_STATES
from feedback.similar import OPEN
from nlu.categories import OTHER, categories
from nlu.places import other_city
from storage import reading, utcnow, writing

LEAVE = button("不反映了", "cancel")
CANT_TELL = button("说不清", "skip")
_ANOTHER_MATTER = re.compile("另外|还想反映|还要反映|再报|第二件|还有一件|刚才说的")
LONGEST_WORD = 14
"""Characters of a message that may only speak of a report that was filed."""
JUST_FILED = timedelta(minutes=10)
"""Time after filing in which more of the same is no second report."""
SAME_VISIT = timedelta(hours=3)
"""Time after filing in which "the same place" means that of the report before, and its number is offered again."""
LONG_SILENCE = 3 * 3600.0
"""Seconds after which a resident is told again what the form is about."""


def draft_of(tracker: Tracker) -> Draft:
    return Draft(**{part.name: tracker.get_slot(part.name) for part in fields(Draft)})


def slots_of(draft: Draft) -> list[dict[str, Any]]:
    return [SlotSet(part.name, getattr(draft, part.name)) for part in fields(Draft)]


class ValidateReportForm(ResidentAction):
    """Lets the draft take in a message and names the next question."""

    def name(self) -> str:
        return "validate_report_form"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        asked = tracker.get_slot("requested_slot")
        message = _with_last(_with_pin(insisting(said(tracker)), tracker), tracker)
        if (events := _instead_of_the_form(voice, tracker, message, asked)) is not None:
            return [*events, *slots_of(Draft()), SlotSet("requested_slot", None)]
        step = advance(draft_of(tracker) if asked else Draft(), message, asked)
        if step is None:
            return []  # not for the form: Rasa lets a rule answer
        events = _say_before_the_question(voice, tracker, step, asked)
        draft = _with_similar(step.draft, tracker) if missing(step.draft) == "similar" else step.draft
        return [*events, *slots_of(draft), SlotSet("requested_slot", missing(draft))]


def _instead_of_the_form(voice: Voice, tracker: Tracker, message: Said, asked: str | None) -> list[dict] | None:
    """What a message is rather than a report or an answer: nothing for this city, or more of what was told before. None if it
    is for the form."""
    where = f"{message.location.get('address') or ''}{message.text}"
    if city := other_city(where, answering=asked in ("place", "district")):
        voice.say("other_city", city=city)
        return [SlotSet("place_told", None)]
    opens = not asked and message.intent == "report"
    if opens and (events := refused_by_rule(voice, tracker)) is not None:
        return events
    if asked or message.intent != "report" or _ANOTHER_MATTER.search(message.text):
        return None
    if _may_be_about_filed(message, tracker) and (events := about_filed(voice, tracker)) is not None:
        return events
    if (events := follow_up(voice, tracker)) is not None:
        return events
    if (events := after_danger(voice, tracker)) is not None:
        return events
    return [] if _belongs_to_the_last(voice, tracker, message) else None


def _may_be_about_filed(message: Said, tracker: Tracker) -> bool:
    """Whether what looks like a report may be no more than a word about one that is filed: short or asked for, and with no
    place of its own."""
    expected = len(message.text) <= LONGEST_WORD or asked_why(tracker)
    return bool(expected) and not message.location.get("address")


def _belongs_to_the_last(voice: Voice, tracker: Tracker, message: Said) -> bool:
    """Adds to the report that was filed a moment ago what tells more of it: the same category, and no place of its own."""
    if message.matters or message.location.get("address") or message.location.get("district"):
        return False
    with writing() as session:
        latest = latest_report(session, tracker.sender_id)
        fresh = latest and latest.state in OPEN and utcnow() - latest.created_at < JUST_FILED
        if not fresh or message.matter.get("category", {}).get("code") != latest.category:
            return False
        supplement(session, latest, message.text)
        voice.say("supplemented", number=display(latest.number))
    return True


def _say_before_the_question(voice: Voice, tracker: Tracker, step: Step, asked: str | None) -> list[dict]:
    """After a long silence what it was about, the answer to a question beside the matter, and what became of the message."""
    events = []
    if asked and step.draft.matter and _silence(tracker) > LONG_SILENCE:
        voice.say("welcome_back", matter=quoted(step.draft.matter["text"]))
    if not asked and tracker.latest_message.get("questions"):
        events = answer(voice, tracker)
    if step.note:
        voice.say(step.note, **step.values)
    return events


def _with_pin(message: Said, tracker: Tracker) -> Said:
    """The message at the place that was told before it, where it tells none itself."""
    told_before = tracker.get_slot("place_told")
    if tracker.get_slot("requested_slot") or message.location.get("address") or not told_before:
        return message
    return replace(message, location=told_before)


def _with_last(message: Said, tracker: Tracker) -> Said:
    """The message with place and contact of the report that was filed before it, for who points to them."""
    last = _filed_before(tracker) if phrases.points_back(message.text) else None
    return replace(message, last={part: getattr(last, part) for part in (*PLACE, "contact")}) if last else message


def _filed_before(tracker: Tracker) -> Report | None:
    """The report that the resident filed a short while ago."""
    with reading() as session:
        latest = latest_report(session, tracker.sender_id)
        return latest if latest and utcnow() - latest.created_at < SAME_VISIT else None


def _silence(tracker: Tracker) -> float:
    """Seconds between the resident's last two messages."""
    times = [event.get("timestamp") or 0.0 for event in messages_of_resident(tracker)][:2]
    return times[0] - times[1] if len(times) == 2 else 0.0


def _with_similar(draft: Draft, tracker: Tracker) -> Draft:
    """The draft with a report that may be the same, or with none."""
    if draft.offered:
        return draft
    if not may_be_known(draft):
        return replace(draft, similar=UNKNOWN)
    with reading() as session:
        place, matter = draft.place, draft.matter
        pin = (place.get("latitude"), place.get("longitude"))
        report = find_similar(
            session, matter["category"], draft.district or None, place["address"], *pin, text=matter["text"]
        )
        if not report:
            return replace(draft, similar=UNKNOWN)
        return replace(draft, offered=_offered(session, report, tracker.sender_id))


def _offered(session: Session, report: Report, asker: str) -> dict:
    """What somebody may know of a report before they join it: of another's neither the words nor the door."""
    mine = owns(session, asker, report)
    place = describe_place(report.district, report.subdistrict, report.address)
    return {
        "number": report.number,
        "mine": mine,
        "what": report.text if mine else categories()[report.category].name,
        "place": place if mine else re.sub(r"\d+(室|楼|单元|层).*", "", place),
        "state": report.state,
    }


class _Ask(ResidentAction):
    """A question of the form; who needs a moment is not asked again."""

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        if intent(tracker) != "wait":
            self.ask(voice, tracker)
        return []

    @abstractmethod
    def ask(self, voice: Voice, tracker: Tracker) -> None:
        """Say the question, with buttons for short answers."""


class AskMatter(_Ask):
    def name(self) -> str:
        return "action_ask_report_form_matter"

    def ask(self, voice: Voice, tracker: Tracker) -> None:
        voice.say("ask_matter", [LEAVE])


class AskPlace(_Ask):
    def name(self) -> str:
        return "action_ask_report_form_place"

    def ask(self, voice: Voice, tracker: Tracker) -> None:
        voice.say("ask_place", [CANT_TELL, LEAVE])


class AskDistrict(_Ask):
    """Which district; which of two, where what was told of the place doesn't fit together."""

    def name(self) -> str:
        return "action_ask_report_form_district"

    def ask(self, voice: Voice, tracker: Tracker) -> None:
        draft = draft_of(tracker)
        if between := (draft.place or {}).get("between"):
            choices = [{"title": district, "payload": district} for district in between]
            voice.say("ask_which_district", [*choices, CANT_TELL, LEAVE], first=between[0], second=between[1])
        else:
            voice.say("ask_district", [CANT_TELL, LEAVE])


class AskSimilar(_Ask):
    """Offers to join a report of the same matter, or to add to one's own."""

    def name(self) -> str:
        return "action_ask_report_form_similar"

    def ask(self, voice: Voice, tracker: Tracker) -> None:
        draft = draft_of(tracker)
        offered = draft.offered
        join = button("补充到那件" if offered["mine"] else "附议", "endorse")
        voice.say(
            "ask_similar_mine" if offered["mine"] else "ask_similar",
            [join, button("单独提交", "deny"), LEAVE],
            number=display(offered["number"]),
            what=quoted(voice.name(offered["what"])),
            place=offered["place"],
            state=voice.name(REPORT_STATES[offered["state"]]),
        )


class AskContact(_Ask):
    """Says what is kept and why before it asks; offers the number that was left with the report before."""

    def name(self) -> str:
        return "action_ask_report_form_contact"

    def ask(self, voice: Voice, tracker: Tracker) -> None:
        last = _filed_before(tracker)
        known = [{"title": f"还用 {last.contact}", "payload": last.contact}] if last and last.contact else []
        voice.say("ask_contact", [*known, button("不留", "no_contact"), LEAVE])


class AskConfirmed(_Ask):
    """Shows what will be filed, for the resident to check."""

    def name(self) -> str:
        return "action_ask_report_form_confirmed"

    def ask(self, voice: Voice, tracker: Tracker) -> None:
        draft = draft_of(tracker)
        buttons = [
            button("提交", "affirm"),
            button("改事情", "edit_report", item="matter"),
            button("改地点", "edit_report", item="place"),
            button("改电话", "edit_report", item="contact"),
            *_other_identity(draft),
            *_other_categories(draft, voice),
            LEAVE,
        ]
        matter = draft.matter or {}
        voice.say(
            "summary",
            buttons,
            matter=matter.get("text", ""),
            category=voice.name(categories()[matter.get("category", OTHER)].name),
            kind=voice.name(KINDS[matter.get("kind", "complaint")]),
            place=place_of(draft) or voice.name("没有说明"),
            contact=_contact_shown(draft, voice),
        )


def _contact_shown(draft: Draft, voice: Voice) -> str:
    """The contact, and who will see it."""
    sees = voice.words(f"identity.{identity_of(draft)}")
    return f"{draft.contact}（{sees}）" if draft.contact else sees


def _other_identity(draft: Draft) -> list[dict[str, str]]:
    """The choice that was not made of who learns the contact; of a tip-off there is none."""
    if not draft.contact or is_tipoff(draft):
        return []
    if identity_of(draft) == "named":
        return [button("对承办部门保密", "edit_report", item="confidential")]
    return [button("让承办部门也能联系我", "edit_report", item="named")]


def _other_categories(draft: Draft, voice: Voice) -> list[dict[str, str]]:
    """The likely categories beside the one that was understood, where that is in doubt."""
    matter = draft.matter or {}
    likely = [*matter.get("likely", []), OTHER] if matter.get("doubtful") else []
    return [
        button(voice.words("category_button", name=voice.name(categories()[code].name)), "edit_report", item=code)
        for code in dict.fromkeys(likely)
        if code != matter["category"]
    ]


class SubmitReport(ResidentAction):
    """Files what was confirmed, or joins the report that is there, and tells the number."""

    def name(self) -> str:
        return "action_submit_report"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        draft = draft_of(tracker)
        if not draft.matter:
            return []  # somebody in a crisis is not asked to fill in a form
        if is_endorsement(draft):
            _join(voice, draft, tracker)
        else:
            _file(voice, draft, tracker)
        if left := more_of(draft):
            voice.say("also_said", [{"title": "接着反映", "payload": left}], left=left)
        return [*slots_of(Draft()), SlotSet("place_told", None)]


def _file(voice: Voice, draft: Draft, tracker: Tracker) -> None:
    with writing() as session:
        report = file_report(session, _filed(draft, tracker))
        number, category = display(report.number), categories()[report.category]
        publish = [button("公开，让大家附议", "publish", report_number=number)] if can_be_published(report) else []
    progress = button("查进度", "check_report", report_number=number)
    voice.say("acknowledged", [progress, *publish], number=number, department=category.department)


def _join(voice: Voice, draft: Draft, tracker: Tracker) -> None:
    offered = draft.offered
    with writing() as session:
        report = find_report(session, offered["number"])
        if offered["mine"]:
            supplement(session, report, draft.matter["text"])
        else:
            endorse(session, report, tracker.sender_id, draft.matter["text"])
    number = display(offered["number"])
    progress = button("查进度", "check_report", report_number=number)
    voice.say("supplemented" if offered["mine"] else "endorsed", [progress], number=number)


def _filed(draft: Draft, tracker: Tracker) -> FileReport:
    matter, place = draft.matter, draft.place or {}
    return FileReport(
        conversation_id=tracker.sender_id,
        message_id=message_id(tracker),
        text=matter["text"],
        kind=matter["kind"],
        category=matter["category"],
        urgent=matter["urgent"],
        district=draft.district or None,
        subdistrict=place.get("subdistrict"),
        address=place.get("address"),
        latitude=place.get("latitude"),
        longitude=place.get("longitude"),
        contact=draft.contact or None,
        identity=identity_of(draft),
    )


class CancelReport(ResidentAction):
    def name(self) -> str:
        return "action_cancel_report"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        voice.say("cancelled")
        return slots_of(Draft())


class StartOver(ResidentAction):
    def name(self) -> str:
        return "action_start_over"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        voice.say("start_over")
        return slots_of(Draft())
