"""What becomes of a turn when the action server is away.

Rasa swallows a failed action: its events are lost and the resident is told nothing. For the journal's messages the
whole turn is undone instead, and the journal sends the message again later. Everybody else is told in words.
"""

from __future__ import annotations

import copy
import logging
from contextvars import ContextVar
from typing import Any

import aiohttp
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

log = logging.getLogger(__name__)

TURN_IS_ATOMIC: ContextVar[bool] = ContextVar("turn_is_atomic", default=False)
TIMEOUT = 30
RECENT_EVENTS = 30
"""Of a conversation that an action is shown; ours look no further back than the latest message."""
SORRY = {
    "events": [],
    "responses": [{"text": "系统正在恢复，请过一会儿再说一次。遇到危险请直接拨打 110、119 或 120。"}],
}


# Rasa checks an answer against a JSON schema, and that schema first against its own: as long as the rest of a turn.
# What answers here is our own action server.
RemoteAction._validate_action_result = lambda *_: True


class ActionServerDown(BaseException):
    """The action server can't be reached. Not an `Exception`: Rasa would swallow that and save half a turn."""


class ActionServerFailed(BaseException):
    """The action server answered with an error of its own."""


class ActionEndpoint(EndpointConfig):
    """The action server with a timeout that fits a chat."""

    def __init__(self, url: str) -> None:
        super().__init__(url, enable_selective_domain=True)  # our actions never look at the domain

    async def request(self, *args: Any, json: dict[str, Any], **kwargs: Any) -> Any:
        kwargs["timeout"] = TIMEOUT
        kwargs["json"] = json | {"tracker": _recent(json["tracker"])}
        try:
            return await super().request(*args, **kwargs)
        except ClientResponseError as error:
            if error.status == 400:  # an action that refuses to run says so with 400: Rasa handles that
                raise
            return _failed(ActionServerFailed(f"动作服务返回 {error.status}"))
        except (aiohttp.ClientError, TimeoutError) as error:
            return _failed(ActionServerDown(f"连不上动作服务: {type(error).__name__}"))


def _recent(tracker: dict[str, Any]) -> dict[str, Any]:
    """The state without what was said long ago: it would make each turn of a long conversation slower than the last."""
    return tracker | {"events": tracker["events"][-RECENT_EVENTS:]}


def _failed(reason: BaseException) -> dict:
    log.error("action_server.failed", extra={"reason": str(reason)})
    if TURN_IS_ATOMIC.get():
        raise reason
    return copy.deepcopy(SORRY)  # Rasa takes the answer apart
