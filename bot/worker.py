"""The worker: delivers work orders, fetches what departments did, and tells residents."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import threading
import time

from feedback.dispatch.open311 import Open311Client

from bot import erasure
from bot.logs import configure_logging
from bot.settings import ROOT
from channels.outbound import write_notices
from feedback.dispatch import delivery, updates
from feedback.jobs import JOBS, Schedule
from feedback.settings import settings
from knowledge_base.gaps import ungrouped
from storage import reading, writing

log = logging.getLogger(__name__)

TICK_SECONDS = 0.5
GROUP_SECONDS = 60.0


class Worker:
    """Does what is due, again and again, until told to stop. Any number of workers may run on PostgreSQL."""

    def __init__(self, client: Open311Client, poll_seconds: float) -> None:
        self._client = client
        self._poll_seconds = poll_seconds
        self._last_poll = 0.0
        self._schedule = Schedule((*JOBS, *erasure.JOBS))
        self._last_grouping = time.monotonic()
        self._grouping: subprocess.Popen | None = None
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                self.tick()
            except Exception:  # the database or the network may be away for a while; the worker must outlive that
                log.exception("worker.failed")
            self.stopping.wait(TICK_SECONDS)

    def tick(self) -> None:
        """One round: deliver everything that is due, poll if it is time, do the jobs, write notices."""
        while delivery.deliver_next(self._client) and not self.stopping.is_set():
            pass
        if time.monotonic() - self._last_poll >= self._poll_seconds:
            self._last_poll = time.monotonic()
            updates.poll(self._client)
        self._schedule.run_due()
        with writing() as session:
            write_notices(session)
        self._group_questions()

    def _group_questions(self) -> None:
        """Group new open questions by meaning, in a process of its own: the encoder's memory is given back."""
        if self._grouping:
            self._grouping = self._grouping if self._grouping.poll() is None else None
        elif time.monotonic() - self._last_grouping >= GROUP_SECONDS:
            self._last_grouping = time.monotonic()
            with reading() as session:
                if ungrouped(session):
                    self._grouping = subprocess.Popen([sys.executable, "-m", "knowledge_base", "group"], cwd=ROOT)


def main() -> None:
    configure_logging("worker")
    client = Open311Client(settings().dispatch_base, settings().dispatch_api_key.get_secret_value())
    worker = Worker(client, settings().dispatch_poll_seconds)
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: worker.stopping.set())
    worker.run()


if __name__ == "__main__":
    main()
