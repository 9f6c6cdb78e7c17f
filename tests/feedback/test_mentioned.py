import pytest

from feedback.mentioned import mentioned, short_title
from feedback.models import Report

LAMP = Report(
    number="1",
    category="road.streetlight",
    text="徐汇区天钥桥路80号路灯坏了",
    district="徐汇区",
    address="徐汇区天钥桥路80号",
)
RUBBISH = Report(
    number="2", category="sanitation.garbage", text="余姚路500号垃圾没人清", district="静安区", address="余姚路500号"
)
VENDOR = Report(number="3", category="street.vendor", text="门口摆摊的占了人行道", district="静安区", address=None)
NEWEST_FIRST = [VENDOR, RUBBISH, LAMP]


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("路灯那个", [LAMP]),
        ("路灯修好了，撤了吧", [LAMP]),
        ("不是，是路灯的那个，不是垃圾", [LAMP]),
        ("余姚路那个撤了", [RUBBISH]),
        ("天钥桥路80号的不要了", [LAMP]),
        ("占道的那个也要补充，下午最多", [VENDOR]),
        ("人行道那件事怎么样了", [VENDOR]),
        ("第一个", [LAMP]),
        ("撤回第三个", [VENDOR]),
        ("最后一个撤了", [VENDOR]),
        ("第五个", []),
        ("撤回", NEWEST_FIRST),
        ("补充一下，是第二个路口", NEWEST_FIRST),
    ],
)
def test_a_report_is_meant_by_rank_of_filing_matter_or_place(words, meant):
    assert mentioned(NEWEST_FIRST, words) == meant


def test_a_rank_counts_in_the_list_that_was_shown():
    assert mentioned(NEWEST_FIRST, "第二个撤了", listed=["3", "2"]) == [RUBBISH]
    assert mentioned(NEWEST_FIRST, "第一个", listed=["3", "2"]) == [VENDOR]


def test_several_that_fit_are_all_meant():
    other = Report(number="4", category="road.streetlight", text="路灯又坏了", address="天钥桥路90号")
    assert mentioned([other, LAMP, RUBBISH], "路灯那个") == [other, LAMP]
    assert mentioned([other, LAMP, RUBBISH], "90号的路灯") == [other]


def test_a_button_names_matter_and_place():
    assert short_title(LAMP) == "路灯坏了，天钥桥路80号"
    assert short_title(VENDOR) == "摆摊的占了人行道，静安区"
