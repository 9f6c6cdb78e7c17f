"""Alembic's entry: runs the migrations on the engine that `storage.migrate` hands over."""

from alembic import context
from sqlalchemy import Connection

from storage.base import Base


def main() -> None:
    engine = context.config.attributes["engine"]
    with engine.execution_options(writes=True).connect() as connection:
        # SQLite changes a table by copying it; the old one could not go while others refer to it.
        _sqlite(connection, "PRAGMA foreign_keys=OFF")
        context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
        with context.begin_transaction():
            context.run_migrations()
        if dangling := _sqlite(connection, "PRAGMA foreign_key_check"):
            raise RuntimeError(f"references to rows that are not there: {dangling[:3]}")
        _sqlite(connection, "PRAGMA foreign_keys=ON")


def _sqlite(connection: Connection, pragma: str) -> list[tuple]:
    """Run a pragma outside of any transaction, where it has an effect; nothing on other databases."""
    if connection.dialect.name != "sqlite":
        return []
    return connection.connection.dbapi_connection.execute(pragma).fetchall()


main()
