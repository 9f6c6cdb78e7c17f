"""Delivers to several destinations at once: each has threads of its own, so that a slow one keeps none of the others back.

One thread keeps the books: it writes down what came back and takes what is due, many at a time; the others only talk to destinations.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from feedback.dispatch import delivery
from feedback.dispatch.delivery import Delivery, Result, attempt, note_all, renew, take
from feedback.dispatch.destinations.destination import Destination
from storage import utcnow, writing

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.25
"""How often it looks for what is due while nothing comes back: the longest that a new message waits."""

AHEAD = 16
"""Where keys are honoured, so many more are taken than are sent; elsewhere they would be in doubt if the worker died."""


class Postman:
    """Delivers until told to stop; any number of them may run on PostgreSQL."""

    def __init__(self, destinations: Mapping[str, Destination], parallel: int) -> None:
        self._destinations = destinations
        self._parallel = parallel
        self._threads = {name: ThreadPoolExecutor(parallel, f"deliver-{name}") for name in destinations}
        self._on_the_way: dict[int, Delivery] = {}
        self._results: deque[Result] = deque()
        self._news = threading.Event()
        self._renewed_at = utcnow()
        self.stopping = threading.Event()

    def run(self) -> None:
        """Deliver until `stop`; then wait for what is on its way."""
        while not self.stopping.is_set():
            try:
                self.round()
            except Exception:  # the database may be away for a while; the postman must outlive that
                log.exception("postman.failed")
                self.stopping.wait(LOOK_SECONDS)
            self._news.wait(LOOK_SECONDS)
            self._news.clear()
        for threads in self._threads.values():
            threads.shutdown(cancel_futures=True)  # their leases end; here keys are honoured
        self._note_results()

    def stop(self) -> None:
        self.stopping.set()
        self._news.set()

    def round(self) -> None:
        """Write down what came back and send what is due."""
        self._note_results()
        with writing() as session:
            self._renew(session)
            taken = [due for name in self._destinations for due in take(session, name, self._free(name), utcnow())]
        for due in taken:
            self._on_the_way[due.message_id] = due
            self._threads[due.destination].submit(self._deliver, due)

    def _free(self, name: str) -> int:
        return self._in_hand(name) - sum(due.destination == name for due in self._on_the_way.values())

    def _in_hand(self, name: str) -> int:
        """How many it takes at once: more than it sends where that is without harm, so that the books are kept for many together."""
        return self._parallel * (AHEAD if self._destinations[name].honours_keys else 1)

    def _deliver(self, due: Delivery) -> None:
        self._results.append(attempt(self._destinations[due.destination], due))
        self._news.set()

    def _note_results(self) -> None:
        results = [self._results.popleft() for _ in range(len(self._results))]
        for result in results:
            del self._on_the_way[result.delivery.message_id]
        note_all(results)

    def _renew(self, session) -> None:
        now = utcnow()
        if now - self._renewed_at >= delivery.LEASE / 3:
            renew(session, self._on_the_way.values(), now)
            self._renewed_at = now
