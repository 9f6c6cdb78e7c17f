import pytest

from feedback import phrases


@pytest.mark.parametrize(
    "words",
    [
        "火灭了",
        "灭了，消防来过了",
        "盖上锅盖灭了",
        "找到了！谢谢大家",
        "人都出来了",
        "出来了",
        "救出来了",
        "没有着火",
        "没味道了",
        "虚惊一场",
        "搞错了，不用报警",
        "假的，逗你玩的",
        "没事了人走了",
        "取消",
        "软管裂了，换好了",
        "警察把他带走了",
        "在她同学家找到了",
        "妈妈回来了",
        "false alarm",
    ],
)
def test_a_danger_is_over(words):
    assert phrases.is_over(words)


@pytest.mark.parametrize(
    "words",
    [
        "火没灭",
        "烟没散",
        "烟从门缝出来了",
        "火苗出来了",
        "血都出来了",
        "天花板下来了",
        "他又回来了，拿着刀",
        "没找到",
        "人没出来",
        "孩子抱出来了，大人还在里面",
        "我喝了一口没事吧",
        "这样没事吗",
        "老人没醒",
        "消防到了",
        "救护车来了",
        "没人受伤",
        "水下来了",
        "电梯里的人出不来",
        "灭不了",
        "又烧起来了",
        "他回来了",
        "坏人回来了",
        "他醒了",
        "孩子被人带走了",
        "孩子被陌生人接走了",
        "在河里找到了",
        "老公晕了，我拖出来了",
        "not over yet",
    ],
)
def test_in_doubt_a_danger_is_not_over(words):
    assert not phrases.is_over(words)


@pytest.mark.parametrize(
    ("words", "calm"),
    [
        ("消防到了", True),
        ("已经送到医院", True),
        ("没人受伤", True),
        ("没砸到人", True),
        ("居委会来人了", True),
        ("警察叔叔敲门了", True),
        ("救护车来不来啊", False),
        ("救护车还没来", False),
        ("消防车怎么还没到", False),
    ],
)
def test_help_that_came_ends_nothing_and_calls_nobody(words, calm):
    assert phrases.is_calm(words) is calm


@pytest.mark.parametrize("words", ["提交", "好的提交", "那就提交吧", "帮我交吧", "交了", "快点提交", "submit"])
def test_words_to_send_a_report(words):
    assert phrases.SEND.fullmatch(words)


@pytest.mark.parametrize("words", ["不要提交", "先不提交", "别提交", "不提交了", "等会提交", "还没提交", "暂时不上报"])
def test_words_that_keep_a_report_from_being_sent(words):
    assert not phrases.SEND.fullmatch(words)
    assert not phrases.YES.fullmatch(words)


@pytest.mark.parametrize("words", ["电话也一样", "跟刚才一样", "用刚才的号码", "同上", "打原来那个电话"])
def test_the_number_of_before_is_meant(words):
    assert phrases.SAME_CONTACT.fullmatch(words)


@pytest.mark.parametrize("words", ["情况跟昨天一样严重", "两边一样", "隔壁电话也一样打不通", "不一样"])
def test_a_likeness_is_no_leave_to_use_a_number(words):
    assert not phrases.SAME_CONTACT.fullmatch(words)


@pytest.mark.parametrize(
    ("words", "more"),
    [("施工工地门口", False), ("天天渔港旁边", False), ("走路绊了一跤", True), ("我要追究责任", True)],
)
def test_what_tells_more_than_a_place(words, more):
    assert phrases.is_more_than_a_place(words) is more


@pytest.mark.parametrize("words", ["快点", "催一下", "帮我催催", "能不能快点啊", "急死了"])
def test_nothing_but_impatience(words):
    assert phrases.HURRY.fullmatch(words)


@pytest.mark.parametrize("words", ["我好一点了", "他现在睡着了", "我去洗把脸", "想通了"])
def test_it_has_become_easier(words):
    assert phrases.BETTER.search(words)


@pytest.mark.parametrize("words", ["我该怎么帮她", "我能做什么", "该找谁", "我该怎么劝他"])
def test_who_stands_beside_somebody_asks_what_to_do(words):
    assert phrases.HOW_TO_HELP.search(words)


@pytest.mark.parametrize("words", ["好不了了", "我睡不着", "怎么都没用", "没人帮我"])
def test_despair_is_neither(words):
    assert not phrases.BETTER.search(words) and not phrases.HOW_TO_HELP.search(words)
