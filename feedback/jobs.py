"""What the worker does again and again: one table of jobs, each with its own transactions and safe beside other workers."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from feedback.alarms.ringing import ring
from feedback.attachments import sweeping
from feedback.closing import close_ended
from feedback.deadlines.sweep import sweep
from feedback.privacy import retention
from feedback.topics.watch import find_topics

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """Something to do every so many seconds."""

    run: Callable[[], object]
    seconds: float

    @property
    def name(self) -> str:
        return f"{self.run.__module__}.{self.run.__name__}"


HOUR = 3_600.0
DAY = 86_400.0
JOBS: tuple[Job, ...] = (
    Job(ring, 5),
    Job(sweep, 30),
    Job(close_ended, 60),
    Job(find_topics, 300),
    Job(sweeping.sweep, HOUR),
    Job(retention.expire, DAY),
)


@dataclass
class Schedule:
    """Runs what is due. A job that fails is logged, tried again at its next time, and keeps none of the others back."""

    jobs: tuple[Job, ...] = JOBS
    clock: Callable[[], float] = time.monotonic
    _due: dict[str, float] = field(default_factory=dict)

    def run_due(self) -> None:
        for job in self.jobs:
            now = self.clock()
            if now < self._due.get(job.name, now):
                continue
            self._due[job.name] = now + job.seconds
            try:
                job.run()
            except Exception:
                log.exception("job.failed", extra={"job": job.name})
