"""The engine, and the two ways to use it: `reading()` and `writing()`.

Leaving a `writing()` block commits; leaving it by an exception undoes all of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.orm import Session

from storage.encrypted import cipher
from storage.settings import settings

MIGRATIONS = Path(__file__).parent / "migrations"


def make_engine(url: URL) -> Engine:
    """An engine for SQLite (WAL, durable) or PostgreSQL."""
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=5)
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    made = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False})
    event.listen(made, "connect", _prepare_sqlite)
    event.listen(made, "begin", _begin_sqlite)
    return made


def _prepare_sqlite(connection, _record) -> None:
    connection.isolation_level = None  # transactions are begun below, not by the driver
    # What was acknowledged must survive a power cut, hence FULL; WAL makes that affordable.
    # What a resident had erased must not remain in pages of the file that are no longer used.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection) -> None:
    # A transaction that reads and then writes fails at once when another writer came between;
    # one that says so at its beginning waits its turn instead.
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@cache
def engine() -> Engine:
    """The engine of `MINSHENG_DATABASE_URL`, made on first use."""
    return make_engine(settings().url)


def reset() -> None:
    """Forget the engine and the settings, for tests that change the environment."""
    if engine.cache_info().currsize:
        engine().dispose()
    engine.cache_clear()
    cipher.cache_clear()
    settings.cache_clear()


@contextmanager
def reading() -> Iterator[Session]:
    """A session for reading; what it changes is never kept."""
    with Session(engine()) as session:
        yield session


@contextmanager
def writing() -> Iterator[Session]:
    """A session that commits when the block ends well and rolls back when it doesn't."""
    bound = engine().execution_options(writes=True)
    with Session(bound, expire_on_commit=False) as session, session.begin():
        yield session


def migrate(revision: str = "head") -> None:
    """Bring the database of the settings to a revision of ours; Rasa's own tables are left alone."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = engine()
    if revision == "base" or revision.startswith("-"):
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)
