import pytest

from nlu.times import times


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("昨晚11点隔壁还在装修", ["昨晚11点"]),
        ("每天凌晨3点到5点打桩", ["每天凌晨3点到5点"]),
        ("路灯坏了三个月了", ["三个月了"]),
        ("漕溪北路100号3月5日停水", ["3月5日"]),
        ("从上周五晚上开始", ["上周五晚上"]),
        ("10号线七宝站2号口", []),
        ("2幢3单元101室", []),
        ("", []),
    ],
)
def test_words_of_time_are_found(text, found):
    assert [match[0] for match in times(text)] == found
