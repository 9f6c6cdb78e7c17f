"""Files of guides as offices keep them."""

import csv
import json

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from knowledge_base import FIELDS
from knowledge_base.files import MOST_BYTES, read_any, write_any
from knowledge_base.models import GuideRow
from knowledge_base.schema import GuideFileError
from storage import reading

ROW = {"id": "a", "title": "办一件事", "field": FIELDS[0], "questions": "怎么办\n去哪办", "materials": "身份证；户口簿"}
GUANGDONG = {
    "TASK_NAME": "犬只登记", "CATANAME": "犬只管理", "DEPT_NAME": "某市公安局", "theme_category": ["其他", "证件办理"],
    "service_object_name": ["自然人"], "material_intro": ["免疫证"], "handle_time": "7(工作日)", "URL": "https://example.org/1",
}  # fmt: skip


def write_table(file, rows):
    if file.suffix == ".jsonl":
        file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    elif file.suffix == ".csv":
        with file.open("w", encoding="gb18030", newline="") as out:
            writer = csv.DictWriter(out, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    else:
        book = Workbook()
        book.active.append(list(rows[0]))
        for row in rows:
            book.active.append(list(row.values()))
        book.save(file)
    return file


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".xlsx"])
def test_a_table_with_the_names_of_the_fields_is_read_as_it_is(tmp_path, suffix):
    (guide,) = read_any(write_table(tmp_path / f"guides{suffix}", [ROW]))
    assert guide.questions == ("怎么办", "去哪办")
    assert [material.name for material in guide.materials] == ["身份证", "户口簿"]


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".xlsx", ".yml"])
def test_what_was_exported_is_read_back_the_same(tmp_path, guides, suffix):
    bodies = [guide.model_dump(mode="json", exclude_defaults=True) for guide in guides]
    write_any(tmp_path / f"all{suffix}", bodies)
    assert read_any(tmp_path / f"all{suffix}") == guides


def test_guangdongs_columns_are_known(tmp_path):
    (guide,) = read_any(write_table(tmp_path / "items.jsonl", [GUANGDONG]))
    assert (guide.title, guide.field, guide.audience) == ("犬只登记", FIELDS[0], "个人")
    assert guide.time_limit.statutory == "7(工作日)"
    assert guide.source.url == "https://example.org/1"
    assert "某市公安局的犬只登记" in guide.questions


def test_a_mapping_names_the_columns(tmp_path):
    table = write_table(tmp_path / "t.csv", [{"名称": "办事", "部门": "某局", "问": "怎么办|去哪办"}])
    mapping = tmp_path / "m.yml"
    rules = {
        "id": {"hash": "{名称}", "prefix": "x"}, "title": "{部门}{名称}", "questions": "{问}",
        "field": {"from": "{部门}", "values": {"某局": FIELDS[3]}},
    }  # fmt: skip
    mapping.write_text(json.dumps(rules, ensure_ascii=False), "utf-8")
    (guide,) = read_any(table, mapping)
    assert (guide.title, guide.field, guide.questions) == ("某局办事", FIELDS[3], ("怎么办", "去哪办"))


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([ROW | {"field": "别的"}], "第 1 行: field: 只能是"),
        ([ROW, ROW], "第 2 行: id: 和第 1 行是同一份"),
        ([{"甲": "1", "乙": "2"}], "不认识这些列：乙、甲"),
        ([ROW | {"title": "有\x00控制符"}], "第 1 行: title: 有看不见的控制字符 U+0000"),
        ([ROW | {"title": "长" * 101}], "第 1 行: title: 超过 100 个字"),
        ([ROW | {"colour": "red"}], "第 1 行: colour: 没有这个栏目"),
    ],
)
def test_every_wrong_row_is_named(tmp_path, rows, problem):
    with pytest.raises(GuideFileError) as refused:
        read_any(write_table(tmp_path / "t.jsonl", rows))
    assert problem in str(refused.value)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("t.jsonl", b"", "没有指南"),
        ("t.jsonl", b"{not json}", "第 1 行: 不是 JSON"),
        ("t.jsonl", b"[1]", "第 1 行: 应当是一个 JSON 对象"),
        ("t.csv", b"id,title\na,b,c\n", "单元格比表头多"),
        ("t.csv", b"\xff\xfe\x00\xff", "读不出来"),
        ("t.xlsx", b"not a zip", "不是 XLSX"),
        ("t.pdf", b"%PDF", "只认得"),
    ],
)
def test_a_broken_file_is_refused_in_words(tmp_path, name, content, problem):
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(GuideFileError) as refused:
        read_any(file)
    assert problem in str(refused.value)


def test_a_formula_is_refused_by_its_cell(tmp_path):
    with pytest.raises(GuideFileError, match="B2 是公式"):
        read_any(write_table(tmp_path / "t.xlsx", [ROW | {"title": "=1+1"}]))


def test_a_formula_in_an_export_is_harmless(tmp_path, guides):
    body = guides[0].model_dump(mode="json", exclude_defaults=True) | {"title": "=cmd()"}
    write_any(tmp_path / "t.csv", [body])
    assert "'=cmd()" in (tmp_path / "t.csv").read_text("utf-8-sig")
    assert read_any(tmp_path / "t.csv")[0].title == "=cmd()"


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    file = tmp_path / "t.csv"
    with file.open("wb") as out:
        out.truncate(MOST_BYTES + 1)
    with pytest.raises(GuideFileError, match="分成几个文件"):
        read_any(file)


def test_an_import_is_all_or_nothing_and_repeatable(tmp_path, database):
    from knowledge_base.__main__ import app

    good = write_table(tmp_path / "good.csv", [ROW, ROW | {"id": "b"}])
    bad = write_table(tmp_path / "bad.csv", [ROW | {"id": "c"}, ROW | {"id": "d", "field": ""}])
    run = CliRunner()
    report = tmp_path / "report.csv"
    assert "其中 2 份是新的" in run.invoke(app, ["import", str(good), "--report", str(report)]).output
    assert "其中 0 份是新的" in run.invoke(app, ["import", str(good)]).output
    assert isinstance(run.invoke(app, ["import", str(bad)]).exception, GuideFileError)
    assert "a,办一件事,新的或有改动" in report.read_text("utf-8-sig")
    with reading() as session:
        assert {row.id for row in session.query(GuideRow)} == {"a", "b"}
