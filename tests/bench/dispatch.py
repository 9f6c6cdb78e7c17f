"""Deliveries per second of one worker on PostgreSQL, beside a bare loop of the same HTTP client in the same run; and how long a work
order waits for its first attempt after it was accepted."""

from __future__ import annotations

import multiprocessing
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import httpx
import numpy as np
import uvicorn
from sqlalchemy import func, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

import storage
from feedback import FileReport, accept, file_report
from feedback.dispatch.delivery import take
from feedback.dispatch.postman import Postman
from feedback.dispatch.reference import create_app
from feedback.models import OutboxMessage
from feedback.settings import settings
from storage import reading, utcnow, writing
from tests.bench.reports import _postgresql
from tests.feedback.receivers import KEY, destination
from tests.system import eventually, free_ports

DELIVERIES, ROUNDS, LATENCIES = 1000, 3, 50


def sections() -> Iterator[str]:
    """The chapter of dispatch, a piece at a time."""
    with _postgresql():
        storage.migrate()
        yield f"## Dispatch on PostgreSQL: {DELIVERIES:,} work orders to a receiver on this machine\n"
        yield "| receiver | bare loop, requests a second | one worker, deliveries a second | share |\n|---|---|---|---|"
        for words, serve in RECEIVERS.items():
            with _receiver(serve) as url:
                for _ in range(ROUNDS):
                    bare, worker = _bare(url), _worker(url)
                    yield f"| {words} | {bare:.0f} | {worker:.0f} | {worker / bare:.2f} |"
                waited = _first_attempts(url)
        told = f"median {np.median(waited) * 1000:.0f} ms, longest {waited.max() * 1000:.0f} ms"
        yield f"\nFrom acceptance until the receiver had it, {LATENCIES} times: {told}\n"


def _reference(port: int) -> None:
    """The reference dispatch system, which stores each order durably, as any real one does."""
    with tempfile.TemporaryDirectory(prefix="minsheng-bench-") as folder:
        _run(create_app(Path(folder) / "dispatch.db", KEY), port)


def _only_answers(port: int) -> None:
    """A receiver that reads each request, keeps nothing and answers with a number."""
    numbers = count(1)

    async def file(request: Request) -> Response:
        await request.body()
        number = f"<service_request_id>{next(numbers)}</service_request_id>"
        return Response(f"<service_requests><request>{number}</request></service_requests>", media_type="text/xml")

    _run(Starlette(routes=[Route("/open311/v2/requests.xml", file, methods=["POST"])]), port)


def _run(app: ASGIApp, port: int) -> None:
    uvicorn.run(app, host="127.0.0.1", port=port, ws="none", log_config=None, access_log=False)


RECEIVERS = {"the reference dispatch system": _reference, "one that only answers": _only_answers}


@contextmanager
def _receiver(serve: Callable[[int], None]) -> Iterator[str]:
    port = free_ports(1)[0]
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(port,))
    process.start()
    url = f"http://127.0.0.1:{port}"
    eventually(lambda: _listens(url))
    yield f"{url}/open311/v2"
    process.kill()
    process.join()


def _listens(url: str) -> bool:
    try:
        return bool(httpx.get(url, trust_env=False).status_code)
    except httpx.TransportError:
        return False


def _accept(count: int) -> None:
    with writing() as session:
        for _ in range(count):
            key = f"web-{time.perf_counter_ns()}"
            words = FileReport(key, key, "漕溪北路100号路灯不亮，晚上很危险", "complaint", "road.streetlight")
            accept(session, file_report(session, words), "工作人员 甲")


def _bare(url: str) -> float:
    """The requests that the worker is about to send, one after another and nothing else."""
    _accept(DELIVERIES)
    with reading() as session:
        due = take(session, "default", DELIVERIES, utcnow())
    client = destination(url)
    client.send(due[0].request, due[0].key)
    begin = time.perf_counter()
    for delivery in due:
        client.send(delivery.request, delivery.key)
    return DELIVERIES / (time.perf_counter() - begin)


def _worker(url: str) -> float:
    begin = time.perf_counter()
    with _delivering(url):
        while _count_waiting():
            time.sleep(0.02)
        return DELIVERIES / (time.perf_counter() - begin)


@contextmanager
def _delivering(url: str) -> Iterator[None]:
    postman = Postman({"default": destination(url)}, settings().dispatch_parallel)
    thread = threading.Thread(target=postman.run)
    thread.start()
    yield
    postman.stop()
    thread.join()


def _count_waiting() -> int:
    with reading() as session:
        waiting = OutboxMessage.next_attempt_at.is_not(None)
        return session.scalar(select(func.count()).select_from(OutboxMessage).where(waiting))


def _first_attempts(url: str) -> np.ndarray:
    """Seconds from the commit of an acceptance until the request is sent."""
    waited: list[float] = []
    with _delivering(url):
        for _ in range(LATENCIES):
            _accept(1)
            begin = time.perf_counter()
            while _count_waiting():
                time.sleep(0.001)
            waited.append(time.perf_counter() - begin)
    return np.array(waited)
