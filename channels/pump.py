"""Drives waiting messages through Rasa: at once when they arrive, and by a sweep for what a crash left behind."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from starlette.concurrency import run_in_threadpool

from channels import journal
from channels.journal import Turn
from channels.rasa import Rasa, RasaUnavailable, TurnFailed
from storage import reading, writing

log = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
DELAYED = "系统正在恢复，您的话已经保存好了，恢复后会马上回复您，不用重发。遇到危险请直接拨打 110、119 或 120。"
FAILED = "很抱歉，这句话系统没能处理，已经留给工作人员查看。您可以换个说法再试一次，或者拨打 12345。"


class Pump:
    """One per web process. Conversations run side by side, the messages of one conversation one after another."""

    def __init__(self, rasa: Rasa, said: Callable[[str], None]) -> None:
        """`said` is called with a conversation's id when there is something new in it."""
        self._rasa = rasa
        self._said = said
        self._running: dict[str, asyncio.Task] = {}
        self._sweeper: asyncio.Task | None = None

    def start(self) -> None:
        self._sweeper = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        tasks = [task for task in (self._sweeper, *self._running.values()) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._rasa.close()

    def wake(self, conversation_id: str) -> None:
        """There is something to do in a conversation."""
        if conversation_id not in self._running:
            task = asyncio.create_task(self._work_off(conversation_id))
            self._running[conversation_id] = task
            task.add_done_callback(lambda _: self._running.pop(conversation_id, None))

    async def _sweep(self) -> None:
        while True:
            try:
                for conversation_id in await run_in_threadpool(_in_session(reading, journal.waiting_conversations)):
                    self.wake(conversation_id)
            except Exception:  # the database may be away for a while; the sweep must outlive that
                log.exception("journal.sweep_failed")
            await asyncio.sleep(SWEEP_SECONDS)

    async def _work_off(self, conversation_id: str) -> None:
        while turn := await run_in_threadpool(_in_session(writing, journal.claim, conversation_id)):
            await self._handle(turn)

    async def _handle(self, turn: Turn) -> None:
        holding = asyncio.create_task(_hold(turn.conversation_id))
        try:
            replies = await self._rasa.answer(turn)
            outcome = _in_session(writing, journal.finish, turn, replies)
        except RasaUnavailable as error:
            log.warning("journal.postponed", extra={"inbound_id": turn.inbound_id, "error": str(error)})
            outcome = _in_session(writing, journal.postpone, turn, DELAYED)
        except TurnFailed as error:
            log.error("journal.turn_failed", extra={"inbound_id": turn.inbound_id, "error": str(error)})
            again = turn.attempts < journal.MOST_FAILURES
            outcome = _in_session(
                writing, journal.postpone if again else journal.give_up, turn, DELAYED if again else FAILED
            )
        finally:
            holding.cancel()
            with suppress(asyncio.CancelledError):
                await holding
        await run_in_threadpool(outcome)
        self._said(turn.conversation_id)


async def _hold(conversation_id: str) -> None:
    """Renew the claim on a conversation while Rasa is at work."""
    while True:
        await asyncio.sleep(journal.LEASE.total_seconds() / 3)
        await run_in_threadpool(_in_session(writing, journal.keep, conversation_id))


def _in_session(open_session, function, *arguments):
    """A call of a journal function in a session of its own, to run in a thread."""

    def call():
        with open_session() as session:
            return function(session, *arguments)

    return call
