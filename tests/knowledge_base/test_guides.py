import pytest

from knowledge_base import FIELDS, Gap, find_guide, record_gap
from knowledge_base.guides import ChangedMeanwhile, import_guides, restore_version, save_guide, shipped_files
from knowledge_base.models import GuideRow, GuideVersion
from knowledge_base.schema import Guide, GuideFileError, read_guides, warnings
from storage import reading, writing

GUIDE = {"id": "a-guide", "title": "办一件事", "field": FIELDS[0], "questions": ["怎么办一件事"]}


@pytest.fixture
def guide_file(tmp_path):
    def write(text: str | bytes, name: str = "guides.yml"):
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return write


def test_the_shipped_guides_have_no_problem_and_cover_every_field():
    guides = read_guides(shipped_files())
    assert {guide.field for guide in guides} == set(FIELDS)
    assert all(guide.summary and guide.source and len(guide.questions) >= 8 for guide in guides)


def test_a_guide_that_nobody_compared_with_its_source_has_no_date_of_it():
    assert all(guide.verified_on is None for guide in read_guides(shipped_files()))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- {id: a", "读不出来"),
        ("", "没有指南"),
        ("just words", "没有指南"),
        (f"- {{id: A B, title: t, field: {FIELDS[0]}, questions: [q]}}", "A B: id"),
        (f"- {{id: a, field: {FIELDS[0]}, questions: [q]}}", "a: title"),
        ("- {id: a, title: t, field: 别的, questions: [q]}", "a: field"),
        (f"- {{id: a, title: t, field: {FIELDS[0]}, questions: []}}", "a: questions"),
        (f"- {{id: a, title: t, field: {FIELDS[0]}, questions: [q], colour: red}}", "a: colour"),
        (f"- {{id: a, title: t, field: {FIELDS[0]}, questions: [q], related: [b]}}", "没有指南 b"),
        (f"- {{id: a, title: t, field: {FIELDS[0]}, questions: [q]}}\n" * 2, "已有同名"),
        (
            f"- {{id: a, title: t, field: {FIELDS[0]}, questions: [q]}}\n- {{id: b, title: t, field: {FIELDS[0]}, questions: [q]}}",
            "「q」也在 a",
        ),
        (b"\xff\xfe\xff\xff", "读不出来"),
    ],
)
def test_every_problem_is_said_with_file_guide_and_field(guide_file, text, problem):
    with pytest.raises(GuideFileError) as refused:
        read_guides([guide_file(text)])
    assert problem in str(refused.value)
    assert str(refused.value).startswith("guides.yml: ")


def test_gb18030_is_read(guide_file):
    text = f"- {{id: a, title: 办事, field: {FIELDS[0]}, questions: [怎么办]}}"
    assert read_guides([guide_file(text.encode("gb18030"))])[0].title == "办事"


def test_the_same_import_twice_changes_nothing(database):
    for expected in (["a-guide"], []):
        with writing() as session:
            assert import_guides(session, [Guide(**GUIDE)]) == expected


def test_what_staff_changed_outlives_the_next_start_but_not_a_new_version_of_the_file(database):
    with writing() as session:
        import_guides(session, [Guide(**GUIDE)])
    with writing() as session:
        save_guide(session, Guide(**GUIDE, summary="工作人员改过"), "工作人员")
    with writing() as session:
        import_guides(session, [Guide(**GUIDE)])
        assert find_guide(session, "a-guide").summary == "工作人员改过"
    with writing() as session:
        import_guides(session, [Guide(**GUIDE, summary="新版")])
    with reading() as session:
        assert find_guide(session, "a-guide").summary == "新版"


def test_a_question_of_one_message_is_kept_once(database):
    for _ in range(2):
        with writing() as session:
            record_gap(session, "怎么飞", "web-1", "web-1:1")
    with reading() as session:
        assert session.query(Gap).count() == 1


def test_every_version_is_kept_and_can_be_had_back(database):
    with writing() as session:
        import_guides(session, [Guide(**GUIDE)], "导入")
    with writing() as session:
        save_guide(session, Guide(**GUIDE, summary="改过"), "小王")
    with writing() as session:
        assert restore_version(session, "a-guide", 1, "小李")
    with reading() as session:
        assert find_guide(session, "a-guide").summary is None
        versions = session.query(GuideVersion).order_by(GuideVersion.id)
        assert [(v.version, v.actor) for v in versions] == [(1, "导入"), (2, "小王"), (3, "小李（恢复第 1 版）")]


def test_who_opened_an_older_version_is_told(database):
    with writing() as session:
        import_guides(session, [Guide(**GUIDE)])
        opened = session.get_one(GuideRow, "a-guide").version
    with writing() as session:
        save_guide(session, Guide(**GUIDE, summary="小王改的"), "小王", opened)
    with pytest.raises(ChangedMeanwhile), writing() as session:
        save_guide(session, Guide(**GUIDE, summary="小李改的"), "小李", opened)


def test_nearly_the_same_question_in_two_guides_is_a_warning():
    one, other = (
        Guide(**GUIDE | {"id": i, "questions": [q]})
        for i, q in (("a", "身份证丢了怎么补办"), ("b", "身份证丢了怎么补办？"))
    )
    assert "很像 a" in next(warnings([one, other]))


def test_a_guide_that_no_longer_holds_is_a_warning():
    assert "2020-01-01" in next(warnings([Guide(**GUIDE, valid_until="2020-01-01")]))
