"""Which of their reports a resident means: the one that they name, else the one spoken of, else they are asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from rasa_sdk import Tracker
from sqlalchemy.orm import Session

from actions.message import button, entity, messages_of_resident, text_of
from actions.voice import Voice
from feedback import (
    FeedbackError,
    Report,
    UnknownReport,
    display,
    endorsed_by,
    find_report,
    may_be_shown,
    owns,
    reports_of,
)
from feedback.lifecycle import OPEN
from feedback.mentioned import mentioned, short_title

MOST = 9
"""Reports of a resident that can be chosen from."""
LIST_LASTS = 3
"""Turns for which what was shown is still before the resident's eyes."""
_NUMBER = re.compile(r"20\d{6}-[0-9A-Z]{4}-[0-9A-Z]{5}")
_THIS = re.compile("[这它]|刚才|刚刚|上一?[次个]|最近|最新")


class NotYours(FeedbackError):
    """The report that was meant is somebody else's."""


def shown(session: Session, tracker: Tracker) -> list[Report]:
    """The resident's reports that they may look up, newest first."""
    return list(filter(may_be_shown, reports_of(session, tracker.sender_id, most=MOST)))


def words_of(tracker: Tracker) -> str:
    """What the resident said: of a button what they had said before they were asked which report they mean."""
    return entity(tracker, "asked") or text_of(tracker)


def meant(
    session: Session,
    tracker: Tracker,
    fits: Callable[[Report], int] = lambda report: report.state in OPEN,
    last_spoken_of: bool = True,
) -> list[Report]:
    """The resident's reports that the message may mean, of several those that `fits` best; none if they have filed none.

    `last_spoken_of`: whether the one that was spoken of last is meant where no other is named, even without "this".

    Raises:
        UnknownReport: the message has a number that no report has.
        NotYours: it has somebody else's, or that was spoken of last and they have none.
    """
    if written := entity(tracker, "report_number"):
        report = find_report(session, written)
        if not owns(session, tracker.sender_id, report):
            raise NotYours
        return [report]
    mine, told = shown(session, tracker), _spoken_of(tracker)
    if not mine and told and _is_anothers(session, tracker, told):
        raise NotYours
    words = words_of(tracker)
    found = mentioned(mine, words, listed(tracker)) or mine
    likely = [report for report in found if fits(report) == max(map(fits, found))]
    if len(likely) > 1 and len(found) == len(mine) and (last_spoken_of or _THIS.search(words)):
        return [report for report in likely if display(report.number) == told] or likely
    return likely


def _is_anothers(session: Session, tracker: Tracker, told: str) -> bool:
    """Whether a number that was told is that of a report which the resident has nothing to do with; examples are no report's."""
    try:
        return find_report(session, told) not in endorsed_by(session, tracker.sender_id)
    except UnknownReport:
        return False


def ask_which(voice: Voice, reports: Sequence[Report], intent: str, words: str) -> None:
    """Ask which report is meant; the button does to it what the words wanted."""
    buttons = [button(short_title(r), intent, report_number=display(r.number), asked=words) for r in reports]
    voice.say("which_report", buttons)


def refuse(voice: Voice, refused: FeedbackError) -> None:
    """Say why something can't be done."""
    if isinstance(refused, NotYours):
        voice.say("not_yours")
    elif voice.english:
        voice.say("unknown_report" if isinstance(refused, UnknownReport) else "refused")
    else:
        voice.quote(str(refused))


def offered(tracker: Tracker) -> list[tuple[str, dict]]:
    """Intent and entities of the buttons with a report's number under the latest replies."""
    return _of_reports(next(_replies(tracker), []))


def listed(tracker: Tracker) -> list[str]:
    """The numbers of the latest list of reports in the last turns, in its order."""
    for replies in islice(_replies(tracker), LIST_LASTS):
        numbers = [_bare(entities["report_number"]) for _, entities in _of_reports(replies)]
        if len(numbers) > 1:
            return numbers
    return []


def said_before(tracker: Tracker) -> tuple[str, str | None]:
    """What the resident said before the latest message, and the number of the report that they chose with it."""
    event = next(islice(messages_of_resident(tracker), 1, None), {})
    found = {e["entity"]: e["value"] for e in (event.get("parse_data") or {}).get("entities") or []}
    return found.get("asked") or event.get("text") or "", found.get("report_number")


def spoken_of(session: Session, tracker: Tracker) -> Report | None:
    """The resident's report whose number was told last, else their only one."""
    told, mine = _spoken_of(tracker), shown(session, tracker)
    return next((r for r in mine if display(r.number) == told), mine[0] if len(mine) == 1 else None)


def _spoken_of(tracker: Tracker) -> str | None:
    """The number that was told last, if it was the only one."""
    for replies in islice(_replies(tracker), LIST_LASTS):
        told = {number for event in replies for number in _NUMBER.findall(event.get("text") or "")}
        told |= {display(_bare(entities["report_number"])) for _, entities in _of_reports(replies)}
        if told:
            return told.pop() if len(told) == 1 else None
    return None


def _replies(tracker: Tracker) -> Iterator[list[dict]]:
    """What the assistant said in each turn, the latest turn before the message first."""
    replies: list[dict] = []
    events = list(tracker.events)
    latest = max((index for index, event in enumerate(events) if event.get("event") == "user"), default=0)
    for event in reversed(events[:latest]):
        if event.get("event") == "bot":
            replies.insert(0, event)
        elif event.get("event") == "user":
            yield replies
            replies = []


def _of_reports(replies: Sequence[dict]) -> list[tuple[str, dict]]:
    payloads = [b["payload"] for event in replies for b in (event.get("data") or {}).get("buttons") or ()]
    parts = [payload.removeprefix("/").partition("{") for payload in payloads if payload.startswith("/")]
    pressed = [(intent, json.loads(brace + entities)) for intent, brace, entities in parts if brace]
    return [(intent, entities) for intent, entities in pressed if "report_number" in entities]


def _bare(number: str) -> str:
    return number.replace("-", "")
