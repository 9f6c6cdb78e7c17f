import pytest

from nlu.danger import find_danger
from nlu.pinyin import to_characters
from nlu.places import locate


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("lu deng huai le", "路灯坏了"),
        ("ludeng huaile", "路灯坏了"),
        ("Ju zhu zheng zen me ban?", "居住证怎么办?"),
        ("wo bu xiang huo le", "不想活了"),
        ("xu hui qu cao xi bei lu 100 hao lu deng huai le", "漕溪北路100号路灯坏了"),
    ],
)
def test_pinyin_is_read_as_characters(typed, meant):
    assert meant in to_characters(typed)


@pytest.mark.parametrize(
    "text",
    [
        "路灯坏了",
        "ludeng坏了",
        "How can I extend my visa?",
        "hello",
        "ni hao",
        "20261125-ABCD-EFGHJ",
        "12345",
        "",
        "WiFi",
    ],
)
def test_what_is_not_pinyin_alone_stays_as_it_is(text):
    assert to_characters(text) == text


def test_danger_and_place_are_seen_in_pinyin():
    assert find_danger("zhao huo le kuai lai ren").category == "safety.fire"
    assert find_danger("wo bu xiang huo le").self_harm
    assert locate(to_characters("xu hui qu cao xi bei lu 100 hao")).district == "徐汇区"
