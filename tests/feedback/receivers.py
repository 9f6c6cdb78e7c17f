"""Reference dispatch systems on real sockets, and destinations that lead to them."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import uvicorn

from feedback.dispatch.errors import CannotTell
from feedback.dispatch.open311 import Open311Client
from feedback.dispatch.reference import create_app
from tests.system import eventually, free_ports

KEY = "secret"


class Receiver:
    """A reference dispatch system that can be stopped and started on its port; its jobs stay."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._port = free_ports(1)[0]
        self.url = f"http://127.0.0.1:{self._port}/open311/v2"
        self.start()

    def start(self) -> None:
        app = create_app(self._file, KEY)
        self._switch = app.state.switch
        config = uvicorn.Config(app, port=self._port, ws="none", log_config=None, access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        eventually(lambda: self._server.started)

    def stop(self) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join()

    def faults(self, **faults) -> None:
        """Other faults from now on; none without arguments."""
        self._switch.set(replace(type(self._switch.faults)(), **faults))

    def jobs(self) -> Counter[str]:
        """How often each of our references is there."""
        with sqlite3.connect(self._file) as database:
            return Counter(reference for (reference,) in database.execute("SELECT reference FROM jobs"))


class Blind(Open311Client):
    """A destination where nothing can be looked up."""

    def find(self, reference: str) -> str | None:
        raise CannotTell("对方没有查询接口")


def destination(url: str, name: str = "default", honours_keys: bool = True, blind: bool = False) -> Open311Client:
    http = httpx.Client(timeout=5, trust_env=False)
    return (Blind if blind else Open311Client)(url, KEY, http, name, honours_keys)


@contextmanager
def receiver(file: Path) -> Iterator[Receiver]:
    running = Receiver(file)
    try:
        yield running
    finally:
        running.stop()
