"""What is kept of a resident, at their wish: told, erased, or shown to others."""

from __future__ import annotations

from rasa_sdk import Tracker
from sqlalchemy.orm import Session

from actions.message import button, entity, text_of
from actions.resident_action import ResidentAction
from actions.voice import Voice
from feedback import FeedbackError, allow_publication, display, erase, find_report, masked, owns, phrases, reports_of
from feedback.lifecycle import REPORT_STATES
from feedback.mentioned import short_title
from storage import reading, writing

MOST = 20
"""Reports of a resident that are listed, or taken from the public's sight, at once."""


def tell_my_data(voice: Voice, tracker: Tracker) -> list[dict] | None:
    """Shows what is kept to who wants all of it deleted (「删除我的数据」). None if it is the number alone."""
    if not phrases.ALL_DATA.search(text_of(tracker)):
        return None
    _tell(voice, tracker)
    return []


class MyData(ResidentAction):
    """Tells what is kept of the resident, and erases it after they said so twice."""

    def name(self) -> str:
        return "action_my_data"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        wish = entity(tracker, "item")
        if wish == "erase_now":
            with writing() as session:
                erase(session, tracker.sender_id)
            voice.say("data_erased")
        elif wish == "erase":
            voice.say("erase_sure", [button("确认全部删除", "my_data", item="erase_now")])
        else:
            _tell(voice, tracker)
        return []


def _tell(voice: Voice, tracker: Tracker) -> None:
    with reading() as session:
        mine = reports_of(session, tracker.sender_id, most=MOST)
        lines = [f"{display(r.number)} {short_title(r)}，{voice.name(REPORT_STATES[r.state])}" for r in mine]
        contacts = "、".join(sorted({masked(report.contact) for report in mine if report.contact}))
    choices = [button("只删电话", "delete_contact"), button("全部删除", "my_data", item="erase")]
    voice.say("my_data", choices, contacts=contacts or voice.name("不留"), reports="\n".join(lines) or "—")


class Publish(ResidentAction):
    """Lets others see a report, without anything that tells whose it is, or no longer."""

    def name(self) -> str:
        return "action_publish"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        try:
            with writing() as session:
                if entity(tracker, "item") == "no":
                    _unpublish(voice, session, tracker.sender_id)
                else:
                    _publish(voice, session, tracker)
        except FeedbackError as refused:
            voice.quote(str(refused))
        if not voice.replies:
            voice.say("none_yet")
        return []


def _publish(voice: Voice, session: Session, tracker: Tracker) -> None:
    report = find_report(session, entity(tracker, "report_number") or "")
    if owns(session, tracker.sender_id, report):
        allow_publication(session, report, True)
        voice.say("published", [button("不公开了", "publish", item="no")], number=display(report.number))


def _unpublish(voice: Voice, session: Session, conversation_id: str) -> None:
    """Take all that the resident let others see out of their sight."""
    shown = [report for report in reports_of(session, conversation_id, most=MOST) if report.publishable]
    for report in shown:
        allow_publication(session, report, False)
        voice.say("unpublished", number=display(report.number))
    if not shown:
        voice.say("publishes_none")
