"""Rasa's lock store on Redis or Valkey, for several Rasa processes.

Rasa's own reads, changes and writes a conversation's tickets without a lock of its own: of messages that arrive at
once in two processes one can get lost. Here each of these steps is done under a short lock in Redis.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import redis
from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, RedisLockStore
from rasa.utils.endpoints import EndpointConfig

STEP_SECONDS = 5.0
"""A step that takes longer than this has died and gives its lock back."""
LOOK_SECONDS = 0.05


class ProjectLockStore(RedisLockStore):
    """`RedisLockStore` whose steps exclude each other, connected by a URL (`redis://…`, `rediss://…`, `unix://…`)."""

    def __init__(self, endpoint_config: EndpointConfig | None = None, **_: Any) -> None:
        super().__init__()
        url = endpoint_config.url if endpoint_config else "redis://127.0.0.1:6379/1"
        self.red = redis.Redis.from_url(url, socket_timeout=STEP_SECONDS)

    @asynccontextmanager
    async def lock(
        self,
        conversation_id: str,
        lock_lifetime: float = LOCK_LIFETIME,
        wait_time_in_seconds: float = LOOK_SECONDS,
    ) -> AsyncGenerator[TicketLock, None]:
        async with super().lock(conversation_id, lock_lifetime, wait_time_in_seconds) as lock:
            yield lock

    def issue_ticket(self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME) -> int:
        with self._step(conversation_id):
            return super().issue_ticket(conversation_id, lock_lifetime)

    def update_lock(self, conversation_id: str) -> None:
        with self._step(conversation_id):
            super().update_lock(conversation_id)

    def cleanup(self, conversation_id: str, ticket_number: int) -> None:
        with self._step(conversation_id):
            super().cleanup(conversation_id, ticket_number)

    def _step(self, conversation_id: str):
        return self.red.lock(f"step:{conversation_id}", timeout=STEP_SECONDS, sleep=0.005)
