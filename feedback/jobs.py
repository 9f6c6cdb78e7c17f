"""What the worker does again and again: one table of jobs, each with its own transactions and safe beside other workers."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from feedback.alarms.ringing import ring
from feedback.closing import close_ended
from feedback.deadlines.sweep import sweep
from feedback.dispatch.destinations.files import write_files
from feedback.dispatch.numbering import ask_for_numbers
from feedback.dispatch.photos import fetch_photos
from feedback.dispatch.reconciliation import reconcile_daily
from feedback.privacy import retention
from feedback.topics.watch import find_topics

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """Something to do every so many seconds."""

    run: Callable[[], object]
    seconds: float
    aside: bool = False
    """Whether it has a thread of its own, since it waits for systems of others and must keep none of ours back."""

    @property
    def name(self) -> str:
        return f"{self.run.__module__}.{self.run.__name__}"


DAY = 86_400.0
JOBS: tuple[Job, ...] = (
    Job(ring, 5),
    Job(sweep, 30),
    Job(close_ended, 60),
    Job(find_topics, 300),
    Job(retention.expire, DAY),
    Job(fetch_photos, 10, aside=True),
    Job(write_files, 30, aside=True),
    Job(ask_for_numbers, 30, aside=True),
    Job(reconcile_daily, 600, aside=True),
)


@dataclass
class Schedule:
    """Runs what is due. A job that fails is logged, tried again at its next time, and keeps none of the others back."""

    jobs: tuple[Job, ...] = JOBS
    clock: Callable[[], float] = time.monotonic
    _due: dict[str, float] = field(default_factory=dict)
    _aside: dict[str, threading.Thread] = field(default_factory=dict)

    def run_due(self) -> None:
        for job in self.jobs:
            now = self.clock()
            if now < self._due.get(job.name, now):
                continue
            self._due[job.name] = now + job.seconds
            if job.aside:
                self._run_aside(job)
            else:
                _run(job)

    def _run_aside(self, job: Job) -> None:
        """Begin a job, unless it still runs."""
        before = self._aside.get(job.name)
        if not (before and before.is_alive()):
            self._aside[job.name] = threading.Thread(target=_run, args=(job,), name=job.name, daemon=True)
            self._aside[job.name].start()


def _run(job: Job) -> None:
    try:
        job.run()
    except Exception:
        log.exception("job.failed", extra={"job": job.name})
