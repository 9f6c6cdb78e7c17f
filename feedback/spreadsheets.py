"""Tables for Excel and its like: Chinese that opens rightly, and words that are never taken for a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""What makes spreadsheets read a formula (OWASP, CSV Injection); the wide signs do in Chinese and Japanese ones."""


def write(file: Path, excel: bool, title: str, columns: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Write a table, row by row, as `.xlsx` or as CSV; whatever is called so already is replaced."""
    harmless = (tuple(map(_harmless, row)) for row in rows)
    if excel:
        _write_xlsx(file, title, columns, harmless)
    else:
        _write_csv(file, columns, harmless)


def _harmless(value: object) -> object:
    """A value without characters that no file of Excel can hold; words that would be a formula begin with an apostrophe."""
    if not isinstance(value, str):
        return value
    value = ILLEGAL_CHARACTERS_RE.sub("", value)
    return f"'{value}" if value.startswith(FORMULA_STARTS) else value


def _write_csv(file: Path, columns: Sequence[str], rows: Iterator[tuple]) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as opened:  # the mark makes spreadsheets read Chinese
        writer = csv.writer(opened)
        writer.writerow(columns)
        writer.writerows(rows)


def _write_xlsx(file: Path, title: str, columns: Sequence[str], rows: Iterator[tuple]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.append(columns)
    for row in rows:
        sheet.append(row)
    book.save(file)
