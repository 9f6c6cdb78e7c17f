"""Callbacks: each step is told to the address that was configured, signed, again and again until it is taken."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
from sqlalchemy import select

from feedback.dispatch.reference.faults import Switch
from feedback.dispatch.reference.models import JobUpdate, Store
from feedback.dispatch.reference.open311 import update_row
from storage import utcnow

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 12
"""With pauses that double from 2 seconds to 5 minutes they take 24 minutes."""
LONGEST_PAUSE = timedelta(minutes=5)
BATCH = 100
LOOK_SECONDS = 0.5
TIMEOUT = 10.0


@dataclass(frozen=True)
class Callback:
    """Where steps are told: the address, the secret that both sides know, and the address of this program for photos."""

    url: str
    secret: str = field(repr=False)
    base: str


def headers(secret: str, body: bytes, at: datetime) -> dict[str, str]:
    """The signature of a body: HMAC-SHA256 over the Unix time in seconds, a dot and the body."""
    stamp = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "X-Minsheng-Timestamp": stamp,
        "X-Minsheng-Signature": f"sha256={digest}",
    }


class Caller:
    """Tells what is due, in a thread of its own between `start` and `stop`."""

    def __init__(self, store: Store, callback: Callback, switch: Switch) -> None:
        self._store, self._callback, self._switch = store, callback, switch
        self._http = httpx.Client(timeout=TIMEOUT, trust_env=False)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="callbacks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(TIMEOUT)
        self._http.close()

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            try:
                self.tell(utcnow())
            except Exception:  # a locked file or a full disk may pass; the thread must outlive them
                log.exception("callback.failed")

    def tell(self, now: datetime) -> None:
        """One round: send what is due at a moment."""
        due = select(JobUpdate).where(JobUpdate.next_callback_at <= now).order_by(JobUpdate.id).limit(BATCH)
        with self._store.reading() as session:
            rows = [update_row(update, self._callback.base) for update in session.scalars(due)]
        taken = {row["update_id"]: True for row in rows}
        for row in self._switch.told(rows):
            number = row["update_id"].partition("-")[0]  # a lie has the number of what it follows, and more
            taken[number] = self._send(row) and taken[number]
        for number, was_taken in taken.items():
            self._note(int(number), was_taken, now)

    def _send(self, row: dict) -> bool:
        body = json.dumps(row, ensure_ascii=False).encode()
        try:
            answer = self._http.post(
                self._callback.url, content=body, headers=headers(self._callback.secret, body, utcnow())
            )
        except httpx.HTTPError as error:
            log.warning("callback.unanswered", extra={"update_id": row["update_id"], "error": type(error).__name__})
            return False
        if not answer.is_success:
            log.warning("callback.refused", extra={"update_id": row["update_id"], "status": answer.status_code})
        return answer.is_success

    def _note(self, number: int, taken: bool, now: datetime) -> None:
        with self._store.writing() as session:
            update = session.get_one(JobUpdate, number)
            update.callback_attempts += 1
            if taken:
                update.called_back_at, update.next_callback_at = now, None
            elif update.callback_attempts >= MOST_ATTEMPTS:
                update.next_callback_at = None
            else:
                pause = timedelta(seconds=2**update.callback_attempts)
                update.next_callback_at = now + min(LONGEST_PAUSE, pause)
