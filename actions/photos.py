"""What is said to photos, and to what can't be taken."""

from __future__ import annotations

from rasa_sdk import Tracker
from sqlalchemy.orm import Session

from actions.message import button, entity
from actions.resident_action import ResidentAction
from actions.voice import Voice
from feedback import display, hold_back_photos, latest_photo_report, waiting_photos
from storage import writing


class Attachment(ResidentAction):
    """Tells what a photo belongs to: the report that is being told, the one just filed, or the next."""

    def name(self) -> str:
        return "action_attachment"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        item = entity(tracker, "item")
        if item == "photo":
            with writing() as session:
                _tell(voice, session, tracker)
        else:
            voice.say("photo_how" if item == "how" else "attachment")
        return []


def _tell(voice: Voice, session: Session, tracker: Tracker) -> None:
    conversation_id = tracker.sender_id
    if tracker.get_slot("requested_slot"):
        voice.say("photo_with_report" if hold_back_photos(session, conversation_id) else "photo_missing")
    elif report := latest_photo_report(session, conversation_id):
        voice.say("photo_added", number=display(report.number))
    elif waiting_photos(session, conversation_id):
        voice.say("photo_waiting", [button("我要反映问题", "file_report")])
    else:
        voice.say("photo_missing")
