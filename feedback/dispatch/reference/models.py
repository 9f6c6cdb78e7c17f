"""Jobs, what was done about them, and the photos of it: the program's own tables and how they are opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL, Engine, ForeignKey, inspect
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
from sqlalchemy.schema import CreateColumn

from storage import UTCDateTime, make_engine, utcnow

STATUSES = {
    "open": "待签收",
    "investigating": "已签收",
    "in_progress": "处置中",
    "fixed": "已完成",
    "not_responsible": "已退单",
}
CLOSED = ("fixed", "not_responsible")


class _Base(DeclarativeBase):
    type_annotation_map = {datetime: UTCDateTime}


class Job(_Base):
    """A request that was filed here."""

    __tablename__ = "jobs"
    id: Mapped[int] = mapped_column(primary_key=True)
    idempotency_key: Mapped[str | None] = mapped_column(unique=True)
    token: Mapped[str | None] = mapped_column(index=True)
    """Stands for the number where filing is told to answer with a token."""
    reference: Mapped[str | None] = mapped_column(index=True)
    """The number that the sender knows it by (`attribute[external_id]`)."""
    service_code: Mapped[str]
    service_name: Mapped[str | None]
    description: Mapped[str]
    address: Mapped[str | None]
    lat: Mapped[float | None]
    long: Mapped[float | None]
    media_url: Mapped[str | None]
    contact: Mapped[str | None]
    department: Mapped[str] = mapped_column(default="", server_default="")
    role: Mapped[str | None]
    urgent: Mapped[bool] = mapped_column(default=False, server_default="0")
    due_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(default="open")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    updates: Mapped[list[JobUpdate]] = relationship(order_by="JobUpdate.id", back_populates="job")

    @property
    def closed(self) -> bool:
        return self.status in CLOSED

    @property
    def name(self) -> str:
        return self.service_name or self.service_code


class JobUpdate(_Base):
    """A step that the department took."""

    __tablename__ = "job_updates"
    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"), index=True)
    step: Mapped[str | None]
    """Which of `steps.STEPS` it was; files of earlier versions don't tell."""
    status: Mapped[str]
    """The job's status after the step."""
    note: Mapped[str] = mapped_column(default="")
    worker: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)
    called_back_at: Mapped[datetime | None]
    callback_attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    next_callback_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    """When the callback is tried next; none once it was taken or given up."""
    job: Mapped[Job] = relationship(back_populates="updates")
    photos: Mapped[list[Photo]] = relationship(order_by="Photo.id")


class Photo(_Base):
    """A photo of a step, re-encoded; the key can't be guessed."""

    __tablename__ = "photos"
    id: Mapped[int] = mapped_column(primary_key=True)
    update_id: Mapped[int] = mapped_column(ForeignKey("job_updates.id"), index=True)
    key: Mapped[str] = mapped_column(unique=True)
    content: Mapped[bytes] = mapped_column(deferred=True)


class Store:
    """The database file; leaving `writing()` by an exception undoes what was done in it."""

    def __init__(self, file: Path) -> None:
        self._engine = make_engine(URL.create("sqlite", database=str(file)))
        _Base.metadata.create_all(self._engine)
        _add_missing_columns(self._engine)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with Session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with Session(self._engine.execution_options(writes=True)) as session, session.begin():
            yield session


def _add_missing_columns(engine: Engine) -> None:
    """Files of earlier versions lack columns; all that came later may be empty or have a default."""
    with engine.execution_options(writes=True).begin() as connection:
        for table in _Base.metadata.tables.values():
            there = {column["name"] for column in inspect(connection).get_columns(table.name)}
            for column in (c for c in table.columns if c.name not in there):
                definition = CreateColumn(column).compile(engine)
                connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {definition}")
