"""What can be done to a report for its owner: add to it, put it right, take it back, judge it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from actions.message import button, quoted
from actions.progress import look_up, stands, urge_on
from actions.voice import Voice
from feedback import (
    Report,
    display,
    erase_contact,
    masked,
    move,
    rate,
    reopen,
    stars_in,
    supplement,
    take_contact,
    withdraw,
)
from feedback import judge as keep_verdict
from feedback.corrections import item_to_change, right_place, right_tail
from feedback.draft import describe_place
from feedback.lifecycle import OPEN
from feedback.mentioned import short_matter
from feedback.verdicts import MIDDLING, SATISFIED, gives_reason
from feedback.wishes import HANDLING, PHOTO, RATE, is_bare, is_good, is_question, tells_own_contact, wants
from nlu.contacts import contacts
from nlu.places import locate

REASONS = ("太慢", "态度不好", "结果没说清")
"""Why somebody may not be satisfied, to choose from; they can say it in their own words, too."""


def add(voice: Voice, session: Session, report: Report, words: str) -> None:
    """Add words to a report, or change what they call wrong; a question is answered, an opening is met with "go on"."""
    if wants(PHOTO, words):
        voice.say("photo_how")
    elif place := right_place(words, report.address):
        put_place_right(voice, session, report, place)
    elif contact := own_contact(words, report.contact):
        keep_contact(voice, session, report, contact)
    elif is_question(words):
        look_up(voice, session, report, words)
    elif is_bare(words, report.text):
        ask_what(voice, report, words)
    else:
        add_words(voice, session, report, words)


def add_words(voice: Voice, session: Session, report: Report, words: str) -> None:
    """Add words to a report, whatever they are. A number in them is not taken for the resident's own."""
    supplement(session, report, words, vars(locate(words)))
    others = contact_in(words) and report.contact
    sentence = "others_contact_added" if others else "supplemented"
    voice.say(sentence, number=display(report.number), **({"contact": masked(report.contact)} if others else {}))


def note_handling(voice: Voice, session: Session, report: Report, words: str) -> None:
    """Write down what somebody finds wrong with how their report is dealt with, for staff to look at."""
    supplement(session, report, words)
    voice.say("handling_noted", what=short_matter(report), stands=stands(voice, report))


def forget_contacts(voice: Voice, session: Session, conversation_id: str, in_draft: bool = False) -> None:
    """Take the contact off all reports of a resident; who left none, not even in an open draft, is told so."""
    erased = erase_contact(session, conversation_id)
    voice.say("contact_erased" if erased or in_draft else "no_contact_kept")


def ask_what(voice: Voice, report: Report, words: str) -> None:
    """Ask for what somebody only announced."""
    sentence = {"place": "move_where", "contact": "contact_which"}.get(item_to_change(words) or "", "add_what")
    voice.say(sentence, what=short_matter(report))


def go_on(voice: Voice, session: Session, report: Report, announced: str, words: str) -> None:
    """Take what was announced a message ago."""
    item, contact = item_to_change(announced), contact_in(words)
    if item == "place":
        told = right_place(f"改成{words}", report.address) or {"address": words.strip(" 在。，")}
        put_place_right(voice, session, report, told)
    elif item == "contact" and contact:
        keep_contact(voice, session, report, contact)
    else:
        add(voice, session, report, words)


def put_place_right(voice: Voice, session: Session, report: Report, place: dict[str, str]) -> None:
    move(session, report, place)
    voice.say("moved", place=describe_place(report.district, report.subdistrict, report.address))


def keep_contact(voice: Voice, session: Session, report: Report, contact: str) -> None:
    sentence = "contact_changed" if report.contact else "contact_taken"
    take_contact(session, report, contact)
    voice.say(sentence, number=display(report.number), contact=masked(contact))


def contact_in(words: str) -> str | None:
    """The first way to be reached that words tell."""
    return next((value for _, value, _ in contacts(words)), None)


def own_contact(words: str, known: str | None) -> str | None:
    """The resident's own way to be reached that words tell, or the known number with the right last digits."""
    return (contact_in(words) if tells_own_contact(words) else None) or right_tail(words, known)


def ask_back(voice: Voice, session: Session, report: Report, words: str) -> None:
    """Ask before a report is taken back; what was said goes along, for it may mean others too."""
    number = display(report.number)
    confirm = button("确认撤回", "withdraw_report", report_number=number, asked=words)
    voice.say("withdraw_which", [confirm], number=number, what=quoted(report.text))


def take_back(voice: Voice, session: Session, report: Report, words: str) -> None:
    withdraw(session, report)
    voice.say("withdrawn", number=display(report.number))


def judge(voice: Voice, session: Session, report: Report, words: str) -> None:
    """A good verdict closes a resolved report, a bad one is asked about and left to staff, "not solved" opens it again; one that
    comes too early is noted."""
    if report.state in OPEN:
        _judge_early(voice, session, report, words)
        return
    became, stars = rate(session, report, words), stars_in(words)
    if became != "reopened" and stars and stars <= MIDDLING and not gives_reason(words):
        _ask_why(voice, report, stars)
    else:
        voice.say(became, number=display(report.number))


def judge_joined(voice: Voice, session: Session, report: Report, conversation_id: str, words: str) -> None:
    """Keep what somebody thinks of a report that they joined."""
    keep_verdict(session, report, conversation_id, stars_in(words) or SATISFIED, words)
    voice.say("rated", number=display(report.number))


def _ask_why(voice: Voice, report: Report, stars: int) -> None:
    """Ask who is not satisfied for the reason: with it, staff know what to ask back about."""
    number = display(report.number)
    reasons = [button(words, "rate", report_number=number, stars=stars, asked=words) for words in REASONS]
    voice.say("ask_why", [*reasons, button("没解决", "reopen", report_number=number)], number=number)


def dispute(voice: Voice, session: Session, report: Report, words: str) -> None:
    """Who says that it isn't solved gets it reopened; before it was called solved they can't wait."""
    if report.state in OPEN:
        _judge_early(voice, session, report, words)
    else:
        reopen(session, report, words)
        voice.say("reopened", number=display(report.number))


def _judge_early(voice: Voice, session: Session, report: Report, words: str) -> None:
    if wants(HANDLING, words):
        note_handling(voice, session, report, words)
    elif is_good(words) or wants(RATE, words):
        voice.say("rate_later", what=short_matter(report), stands=stands(voice, report))
    else:
        urge_on(voice, session, report, words)


BY_INTENT = {
    "check_report": look_up,
    "supplement": add,
    "correct": add,
    "withdraw_report": take_back,
    "rate": judge,
    "reopen": dispute,
}
"""What a button does that names a report."""
