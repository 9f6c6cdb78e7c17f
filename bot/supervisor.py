"""Runs all processes on one machine: starts them in order, waits until each is healthy, restarts what dies."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

START_SECONDS = 90.0
STOP_SECONDS = 8.0
SHORTEST_LIFE = 5.0
"""A process that dies sooner than this after its start is started again only after a pause."""

ENVIRONMENT = {
    "PYTHONWARNINGS": "ignore",  # an operator's log is not for libraries' authors
    # What a large text or the loading of a model took goes back to the system: 30 MB less for Rasa.
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_TRIM_THRESHOLD_": "131072",
    "MALLOC_MMAP_THRESHOLD_": "131072",
}
"""What processes are started with, beside what the environment says."""


@dataclass(frozen=True)
class Process:
    """A process to run: its name, its module, the port it takes and the address that tells it is healthy."""

    name: str
    module: str
    port: int | None = None
    health: str | None = None
    arguments: tuple[str, ...] = ()


class StartFailed(Exception):
    """A process can't be started; the sentence says which and why."""


class Supervisor:
    """Started once; ends when told to, and takes every process with it."""

    def __init__(self, processes: list[Process], say: Callable[[str], None] = print) -> None:
        self._processes = processes
        self._say = say
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._stopping = asyncio.Event()

    async def run(self, ready: Callable[[], None]) -> None:
        """Start everything, call `ready`, and keep it running until SIGINT or SIGTERM."""
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(signum, self._stopping.set)
        for process in self._processes:
            _check_port(process)
        try:
            for process in self._processes:
                await self._start(process)
            await asyncio.gather(*(self._until_healthy(process) for process in self._processes))
            if self._stopping.is_set():
                return
            ready()
            keepers = [asyncio.create_task(self._keep(process)) for process in self._processes]
            await self._stopping.wait()
            for keeper in keepers:
                keeper.cancel()
        finally:
            await self._stop_all()

    async def _start(self, process: Process) -> None:
        self._running[process.name] = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            process.module,
            *process.arguments,
            env=ENVIRONMENT | os.environ,
            preexec_fn=_die_with_parent,
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which ends the others in order
        )

    async def _until_healthy(self, process: Process) -> None:
        deadline = time.monotonic() + START_SECONDS
        async with httpx.AsyncClient(timeout=2.0, trust_env=False) as http:
            while process.health and not self._stopping.is_set():
                child = self._running[process.name]
                if child.returncode is not None:
                    raise StartFailed(f"{process.name} 没有启动起来（{_cause(child.returncode)}），原因在上面的日志里")
                if time.monotonic() > deadline:
                    raise StartFailed(f"{process.name} 在 {START_SECONDS:.0f} 秒内没有就绪")
                try:
                    if (await http.get(process.health)).status_code == 200:
                        return
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.2)

    async def _keep(self, process: Process) -> None:
        """Start a process again whenever it ends, and say which and why."""
        while True:
            started = time.monotonic()
            code = await self._running[process.name].wait()
            if time.monotonic() - started < SHORTEST_LIFE:
                await asyncio.sleep(2.0)
            self._say(f"{process.name} 停了（{_cause(code)}），正在重新启动")
            await self._start(process)

    async def _stop_all(self) -> None:
        for child in self._running.values():
            if child.returncode is None:
                child.terminate()
        ended = asyncio.gather(*(child.wait() for child in self._running.values()))
        try:
            await asyncio.wait_for(ended, STOP_SECONDS)
        except TimeoutError:
            for child in self._running.values():
                if child.returncode is None:
                    child.kill()


def _check_port(process: Process) -> None:
    if process.port is None:
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", process.port))
        except OSError as error:
            raise StartFailed(
                f"端口 {process.port}（{process.name}）已被占用：请关掉占用它的程序，或在 .env 里换一个"
            ) from error


def _cause(code: int) -> str:
    if code < 0:
        return f"收到信号 {signal.Signals(-code).name}"
    return f"退出码 {code}"


def _die_with_parent() -> None:
    """Linux ends the child when the supervisor is killed outright: nothing keeps the ports of the next start."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
        if os.getppid() == 1:
            os._exit(1)
