"""Tables for Excel and its like: Chinese that opens rightly, and words that are never taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""What makes spreadsheets read a formula (OWASP, CSV Injection); the wide signs do in Chinese and Japanese ones."""
MARK = "\ufeff"
"""At the beginning of a CSV it makes spreadsheets read Chinese."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def write(file: Path, excel: bool, title: str, columns: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Write a table, row by row, as `.xlsx` or as CSV; whatever is called so already is replaced."""
    if excel:
        with file.open("wb") as opened:
            write_xlsx(opened, title, columns, rows)
        return
    with file.open("w", encoding="utf-8", newline="") as opened:
        opened.write(MARK + csv_line(columns))
        opened.writelines(map(csv_line, rows))


def csv_line(cells: Sequence) -> str:
    """A line of a CSV, its end included."""
    written = io.StringIO()
    csv.writer(written).writerow(map(_harmless, cells))
    return written.getvalue()


def write_xlsx(file: BinaryIO, title: str, columns: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Write a table as `.xlsx`."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.append(columns)
    for row in rows:
        sheet.append([_harmless(cell) for cell in row])
    book.save(file)


def _harmless(value: object) -> object:
    """A value without characters that no file of Excel can hold; words that would be a formula begin with an apostrophe."""
    if not isinstance(value, str):
        return value
    value = ILLEGAL_CHARACTERS_RE.sub("", value)
    return f"'{value}" if value.startswith(FORMULA_STARTS) else value
