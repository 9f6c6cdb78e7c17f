"""Files with guides, by their kind: YAML as the project keeps them, JSON Lines, CSV and XLSX as offices do."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import yaml
from openpyxl import Workbook

from knowledge_base.schema import Guide, GuideFileError, read_guides
from knowledge_base.tables import LISTS, read_table

TABLES = (".jsonl", ".csv", ".xlsx")
MOST_BYTES = 64 * 1024 * 1024


def read_any(file: Path, mapping: Path | None = None) -> list[Guide]:
    """The guides of a file of any kind.

    Raises:
        GuideFileError: with every problem that was found.
    """
    if not file.is_file():
        raise GuideFileError([f"{file}: 没有这个文件"])
    if file.stat().st_size > MOST_BYTES:
        raise GuideFileError([f"{file.name}: 超过 {MOST_BYTES >> 20} MB，请分成几个文件"])
    if file.suffix.lower() in TABLES:
        return read_table(file, mapping)
    if file.suffix.lower() in (".yml", ".yaml"):
        return read_guides([file])
    raise GuideFileError([f"{file.name}: 只认得 .yml、.jsonl、.csv 和 .xlsx"])


def write_any(file: Path, bodies: Sequence[dict]) -> None:
    """Write guides so that the same kind of file can be read again."""
    match file.suffix.lower():
        case ".jsonl":
            lines = (json.dumps(body, ensure_ascii=False) for body in bodies)
            file.write_text("".join(f"{line}\n" for line in lines), "utf-8")
        case ".csv":
            with file.open("w", encoding="utf-8-sig", newline="") as out:
                csv.writer(out).writerows(_table(bodies))
        case ".xlsx":
            book = Workbook(write_only=True)
            sheet = book.create_sheet("办事指南")
            for row in _table(bodies):
                sheet.append(row)
            book.save(file)
        case ".yml" | ".yaml":
            file.write_text(yaml.safe_dump(list(bodies), allow_unicode=True, sort_keys=False), "utf-8")
        case _:
            raise GuideFileError([f"{file.name}: 只认得 .yml、.jsonl、.csv 和 .xlsx"])


def write_report(file: Path, guides: Sequence[Guide], changed: set[str]) -> None:
    """What an import made of each row, as a table."""
    rows = [(guide.id, guide.title, "新的或有改动" if guide.id in changed else "没有变化") for guide in guides]
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out).writerows([("标识", "名称", "结果"), *rows])


def _table(bodies: Sequence[dict]) -> Iterable[list[str]]:
    columns = [name for name in Guide.model_fields if any(name in body for body in bodies)]
    yield columns
    for body in bodies:
        yield [_harmless(_cell(name, body.get(name))) for name in columns]


def _cell(name: str, value: object) -> str:
    """A list as lines; what has parts of its own as JSON."""
    if value is None:
        return ""
    if name in LISTS and all(isinstance(item, str) for item in value):
        return "\n".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _harmless(cell: str) -> str:
    # Spreadsheets would carry out what begins like a formula.
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell
