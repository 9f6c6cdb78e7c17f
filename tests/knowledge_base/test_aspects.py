import pytest

from knowledge_base import aspect_of


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ("要多少钱", "fee"), ("那免费吗？", "fee"), ("要带什么材料", "materials"), ("多久能办好", "time_limit"), ("在哪办", "where"),
        ("网上可以办吗", "online"), ("谁可以代办", "conditions"), ("怎么办", "steps"),
    ],
)  # fmt: skip
def test_a_follow_up_names_a_field_and_no_matter(question, field):
    aspect = aspect_of(question)
    assert (aspect.field, aspect.alone) == (field, True)


@pytest.mark.parametrize("question", ["办居住证要带什么", "身份证丢了怎么办", "公积金网上能提吗"])
def test_a_question_of_its_own_is_no_follow_up(question):
    assert not aspect_of(question).alone


@pytest.mark.parametrize(
    ("question", "about"), [("那外地人呢", "外地人"), ("那小孩子呢？", "小孩子"), ("如果是没有房产证呢", "没有房产证")]
)
def test_a_case_is_understood(question, about):
    assert aspect_of(question).about == about
