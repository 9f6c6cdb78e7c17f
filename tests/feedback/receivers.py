"""Reference dispatch systems on real sockets, and destinations that lead to them."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import uvicorn
from pydantic import SecretStr

from feedback.dispatch.addresses import guarded_client
from feedback.dispatch.destinations.config import Open311Config
from feedback.dispatch.destinations.open311 import Open311
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


def destination(url: str, name: str = "default", honours_keys: bool = True, blind: bool = False) -> Open311:
    """Where orders are sent to; a blind one can't look our reference up."""
    config = Open311Config(
        kind="open311",
        name=name,
        address=url,
        network="loopback",
        honours_keys=honours_keys,
        lookup="" if blind else "external_id",
    )
    return Open311(config, guarded_client(config.hosts()), SecretStr(KEY))


@contextmanager
def receiver(file: Path) -> Iterator[Receiver]:
    running = Receiver(file)
    try:
        yield running
    finally:
        running.stop()
