"""What residents say in passing of reports that they filed, whatever it was understood as."""

from __future__ import annotations

from collections.abc import Callable

from rasa_sdk import Tracker
from sqlalchemy.orm import Session

from actions.after_danger import in_crisis
from actions.amend import BY_INTENT, add, ask_back, contact_in, go_on, keep_contact, take_back
from actions.message import intent, text_of
from actions.progress import list_reports, look_up, tell_state, urge_on
from actions.voice import Voice
from actions.which import ask_which, listed, meant, offered, refuse, said_before, shown, spoken_of, words_of
from feedback import (
    FeedbackError,
    Report,
    endorsed_by,
    find_report,
    leave,
    owns,
    reports_of,
)
from feedback.corrections import item_to_change, right_place
from feedback.lifecycle import OPEN
from feedback.mentioned import is_named, mentioned
from feedback.wishes import (
    ANOTHER,
    KEEP,
    LEAVE,
    NUMBER,
    PHOTO,
    URGE,
    WHEN,
    WITHDRAW,
    agrees,
    is_bare,
    is_like_a_place,
    is_question,
    means_every,
    names_only,
    points_at,
    tells_own_contact,
    wants,
    wish,
)
from nlu.categories import category
from storage import reading, writing

WITHOUT_CONTENT = frozenset([NUMBER, PHOTO, WITHDRAW, LEAVE, KEEP, ANOTHER])
"""Wishes that add nothing to a report."""
REFUSALS = frozenset(["deny", "cancel"])
OTHER_INTENTS = frozenset(["check_report", "my_reports", "withdraw_report", "rate", "reopen", *REFUSALS])
"""What is no continuation of an announcement."""
Change = Callable[[Voice, Session, Report, str], None]


def about_filed(voice: Voice, tracker: Tracker) -> list[dict] | None:
    """Answers a message that is about a report which the resident filed, whatever it was understood as: the answer to "which
    one", what they announced, a wish that its words tell. None if it is about something else."""
    if tracker.get_slot("requested_slot") or text_of(tracker).startswith("/") or in_crisis(tracker):
        return None
    with reading() as session:  # most have filed nothing: no need to wait for others that write
        if not reports_of(session, tracker.sender_id, most=1) and not endorsed_by(session, tracker.sender_id, most=1):
            return None
    before = len(voice.replies)
    try:
        with writing() as session:
            _keep(voice, session, tracker)
            for attempt in (_answer_which, _go_on, _fulfil):
                if len(voice.replies) == before:
                    attempt(voice, session, tracker)
    except FeedbackError as refused:
        refuse(voice, refused)
    return [] if len(voice.replies) > before else None


def _keep(voice: Voice, session: Session, tracker: Tracker) -> None:
    """Nothing is withdrawn where the question was answered with no, or with "don't"."""
    asked = [name for name, _ in offered(tracker)] == ["withdraw_report"]
    words = text_of(tracker)
    if asked and intent(tracker) in REFUSALS and not wants(WITHDRAW, words) or wants(KEEP, words):
        last = spoken_of(session, tracker)
        if last:
            voice.say("withdrawn_for_good" if last.state == "withdrawn" else "kept")


def _answer_which(voice: Voice, session: Session, tracker: Tracker) -> None:
    """Goes on with what the question "which one" was about, if the message does nothing but name one of the reports."""
    choices, words = offered(tracker), text_of(tracker)
    intents = {name for name, _ in choices}
    if len(intents) != 1 or not (do := BY_INTENT.get(intents.pop())) or not names_only(words) or wish(words):
        return
    mine = shown(session, tracker)
    named = [r for r in mentioned(mine, words, listed(tracker)) if is_named(r, words) and r.state in OPEN]
    if len(named) != 1:
        return
    asked = {entities["report_number"].replace("-", ""): entities.get("asked") or "" for _, entities in choices}
    if len(choices) > 1 and named[0].number in asked:
        do(voice, session, named[0], asked[named[0].number])
    elif do is take_back:
        ask_back(voice, session, named[0], words)  # 「不是这个，是路灯那个」


