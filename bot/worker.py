"""The worker: delivers work orders, fetches what departments did, and tells residents."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial

from bot import erasure
from bot.logs import configure_logging
from bot.settings import ROOT
from channels.outbound import write_notices
from feedback.dispatch import updates
from feedback.dispatch.destinations import Destination, destinations
from feedback.dispatch.postman import Postman
from feedback.jobs import JOBS, Schedule
from feedback.settings import settings
from knowledge_base.gaps import ungrouped
from storage import reading, writing

log = logging.getLogger(__name__)

TICK_SECONDS = 0.5
GROUP_SECONDS = 60.0


class Worker:
    """Does what is due, again and again, until told to stop. Any number of workers may run on PostgreSQL.

    Whatever waits for a dispatch system has a thread of its own: the jobs and the residents don't wait for it too.
    """

    def __init__(self, destinations: Mapping[str, Destination], poll_seconds: float, parallel: int) -> None:
        self._postman = Postman(destinations, parallel)
        self._waiting = [threading.Thread(target=self._postman.run, name="postman")]
        for name, destination in destinations.items():
            fetch = partial(updates.poll, {name: destination})
            self._waiting.append(threading.Thread(target=self._repeat, args=(fetch, poll_seconds), name=f"poll-{name}"))
        self._schedule = Schedule((*JOBS, *erasure.JOBS))
        self._last_grouping = time.monotonic()
        self._grouping: subprocess.Popen | None = None
        self._stopping = threading.Event()

    def run(self) -> None:
        for thread in self._waiting:
            thread.start()
        self._repeat(self.tick, TICK_SECONDS)
        for thread in self._waiting:
            thread.join()

    def stop(self) -> None:
        self._stopping.set()
        self._postman.stop()

    def _repeat(self, work: Callable[[], object], seconds: float) -> None:
        while not self._stopping.is_set():
            try:
                work()
            except Exception:  # the database or the network may be away for a while; the worker must outlive that
                log.exception("worker.failed")
            self._stopping.wait(seconds)

    def tick(self) -> None:
        """One round: do the jobs that are due, write notices."""
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
    chosen = settings()
    worker = Worker(destinations(), chosen.dispatch_poll_seconds, chosen.dispatch_parallel)
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: worker.stop())
    worker.run()


if __name__ == "__main__":
    main()
