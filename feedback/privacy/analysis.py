"""Reports for analysis by others: a row each, without anything that tells whose it is, in a file that streams."""

from __future__ import annotations

import csv
import hashlib
import hmac
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.models import Report
from feedback.privacy.scrub import scrub
from feedback.report_number import CITY_TIME
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
        yield (pseudonym(number, key), *map(_written, values), _as_text(scrub(text)))


def write(session: Session, file: Path) -> None:
    """Write a file, as `.xlsx` if it is called so, else as CSV."""
    if file.suffix == ".xlsx":
        _write_xlsx(session, file)
    else:
        _write_csv(session, file)


def pseudonym(number: str, key: bytes) -> str:
    """The same for a report in every export, and without the key nobody can try which number it belongs to."""
    return hmac.new(key, number.encode(), hashlib.sha256).hexdigest()[:16]


def _written(value: object) -> object:
    return value.astimezone(CITY_TIME).strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else value


def _as_text(words: str) -> str:
    """Words that no spreadsheet takes for a formula."""
    return f"'{words}" if words.startswith(("=", "+", "-", "@", "\t", "\r")) else words


def _write_csv(session: Session, file: Path) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as opened:  # the mark makes spreadsheets read Chinese
        writer = csv.writer(opened)
        writer.writerow(COLUMNS)
        writer.writerows(rows(session))


def _write_xlsx(session: Session, file: Path) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("诉求")
    sheet.append(COLUMNS)
    for row in rows(session):
        sheet.append([ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value for value in row])
    book.save(file)
