"""The whole system as a test starts it, and a resident who talks to it over the web channel."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import uvicorn
from cryptography.fernet import Fernet, MultiFernet
from starlette.types import ASGIApp

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 120
SHARED = ("models", "training_vectors", "rasa_cache", "encoder", "pinyin")
"""Folders below `var` that say nothing of a test and take long to make."""


class System:
    """`python -m bot run` on free ports, over a copy of a prepared `var` folder."""

    def __init__(self, prepared: Path, folder: Path, **settings: str) -> None:
        self.folder = folder
        web, rasa, actions, reference = free_ports(4)
        self.web = f"http://127.0.0.1:{web}"
        self.rasa = f"http://127.0.0.1:{rasa}"
        self.reference = f"http://127.0.0.1:{reference}"
        for name in SHARED:
            (folder / name).symlink_to((prepared / name).resolve())
        shutil.copy(prepared / "minsheng.db", folder / "minsheng.db")
        self.environment = os.environ | {
            "MINSHENG_VAR": str(folder),
            "MINSHENG_DATABASE_URL": "",
            "MINSHENG_WEB_PORT": str(web),
            "MINSHENG_RASA_PORT": str(rasa),
            "MINSHENG_RASA_URL": self.rasa,
            "MINSHENG_ACTIONS_PORT": str(actions),
            "MINSHENG_REFERENCE_PORT": str(reference),
            "MINSHENG_DISPATCH_POLL_SECONDS": "0.5",
            **settings,
        }
        self.log = folder / "run.log"

    def __enter__(self) -> System:
        with self.log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot", "run"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        eventually(lambda: "按 Ctrl-C 停止" in self.output() or self._process.poll() is not None, READY_SECONDS)
        assert self._process.poll() is None, self.output()[-3000:]
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait(20)

    def output(self) -> str:
        return self.log.read_text("utf-8", "replace")

    @property
    def password(self) -> str:
        """The one-time password of the first account, as it was printed."""
        return re.search(r"admin / (\S+)", self.output())[1]

    def children(self) -> dict[str, psutil.Process]:
        """The running processes by module."""
        found = {}
        for child in psutil.Process(self._process.pid).children():
            line = child.cmdline()
            if "-m" in line:
                found[line[line.index("-m") + 1]] = child
        return found

    def plain(self, stored: str | None) -> str | None:
        """What a column holds, read with the system's key where it is encrypted."""
        if not stored or not stored.startswith("gAAAA"):
            return stored
        keys = (self.folder / "data_keys").read_text().split()
        return MultiFernet([Fernet(key) for key in keys]).decrypt(stored).decode()

    def kill(self, module: str) -> None:
        """End a process as a crash would, and wait until it is gone."""
        child = self.children()[module]
        child.kill()
        child.wait(10)


class Resident:
    """Somebody in a web session."""

    def __init__(self, system: System) -> None:
        self._web = system.web
        self._http = httpx.Client(base_url=system.web, timeout=60, trust_env=False)
        self.session = self._http.post("/web/sessions").json()["session"]
        self.after = 0
        self.notices: list[dict] = []

    def send(self, text: str, message_id: str | None = None) -> httpx.Response:
        message = {"session": self.session, "id": message_id or uuid.uuid4().hex, "text": text}
        return self._http.post("/web/messages", json=message)

    def hear(self) -> list[dict]:
        """What was said since the last time; waits up to 25 s for something."""
        answer = self._http.get(
            "/web/events",
            params={"session": self.session, "after": self.after},
            headers={"Accept": "application/json"},
        )
        events = answer.json()
        assert [e["id"] for e in events] == list(range(self.after + 1, self.after + 1 + len(events)))
        self.after += len(events)
        return events

    def hears_reply(self) -> list[dict]:
        """The answer to what was sent; a notice about a report may come before or with it, and is kept for `hears`."""
        deadline = time.monotonic() + 50
        replies: list[dict] = []
        while not replies:
            assert time.monotonic() < deadline, "no answer"
            for event in self.hear():
                (self.notices if event["kind"] == "notice" else replies).append(event)
        return replies

    def say(self, text: str) -> str:
        """Send a message and return the words of the reply."""
        assert self.send(text).status_code == 202
        return "\n".join(event["text"] for event in self.hears_reply())

    def choose(self, title: str, among: list[dict]) -> str:
        """Press the button of that title."""
        return self.say(next(b["payload"] for e in among for b in e["buttons"] if b["title"] == title))

    def hears(self, words: str, seconds: float = 40) -> str:
        """Wait until something with these words is said; returns it."""
        heard = [event["text"] for event in self.notices]
        self.notices.clear()

        def told() -> bool:
            if not any(words in text for text in heard):
                heard.extend(event["text"] for event in self.hear())
            return any(words in text for text in heard)

        eventually(told, seconds)
        return next(text for text in heard if words in text)


def number_in(text: str) -> str:
    """The report number in a reply."""
    found = re.search(r"\d{8}-[0-9A-Z]{4}-[0-9A-Z]{5}", text)
    assert found, text
    return found[0]


def eventually(condition, seconds: float = 20) -> None:
    """Wait for a condition; fails when it hasn't come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.1)


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """An application on a port of the loopback address, in a thread of its own; its address."""
    quiet = {"log_config": None, "access_log": False}
    server = uvicorn.Server(uvicorn.Config(app, port=0, ws="none", timeout_graceful_shutdown=1, **quiet))
    thread = threading.Thread(target=server.run)
    thread.start()
    eventually(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


def free_ports(count: int) -> list[int]:
    """Ports of the loopback address that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
