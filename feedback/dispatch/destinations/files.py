"""Files in a folder, for systems that speak to nobody: each order stands in exactly one of them.

`send` keeps the order; a job makes files of what was kept. A file is first written under a name that nobody reads (`.part`),
then noted as written, then renamed. Whatever dies between these steps, the next round goes on from there: a file that nobody
could see yet is written anew, one that was noted is only renamed, and one whose `.part` is gone has been seen already.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from feedback import spreadsheets
from feedback.city_time import CITY_TIME
from feedback.dispatch.destinations.config import FilesConfig, configured
from feedback.dispatch.destinations.destination import Sent, Update
from feedback.dispatch.destinations.fields import bare
from feedback.dispatch.destinations.models import FileBatch, FileRow
from feedback.dispatch.errors import CannotTell
from feedback.models import OutboxMessage, WorkOrder
from storage import reading, sync, utcnow, writing

log = logging.getLogger(__name__)

LATE = timedelta(hours=1)
"""So long after its time an order that stands in no file is told to staff."""
COLUMNS = {
    "reference": "工单编号",
    "department": "部门",
    "role": "分工",
    "urgent": "紧急",
    "service_code": "类别代码",
    "service_name": "类别",
    "description": "内容",
    "address_string": "地点",
    "phone": "电话",
    "email": "邮箱",
}
"""Our fields and their headings, unless the file of destinations names others."""


class Files:
    """A folder."""

    honours_keys = True  # the same key is kept once

    def __init__(self, config: FilesConfig) -> None:
        self.name = config.name
        self._config = config

    def send(self, request: dict[str, str], key: str) -> str | None:
        with writing() as session:
            mine = select(FileRow).where(FileRow.destination == self.name, FileRow.idempotency_key == key)
            if not session.scalar(mine):
                session.add(FileRow(destination=self.name, idempotency_key=key, fields=bare(request)))
        return None

    def find(self, reference: str) -> str | None:
        raise CannotTell("文件夹不能查询")

    def updates(self, since: datetime) -> list[Update]:
        return []

    def standings(self, orders: Sequence[Sent]) -> dict[str, Update]:
        raise CannotTell("文件夹不能查询")

    def check(self) -> list[str]:
        folder = self._config.folder
        wrong = [] if os.access(folder, os.W_OK | os.X_OK) else [f"文件夹 {folder} 不存在，或者不能写"]
        late = utcnow() - timedelta(minutes=self._config.every_minutes) - LATE
        stuck = (
            FileRow.destination == self.name,
            FileBatch.state.is_distinct_from("published"),
            FileRow.created_at < late,
        )
        with reading() as session:
            count = session.scalar(select(func.count(FileRow.id)).outerjoin(FileBatch).where(*stuck))
        return wrong + ([f"{count} 张工单还没有写进文件"] if count else [])


def write_files() -> None:
    """Make files of what waits long enough, and finish those that an earlier round left unfinished. A job."""
    for config in configured():
        if isinstance(config, FilesConfig):
            while _make_batch(config, utcnow()):
                pass
            _write_made(config)
            _publish_written(config)


_CANCELLED = select(OutboxMessage.idempotency_key).join(OutboxMessage.work_order).where(WorkOrder.state == "cancelled")


def _make_batch(config: FilesConfig, now: datetime) -> bool:
    """Put what waits into a batch, if the first has waited long enough or a file is full; False if not."""
    with writing() as session:
        session.execute(delete(FileRow).where(FileRow.batch_id.is_(None), FileRow.idempotency_key.in_(_CANCELLED)))
        waiting = select(FileRow).where(FileRow.destination == config.name, FileRow.batch_id.is_(None))
        rows = session.scalars(waiting.order_by(FileRow.id).limit(config.most).with_for_update(skip_locked=True)).all()
        if not rows or (len(rows) < config.most and rows[0].created_at > now - timedelta(minutes=config.every_minutes)):
            return False
        batch = FileBatch(destination=config.name, file="")
        session.add(batch)
        session.flush()
        batch.file = f"{config.name}-{now.astimezone(CITY_TIME):%Y%m%d-%H%M%S}-{batch.id}.{config.format}"
        for row in rows:
            row.batch_id = batch.id
    return True


def _write_made(config: FilesConfig) -> None:
    with writing() as session:
        for batch in _batches(session, config, "made"):
            part = _part(config, batch)
            _write(session, config, batch, part)
            sync(part)
            batch.state = "written"
            log.info("dispatch.file_written", extra={"destination": config.name, "file": batch.file})


def _publish_written(config: FilesConfig) -> None:
    with writing() as session:
        for batch in _batches(session, config, "written"):
            part = _part(config, batch)
            if part.exists():
                part.rename(config.folder / batch.file)
                sync(config.folder)
            batch.state = "published"
            session.execute(update(FileRow).where(FileRow.batch_id == batch.id).values(fields={}))


def _batches(session: Session, config: FilesConfig, state: str) -> Sequence[FileBatch]:
    """The batches in a state, each held against other workers until the transaction ends."""
    found = select(FileBatch).where(FileBatch.destination == config.name, FileBatch.state == state)
    return session.scalars(found.order_by(FileBatch.id).with_for_update(skip_locked=True)).all()


def _write(session: Session, config: FilesConfig, batch: FileBatch, file: Path) -> None:
    rows = session.scalars(select(FileRow).where(FileRow.batch_id == batch.id).order_by(FileRow.id))
    columns = {name: config.fields.get(name, heading) for name, heading in COLUMNS.items()}
    shown = [name for name, heading in columns.items() if heading]
    table = ([*(_value(config, row.fields, name) for name in shown), *config.constants.values()] for row in rows)
    headings = [*(columns[name] for name in shown), *config.constants]
    spreadsheets.write(file, config.format == "xlsx", "工单", headings, table)


def _value(config: FilesConfig, fields: dict[str, str], name: str) -> str:
    value = fields.get(name, "")
    return config.service_of(value) if name == "service_code" else value


def _part(config: FilesConfig, batch: FileBatch) -> Path:
    return config.folder / f".{batch.file}.part"
