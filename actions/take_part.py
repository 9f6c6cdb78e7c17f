"""Taking part in a report that the public board shows: joining it, following it, and no longer following."""

from __future__ import annotations

from rasa_sdk import Tracker
from sqlalchemy.orm import Session

from actions.message import entity
from actions.resident_action import ResidentAction
from actions.voice import Voice
from feedback import FeedbackError, follow, followed_by, join_published, public_view, unfollow
from storage import writing

DO = {"join": (join_published, "joined_published"), "follow": (follow, "followed")}


class TakePart(ResidentAction):
    """Does what the board's link says; of a stranger's report only its public words are told."""

    def name(self) -> str:
        return "action_take_part"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        wish, public_id = entity(tracker, "item"), entity(tracker, "public_id") or ""
        try:
            with writing() as session:
                if wish in DO:
                    do, sentence = DO[wish]
                    voice.say(sentence, what=public_view(do(session, public_id, tracker.sender_id)).title)
                else:
                    _unfollow(voice, session, tracker.sender_id)
        except FeedbackError as refused:
            voice.quote(str(refused))
        return []


def _unfollow(voice: Voice, session: Session, conversation_id: str) -> None:
    followed = followed_by(session, conversation_id)
    for report in followed:
        unfollow(session, report, conversation_id)
    voice.say("unfollowed" if followed else "follows_none")