def _go_on(voice: Voice, session: Session, tracker: Tracker) -> None:
    """Takes what the resident announced a message ago."""
    announced, number = said_before(tracker)
    words = text_of(tracker)
    named = [report for report in shown(session, tracker) if is_named(report, announced)]
    known = named[0] if len(named) == 1 else spoken_of(session, tracker)
    report = find_report(session, number) if number else known
    if not report or not owns(session, tracker.sender_id, report) or not is_bare(announced, report.text):
        return
    wanted, _ = wish(words) or (None, "")
    if wanted in WITHOUT_CONTENT or intent(tracker) in OTHER_INTENTS or is_bare(words) or is_question(words):
        return
    if item_to_change(announced) != "place" or is_like_a_place(words):
        go_on(voice, session, report, announced, words)


def _fulfil(voice: Voice, session: Session, tracker: Tracker) -> None:
    """Does what the words beyond doubt want of a report that was filed."""
    words = text_of(tracker)
    if wants(LEAVE, words) and leave_joined(voice, session, tracker):
        return
    mine = shown(session, tracker)
    if not mine:
        return
    if tells_own_contact(words) and (contact := contact_in(words)):
        on_meant(voice, session, tracker, "correct", lambda v, s, r, w: keep_contact(v, s, r, contact))
    elif right_place(words, mine[0].address) and item_to_change(words) == "place":
        on_meant(voice, session, tracker, "correct", add)
    elif (wished := wish(words)) and (len(wished[1]) < 2 or any(is_named(report, wished[1]) for report in mine)):
        _grant(voice, session, tracker, wished[0], any(report.state in OPEN for report in mine))
    elif points_at(words) and any(is_named(report, words) for report in mine):
        on_meant(voice, session, tracker, "check_report", look_up)


def _grant(voice: Voice, session: Session, tracker: Tracker, wanted: str, any_open: bool) -> None:
    if wanted == NUMBER:
        list_reports(voice, session, tracker)
    elif wanted == WITHDRAW:
        withdraw_asked(voice, session, tracker)
    elif wanted == PHOTO:
        voice.say("attachment")
    elif wanted in (URGE, WHEN) and any_open:
        on_meant(voice, session, tracker, "check_report", look_up)


def leave_joined(voice: Voice, session: Session, tracker: Tracker) -> bool:
    """Undoes the latest joining; False if there is none."""
    joined = endorsed_by(session, tracker.sender_id, most=1)
    for report in joined:
        leave(session, report, tracker.sender_id)
        voice.say("left")
    return bool(joined)


def on_meant(voice: Voice, session: Session, tracker: Tracker, button_intent: str, do: Change, **choosing) -> bool:
    """Does something to the report that is meant, or asks which one it is; False if the resident has filed none."""
    found, words = meant(session, tracker, **choosing), words_of(tracker)
    if len(found) > 1:
        ask_which(voice, found, button_intent, words)
    elif found:
        do(voice, session, found[0], words)
    return bool(found)


def answer_joiner(voice: Voice, session: Session, tracker: Tracker) -> bool:
    """Tells somebody who joined a report how it is going, and notes that they can't wait; False if they joined none."""
    joined = endorsed_by(session, tracker.sender_id, most=1)
    for report in joined:
        if report.state in OPEN and wants(URGE, text_of(tracker)):
            urge_on(voice, session, report, text_of(tracker), voice.name(category(report.category).name))
        else:
            tell_state(voice, report, joined=True)
    return bool(joined)


def withdraw_asked(voice: Voice, session: Session, tracker: Tracker) -> bool:
    """Asks before a report is taken back, does it on a yes to that; False if the resident has filed none."""
    words = words_of(tracker)
    pending = [entities["report_number"] for name, entities in offered(tracker) if name == "withdraw_report"]
    if len(pending) == 1 and agrees(words):
        take_back(voice, session, find_report(session, pending[0]), words)
        return True
    if is_question(words):
        list_reports(voice, session, tracker)
        return True
    if means_every(words) and ask_next_back(voice, session, tracker, words):
        return True
    return on_meant(voice, session, tracker, "withdraw_report", ask_back, last_spoken_of=False)


def ask_next_back(voice: Voice, session: Session, tracker: Tracker, words: str) -> bool:
    """Asks about the newest report that can still be withdrawn; False if there is none."""
    left = next((report for report in shown(session, tracker) if report.state in OPEN), None)
    if left:
        ask_back(voice, session, left, words)
    return left is not None
