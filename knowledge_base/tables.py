"""Guides from tables: JSON Lines, CSV and XLSX, whose columns a mapping turns into the fields of a guide."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import yaml
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from pydantic import ValidationError

from knowledge_base.schema import Guide, GuideFileError, decoded, in_words

MAPPINGS = Path(__file__).parent / "mappings"
MOST_ROWS = 20_000
LISTS = ("aliases", "questions", "conditions", "materials", "steps", "scope", "basis", "related")
Row = dict[str, Any]
_COLUMN = re.compile(r"\{([^{}]+)\}")


def read_table(file: Path, mapping: Path | None = None) -> list[Guide]:
    """The guides of a table, one a row.

    Without a mapping the columns must be named as the fields of a guide or as one of the shipped mappings knows them.

    Raises:
        GuideFileError: with every problem of every row, not only the first.
    """
    rows = list(_rows(file))
    if not rows:
        raise GuideFileError([f"{file.name}: 文件里没有指南"])
    rules = _rules(file, set().union(*(row for _, row in rows)), mapping)
    guides, problems, seen = [], [], {}
    for number, row in rows:
        try:
            guide = Guide.model_validate(_mapped(row, rules))
        except ValidationError as error:
            problems += [f"{file.name}: 第 {number} 行: {in_words(e)}" for e in error.errors()]
            continue
        if guide.id in seen:
            problems.append(f"{file.name}: 第 {number} 行: id: 和第 {seen[guide.id]} 行是同一份指南 {guide.id}")
        seen[guide.id] = number
        guides.append(guide)
    if problems:
        raise GuideFileError(problems)
    return guides


def _rows(file: Path) -> Iterator[tuple[int, Row]]:
    """Each row with its number in the file, empty cells left out."""
    readers = {".jsonl": _json_lines, ".csv": _csv, ".xlsx": _xlsx}
    for count, (number, row) in enumerate(readers[file.suffix.lower()](file)):
        if count == MOST_ROWS:
            raise GuideFileError([f"{file.name}: 超过 {MOST_ROWS} 行，请分成几个文件"])
        filled = {name: value for name, value in row.items() if name and value not in (None, "", [])}
        if filled:
            yield number, filled


def _json_lines(file: Path) -> Iterator[tuple[int, Row]]:
    for number, line in enumerate(decoded(file).splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise GuideFileError([f"{file.name}: 第 {number} 行: 不是 JSON: {error}"]) from error
        if not isinstance(row, dict):
            raise GuideFileError([f"{file.name}: 第 {number} 行: 应当是一个 JSON 对象"])
        yield number, row


def _csv(file: Path) -> Iterator[tuple[int, Row]]:
    reader = csv.DictReader(io.StringIO(decoded(file)))
    try:
        for row in reader:
            if None in row:
                raise GuideFileError([f"{file.name}: 第 {reader.line_num} 行: 单元格比表头多"])
            yield reader.line_num, row
    except csv.Error as error:
        raise GuideFileError([f"{file.name}: 第 {reader.line_num} 行: 读不出来: {error}"]) from error


def _xlsx(file: Path) -> Iterator[tuple[int, Row]]:
    try:
        book = load_workbook(file, read_only=True)
    except (BadZipFile, InvalidFileException, KeyError, OSError) as error:
        raise GuideFileError([f"{file.name}: 不是 XLSX 表格"]) from error
    try:
        rows = book.worksheets[0].iter_rows()
        header = [str(cell.value or "").strip() for cell in next(rows, ())]
        for number, cells in enumerate(rows, 2):
            for cell in cells:
                if cell.data_type == "f":
                    raise GuideFileError([f"{file.name}: 单元格 {cell.coordinate} 是公式，请先粘贴成数值"])
            values = [None if cell.value is None else str(cell.value) for cell in cells]
            yield number, dict(zip(header, values, strict=False))
    finally:
        book.close()


def _rules(file: Path, columns: set[str], mapping: Path | None) -> Row:
    if mapping:
        try:
            rules = yaml.safe_load(mapping.read_text("utf-8"))
        except (yaml.YAMLError, OSError, UnicodeDecodeError) as error:
            raise GuideFileError([f"{mapping.name}: 读不出来: {' '.join(str(error).split())}"]) from error
        if not isinstance(rules, dict) or not set(rules) <= set(Guide.model_fields):
            raise GuideFileError([f"{mapping.name}: 应当是“指南的栏目: 列”的对照表"])
        return rules
    if "title" in columns:
        return {name: f"{{{name}}}" for name in columns}
    for known in sorted(MAPPINGS.glob("*.yml")):
        rules = yaml.safe_load(known.read_text("utf-8"))
        if _columns(rules["title"]) <= columns:
            return rules
    raise GuideFileError([f"{file.name}: 不认识这些列：{'、'.join(sorted(columns))}；请用 --mapping 说明它们是什么"])


def _columns(rule: Any) -> set[str]:
    return set(_COLUMN.findall(str(rule)))


def _mapped(row: Row, rules: Row) -> Row:
    """The guide that a row means. A rule whose columns are empty gives nothing."""
    guide = {name: _value(row, rule, name in LISTS) for name, rule in rules.items()}
    return {name: value for name, value in guide.items() if value not in (None, "", [], {})}


def _value(row: Row, rule: Any, many: bool = False) -> Any:
    match rule:
        case {"hash": template, "prefix": prefix}:
            return f"{prefix}-{hashlib.sha256(_filled(row, template).encode()).hexdigest()[:12]}"
        case {"from": template, "values": values, **others}:
            cells = _cells(_filled_value(row, template))
            return next((values[cell] for cell in cells if cell in values), others.get("otherwise"))
        case dict():
            return {name: value for name, part in rule.items() if (value := _value(row, part))}
        case list():
            return list(dict.fromkeys(cell for part in rule for cell in _cells(_filled_value(row, part))))
    value = _filled_value(row, rule)
    return _cells(value) if many else value


def _filled_value(row: Row, template: str) -> Any:
    """A column's value as it is, or a text with columns in it."""
    whole = _COLUMN.fullmatch(template)
    return _parts(row.get(whole[1])) if whole else _filled(row, template)


def _filled(row: Row, template: str) -> str:
    """The text with the columns filled in; empty if one of them is."""
    columns = _columns(template)
    if not columns <= set(row):
        return ""
    return _COLUMN.sub(lambda found: str(row[found[1]]).strip(), template)


def _parts(value: Any) -> Any:
    """A cell of a spreadsheet may hold JSON, as the export writes what has parts of its own."""
    if isinstance(value, str) and value[:1] in "[{" and value[-1:] in "]}":
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value
    return value.removeprefix("'") if isinstance(value, str) else value


def _cells(value: Any) -> list:
    """One cell as several values: a list as it is, JSON read, a text at its line ends and semicolons."""
    value = _parts(value)
    if value is None or value == "":
        return []
    if isinstance(value, list):
        return value
    return [part.strip() for part in re.split(r"[\n;；|]", str(value)) if part.strip()]
