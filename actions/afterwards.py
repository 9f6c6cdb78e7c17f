"""What residents say in passing of reports that they filed, whatever it was understood as."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rasa_sdk import Tracker
from sqlalchemy.orm import Session

from actions.after_danger import in_crisis
from actions.amend import (
    BY_INTENT,
    add,
    add_words,
    ask_back,
    contact_in,
    forget_contacts,
    go_on,
    judge,
    keep_contact,
    note_handling,
    own_contact,
    take_back,
)
from actions.message import button, intent, quoted, said, text_of
from actions.progress import list_reports, look_up, tell_in_full, tell_state, urge_on
from actions.voice import Voice
from actions.which import ask_which, listed, meant, offered, refuse, said_before, shown, spoken_of, words_of
from feedback import (
    FeedbackError,
    Report,
    display,
    endorsed_by,
    find_report,
    leave,
    owns,
    phrases,
    reports_of,
    stars_in,
    take_contact,
)
from feedback.corrections import item_to_change, right_place
from feedback.draft import describe_place, sure_category
from feedback.lifecycle import OPEN
from feedback.mentioned import is_named, mentioned, short_matter
from feedback.wishes import (
    AGAIN,
    ANONYMOUS,
    ANOTHER,
    HANDLING,
    KEEP,
    LEAVE,
    NUMBER,
    PHOTO,
    RATE,
    RECORD,
    UNCHANGED,
    URGE,
    WHEN,
    WITHDRAW,
    agrees,
    another_matter,
    is_bare,
    is_like_a_place,
    is_question,
    means_every,
    names_only,
    points_at,
    tells_more,
    tells_others_contact,
    wants,
    wish,
)
from nlu.categories import category
from nlu.places import locate
from storage import reading, writing

WITHOUT_CONTENT = frozenset([NUMBER, PHOTO, WITHDRAW, LEAVE, KEEP, ANOTHER, ANONYMOUS])
"""Wishes that add nothing to a report."""
REFUSALS = frozenset(["deny", "cancel"])
OTHER_INTENTS = frozenset(["check_report", "my_reports", "withdraw_report", "rate", "reopen", *REFUSALS])
"""What is no continuation of an announcement."""
NO_REASON = REFUSALS | {"greet", "goodbye", "thank", "affirm"}
"""What is said instead of a reason."""
MORE_WORDS = frozenset(["supplement", "correct", "nlu_fallback", "out_of_scope"])
"""What a matter may be taken for that was announced a message before."""
EMERGENCY = "emergency"
BARE_STARS = re.compile(r"\s*[1-5一二三四五](?:颗?星|分)?[。.！!\s]*")
Change = Callable[[Voice, Session, Report, str], None]
OF_ONE: dict[str, tuple[str, Change]] = {
    RECORD: ("check_report", lambda voice, session, report, words: tell_in_full(voice, report)),
    RATE: ("rate", judge),
    HANDLING: ("supplement", note_handling),
    URGE: ("check_report", look_up),
    WHEN: ("check_report", look_up),
}
"""The intent of a button that names the report, and what is done to it, where a wish is about a single one."""


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
            for attempt in (_keep_why, _answer_which, _go_on, _fulfil):
                if len(voice.replies) == before:
                    attempt(voice, session, tracker)
    except FeedbackError as refused:
        refuse(voice, refused)
    return [] if len(voice.replies) > before else None


def _keep(voice: Voice, session: Session, tracker: Tracker) -> None:
    """Nothing is withdrawn where the question was answered with no, or with "don't"; what was, can be filed anew."""
    asked = [name for name, _ in offered(tracker)] == ["withdraw_report"]
    words = text_of(tracker)
    refused = asked and intent(tracker) in REFUSALS and not wants(WITHDRAW, words)
    if not (refused or wants(KEEP, words) or wants(AGAIN, words)):
        return
    last = spoken_of(session, tracker)
    if last and last.state == "withdrawn":
        voice.say("withdrawn_for_good", [{"title": "重新反映", "payload": _at(last, last.text)}])
    elif last and not wants(AGAIN, words):
        voice.say("kept")


def _keep_why(voice: Voice, session: Session, tracker: Tracker) -> None:
    """Takes the reason of a verdict that was asked for; another verdict is no reason, nor is a question."""
    asked, words = asked_why(tracker), text_of(tracker)
    if asked and not (stars_in(words) or phrases.ASKS.search(words) or wish(words) or intent(tracker) in NO_REASON):
        judge(voice, session, find_report(session, asked["report_number"]), f"{asked['stars']}星，{words}")


def asked_why(tracker: Tracker) -> dict | None:
    """The report's number and the stars of a verdict whose reason was asked for a message ago."""
    return next((told for name, told in offered(tracker) if name == "rate" and "asked" in told), None)


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
    if take_number(voice, session, tracker, mine):
        return
    if BARE_STARS.fullmatch(words) and any(report.state == "resolved" for report in mine):
        on_meant(voice, session, tracker, "rate", judge, fits=lambda report: report.state == "resolved")
        return
    if matter := another_matter(words) or _announced_matter(tracker):
        offer_another(voice, session, tracker, matter)
    elif right_place(words, mine[0].address) and item_to_change(words) == "place":
        on_meant(voice, session, tracker, "correct", add)
    elif (wished := wish(words)) and (len(wished[1]) < 2 or any(is_named(report, wished[1]) for report in mine)):
        _grant(voice, session, tracker, wished[0], any(report.state in OPEN for report in mine))
    elif points_at(words) and any(is_named(report, words) for report in mine):
        on_meant(voice, session, tracker, "check_report", look_up)
    elif (
        tells_more(words) and (last := spoken_of(session, tracker) or mine[0]).state in OPEN and last.kind != EMERGENCY
    ):
        on_meant(voice, session, tracker, "supplement", add_words)


def take_number(voice: Voice, session: Session, tracker: Tracker, mine: Sequence[Report]) -> bool:
    """Keeps the resident's own number, or its right last digits; another's is part of the matter. False if it is neither."""
    words = text_of(tracker)
    known = next((report.contact for report in mine if report.contact), None)
    own = own_contact(words, known)
    still_open = [report for report in mine if report.state in OPEN]
    if own and still_open and means_every(words):
        for report in still_open[1:]:
            take_contact(session, report, own)
        keep_contact(voice, session, still_open[0], own)
        return True
    if own:
        return on_meant(voice, session, tracker, "correct", add)
    if contact_in(words) and tells_others_contact(words):
        return on_meant(voice, session, tracker, "supplement", add_words)
    return False


def _announced_matter(tracker: Tracker) -> str:
    """What is told right after somebody announced another matter; empty if it isn't that."""
    announced, _ = said_before(tracker)
    is_announced = wants(ANOTHER, announced) and not another_matter(announced)
    return text_of(tracker) if is_announced and intent(tracker) in MORE_WORDS and not is_bare(text_of(tracker)) else ""


def is_of_another_kind(tracker: Tracker, mine: Sequence[Report]) -> bool:
    """Whether words that seem to add to a report tell of something that has nothing to do with any of the resident's."""
    code = sure_category(said(tracker).matter) or ""
    kinds = {report.category.partition(".")[0] for report in mine}
    return bool(code) and code.partition(".")[0] not in kinds and not phrases.CHANGES.search(text_of(tracker))


def offer_another(voice: Voice, session: Session, tracker: Tracker, matter: str) -> None:
    """Asks whether words are a matter of their own, near the place of the last report, or belong to that."""
    last = spoken_of(session, tracker) or shown(session, tracker)[0]
    choices = [
        {"title": "另外反映", "payload": _at(last, matter)},
        button("补到刚才那件", "supplement", report_number=display(last.number), asked=matter),
    ]
    voice.say("another_matter", choices, matter=quoted(matter), what=short_matter(last))


def _grant(voice: Voice, session: Session, tracker: Tracker, wanted: str, any_open: bool) -> None:
    if wanted == NUMBER:
        list_reports(voice, session, tracker)
    elif wanted == WITHDRAW:
        withdraw_asked(voice, session, tracker)
    elif wanted == PHOTO:
        voice.say("photo_how")
    elif wanted == ANOTHER:
        voice.say("ask_matter", [button("我要反映问题", "file_report")])
    elif wanted == ANONYMOUS:
        forget_contacts(voice, session, tracker.sender_id)
    elif wanted == UNCHANGED:
        voice.say("all_right")
    elif wanted in OF_ONE and (any_open or wanted == RECORD):
        on_meant(voice, session, tracker, *OF_ONE[wanted])


def _at(report: Report, matter: str) -> str:
    """What to say to report a matter near another one: with its place, of which the district will do where a spot is told."""
    if locate(matter).address:
        return matter
    near = describe_place(report.district, report.subdistrict, report.address)
    return "，".join(filter(None, (report.district if is_like_a_place(matter) else near, matter)))


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
