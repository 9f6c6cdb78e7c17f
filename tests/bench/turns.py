"""A turn through Rasa's REST channel, ours with retrieval and database, beside Rasa's own starter in memory."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import psutil
import rasa.cli

from tests.conftest import PREPARED, finish_preparing, start_preparing
from tests.system import System, eventually, free_ports

CONFIG = Path(__file__).with_name("starter.yml")
TURNS = 200
CLIENTS = 16
OURS = ("身份证到期怎么换", "徐汇区漕溪北路100号路灯坏了", "不反映了", "你好", "大件垃圾扔哪里", "谢谢")
STARTERS = ("hey", "i am sad", "yes", "who are you", "bye", "i feel good")


def sections() -> Iterator[str]:
    """The chapter of turns."""
    yield "## A turn, from the REST channel in to the reply out\n"
    yield "| | median ms | p99 ms | turns/s, 16 clients | memory MB |\n|---|---|---|---|---|"
    with _starter() as (url, process):
        yardstick = _measured(url, STARTERS, process)
    yield _row("Rasa's starter, in memory", yardstick)
    finish_preparing(start_preparing())
    with tempfile.TemporaryDirectory(prefix="minsheng-bench-") as folder, System(PREPARED, Path(folder)) as system:
        ours = _measured(system.rasa, OURS, system.children()["bot.rasa_server"])
        every = sum(child.memory_info().rss for child in system.children().values())
    yield _row("Minsheng, with retrieval and SQLite", ours)
    yield (
        f"\nMedian {ours[0] / yardstick[0]:.2f} × the starter's, throughput {ours[2] / yardstick[2]:.2f} ×. "
        f"All our processes together: {every >> 20} MB.\n"
    )


def _measured(url: str, texts: tuple[str, ...], process: psutil.Process) -> tuple[float, float, float, int]:
    """Median and p99 of a turn in ms, turns a second of many at once, and bytes of memory after that."""
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as http:

        def turn(sender: str, text: str) -> float:
            begin = time.perf_counter()
            replies = http.post("/webhooks/rest/webhook", json={"sender": sender, "message": text}).json()
            took = (time.perf_counter() - begin) * 1000
            assert replies, f"no reply to {text}"  # Rasa answers 200 with nothing when a turn fails
            return took

        def conversation(count: int) -> list[float]:
            sender = uuid.uuid4().hex
            return [turn(sender, texts[i % len(texts)]) for i in range(count)]

        conversation(len(texts))
        alone = [ms for _ in range(TURNS // 20) for ms in conversation(20)]
        begin = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            done = sum(map(len, pool.map(conversation, [20] * 2 * CLIENTS)))
        seconds = time.perf_counter() - begin
    return float(np.median(alone)), float(np.quantile(alone, 0.99)), done / seconds, process.memory_info().rss


@contextmanager
def _starter() -> Iterator[tuple[str, psutil.Process]]:
    """Rasa's initial project, trained and running; its address and process."""
    with tempfile.TemporaryDirectory(prefix="minsheng-starter-") as name:
        folder = Path(name)
        shutil.copytree(Path(rasa.cli.__file__).parent / "initial_project", folder, dirs_exist_ok=True)
        shutil.copy(CONFIG, folder / "config.yml")
        (folder / "endpoints.yml").write_text("")
        rasa_command = [sys.executable, "-m", "rasa"]
        subprocess.run(
            [*rasa_command, "train"], cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        (port,) = free_ports(1)
        run = [*rasa_command, "run", "--port", str(port), "--interface", "127.0.0.1"]
        with subprocess.Popen(run, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                url = f"http://127.0.0.1:{port}"
                eventually(lambda: _answers(url), 120)
                yield url, psutil.Process(process.pid)
            finally:
                process.terminate()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _row(name: str, figures: tuple[float, float, float, int]) -> str:
    return f"| {name} | {figures[0]:.1f} | {figures[1]:.1f} | {figures[2]:.1f} | {figures[3] >> 20} |"
