"""The way to Rasa: hands over one message and brings back the replies."""

from __future__ import annotations

import httpx

from channels.journal import Reply, Turn
from channels.settings import settings

LIMITS = httpx.Limits(keepalive_expiry=2.0)
"""Rasa closes a connection after 5 idle seconds; one that is used again at that moment fails."""
TIMEOUT = httpx.Timeout(60.0, connect=2.0)


class RasaUnavailable(Exception):
    """Rasa or its action server can't be reached; the message has left no trace and can be sent again."""


class TurnFailed(Exception):
    """Rasa could be reached and failed on this message."""


class Rasa:
    """Rasa's journal channel (`bot.rasa_channel`), which answers a repeated message id with the first answer."""

    def __init__(self, http: httpx.AsyncClient | None = None) -> None:
        self._http = http or httpx.AsyncClient(
            base_url=settings().rasa_url, timeout=TIMEOUT, limits=LIMITS, trust_env=False
        )

    async def answer(self, turn: Turn) -> list[Reply]:
        """The assistant's replies to a message.

        Raises:
            RasaUnavailable: try again later.
            TurnFailed: trying again may be of no use.
        """
        body = {"conversation_id": turn.conversation_id, "message_id": turn.message_id, "text": turn.text}
        try:
            response = await self._http.post("/webhooks/journal/webhook", json=body)
        except httpx.HTTPError as error:
            raise RasaUnavailable(type(error).__name__) from error
        if response.status_code == 503:
            raise RasaUnavailable(response.text[:200])
        if response.status_code != 200:
            raise TurnFailed(f"{response.status_code} {response.text[:200]}")
        return [Reply(reply["text"], reply.get("buttons") or []) for reply in response.json()["replies"]]

    async def close(self) -> None:
        await self._http.aclose()
