"""Rasa's side of the journal: a message that was answered before gets the same answer, and leaves no second trace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.action_endpoint import TURN_IS_ATOMIC, ActionServerDown, ActionServerFailed

SILENT = "我没太听明白，请换个说法告诉我。"
"""Some of Rasa's own commands, such as `/session_start`, are carried out without a word; residents always get one."""


class JournalInput(InputChannel):
    """`POST /webhooks/journal/webhook` with `conversation_id`, `message_id` and `text`; returns `{"replies": […]}`.

    503 means that the turn was undone and may be tried again; 500 that it was undone and may fail again.
    """

    @classmethod
    def name(cls) -> str:
        return "journal"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        journal = Blueprint("journal_webhook", __name__)

        @journal.route("/", methods=["GET"])
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @journal.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            conversation_id, message_id = request.json["conversation_id"], request.json["message_id"]
            tracker = await request.app.ctx.agent.tracker_store.retrieve(conversation_id)
            replies = _answered_before(tracker, message_id) if tracker else None
            if replies is None:
                output = CollectingOutputChannel()
                message = UserMessage(
                    request.json["text"], output, conversation_id, input_channel=self.name(), message_id=message_id
                )
                TURN_IS_ATOMIC.set(True)
                try:
                    await on_new_message(message)
                except ActionServerDown as error:
                    return response.text(str(error), 503)
                except ActionServerFailed as error:
                    return response.text(str(error), 500)
                replies = [_reply(m.get("text"), m.get("buttons")) for m in output.messages]
            said = [reply for reply in replies if reply["text"]]
            return response.json({"replies": said or [_reply(SILENT, None)]})

        return journal


def _answered_before(tracker: DialogueStateTracker, message_id: str) -> list[dict] | None:
    """What the assistant said to a message that it has answered; None if it hasn't."""
    replies: list[dict] | None = None
    for event in tracker.events:
        if isinstance(event, UserUttered):
            if replies is not None:
                break
            if event.message_id == message_id:
                replies = []
        elif isinstance(event, BotUttered) and replies is not None:
            replies.append(_reply(event.text, event.data.get("buttons")))
    return replies


def _reply(text: str | None, buttons: list[dict] | None) -> dict:
    kept = [{"title": b["title"], "payload": b["payload"]} for b in buttons or []]
    return {"text": text or "", "buttons": kept}
