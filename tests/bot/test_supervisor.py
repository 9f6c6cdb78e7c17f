from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import psutil
import pytest

from bot.supervisor import Process, StartFailed, Supervisor
from tests.system import eventually

SLEEPER = (
    "import pathlib, os, time; pathlib.Path(os.environ['PIDS']).open('a').write(f'{os.getpid()}\\n'); time.sleep(60)"
)


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Makes a module of some code, as the supervisor runs them."""

    def make(name: str, code: str) -> str:
        (tmp_path / f"{name}.py").write_text(code)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        monkeypatch.setenv("PIDS", str(tmp_path / "pids"))
        return name

    make.pids = lambda: (
        [int(line) for line in (tmp_path / "pids").read_text().split()] if (tmp_path / "pids").exists() else []
    )
    return make


async def supervised(supervisor: Supervisor, meanwhile) -> None:
    """Run a supervisor, do something beside it in a thread, and tell it to stop."""
    ready = asyncio.Event()
    task = asyncio.create_task(supervisor.run(ready.set))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
    try:
        if not task.done():
            await asyncio.to_thread(meanwhile)
            os.kill(os.getpid(), signal.SIGINT)
        await task
    finally:
        waiting.cancel()


def test_a_taken_port_is_said_by_name():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StartFailed, match=f"{port}.*网页"):
            asyncio.run(Supervisor([Process("网页", "nothing", port)]).run(lambda: None))


def test_a_process_that_dies_is_named_and_started_again(module):
    said: list[str] = []

    def kill_once():
        eventually(lambda: len(module.pids()) == 1)
        os.kill(module.pids()[0], signal.SIGKILL)
        eventually(lambda: len(module.pids()) == 2)

    asyncio.run(supervised(Supervisor([Process("睡觉", module("sleeper", SLEEPER))], said.append), kill_once))
    assert said == ["睡觉 停了（收到信号 SIGKILL），正在重新启动"]


def test_the_end_takes_every_process_with_it(module):
    processes = [Process(name, module(name, SLEEPER)) for name in ("a", "b")]
    asyncio.run(supervised(Supervisor(processes), lambda: eventually(lambda: len(module.pids()) == 2)))
    assert not any(psutil.pid_exists(pid) for pid in module.pids())


def test_what_does_not_start_is_named_and_the_others_are_ended(module):
    processes = [
        Process("好", module("good", SLEEPER)),
        Process("坏", module("bad", "raise SystemExit(3)"), health="http://127.0.0.1:9/"),
    ]
    with pytest.raises(StartFailed, match="坏.*退出码 3"):
        asyncio.run(Supervisor(processes).run(lambda: None))
    assert not any(psutil.pid_exists(pid) for pid in module.pids())


def test_processes_end_even_if_the_supervisor_is_killed_outright(module, tmp_path):
    import subprocess

    name = module("sleeper", SLEEPER)
    code = f"""
import asyncio
from bot.supervisor import Process, Supervisor
asyncio.run(Supervisor([Process("睡觉", "{name}")]).run(lambda: None))
"""
    root = Path(__file__).resolve().parents[2]
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}:{root}"}
    supervisor = subprocess.Popen([sys.executable, "-c", code], env=environment)
    eventually(lambda: len(module.pids()) == 1)
    supervisor.kill()
    supervisor.wait()
    eventually(lambda: not psutil.pid_exists(module.pids()[0]) or psutil.Process(module.pids()[0]).status() == "zombie")
