"""Alembic's entry: runs the migrations on the engine that `storage.migrate` hands over."""

from alembic import context

from storage.base import Base


def main() -> None:
    engine = context.config.attributes["engine"]
    with engine.execution_options(writes=True).connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
        with context.begin_transaction():
            context.run_migrations()


main()
