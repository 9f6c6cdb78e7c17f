"""Reports for analysis by others: a row each, without anything that tells whose it is, in a file that streams."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback import spreadsheets
from feedback.city_time import stamp
from feedback.models import Report
from feedback.privacy.scrub import scrub
from storage import secret_file

PLAIN = (
    "channel", "kind", "urgent", "category", "district", "subdistrict", "state", "level", "supervised", "overdue", "bounces",
    "reopened", "stars", "solved", "outcome",
)  # fmt: skip
MOMENTS = ("created_at", "first_contact_at", "dispatched_at", "resolved_at", "closed_at")
COLUMNS = ("id", *PLAIN, *MOMENTS, "text")
AT_ONCE = 1000
"""Rows in memory."""


def rows(session: Session) -> Iterator[tuple]:
    """The reports by age, as values of `COLUMNS`: the place to the subdistrict, times to the minute, the text scrubbed. What must
    not leave is not even read."""
    key = secret_file("export_key", secrets.token_urlsafe).encode()
    read = select(*(getattr(Report, name) for name in ("number", *PLAIN, *MOMENTS, "text"))).order_by(Report.id)
    for number, *values, text in session.execute(read.execution_options(yield_per=AT_ONCE)):
        yield (pseudonym(number, key), *map(_written, values), scrub(text))


def write(session: Session, file: Path) -> None:
    """Write a file, as `.xlsx` if it is called so, else as CSV."""
    spreadsheets.write(file, file.suffix == ".xlsx", "诉求", COLUMNS, rows(session))


def pseudonym(number: str, key: bytes) -> str:
    """The same for a report in every export, and without the key nobody can try which number it belongs to."""
    return hmac.new(key, number.encode(), hashlib.sha256).hexdigest()[:16]


def _written(value: object) -> object:
    return stamp(value) if isinstance(value, datetime) else value
