import pytest

from nlu.danger import find_danger, wants_secrecy


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("着火了", "safety.fire"),
        ("楼上冒黑烟快来人", "safety.fire"),
        ("楼道里有烟", "safety.fire"),
        ("配电箱冒烟", "safety.fire"),
        ("救救我", "security.order"),
        ("我奶奶不见了", "security.order"),
        ("我老公又打我了", "security.domestic_violence"),
        ("老头子摔了起不来", "health.service"),
        ("骗子还在打电话", "security.fraud"),
        ("家里一股煤气味,燃气泄漏了", "utility.gas"),
        ("有人持刀砍人", "security.order"),
        ("我被困在电梯里了", "property.elevator"),
        ("老人晕倒没有呼吸了", "health.service"),
        ("小孩吃了老鼠药", "health.service"),
        ("我儿子在校门口被一帮人围着打", "security.order"),
        ("隔壁又在打老婆", "security.domestic_violence"),
        ("一氧化碳报警器在响", "utility.gas"),
        ("再不给我就从塔吊上跳下去", "crisis.self_harm"),
        ("我不想活了", "crisis.self_harm"),
        ("他打我", "security.domestic_violence"),
        ("我老公昨天打了我", "security.domestic_violence"),
        ("停电了，家里老人插着呼吸机", "health.service"),
        ("奶奶叫不醒", "health.service"),
        ("妹妹吞了个纽扣", "health.service"),
        ("有人跳黄浦江了", "security.order"),
        ("欠了好多医疗费 真的不想活了", "crisis.self_harm"),
    ],
)
def test_plain_cries_for_help_are_found_without_a_model(text, category):
    assert find_danger(text).category == category


@pytest.mark.parametrize(
    "text",
    [
        "昨天新闻说着火了",
        "消防演习什么时候搞",
        "火灾保险怎么买",
        "怕着火,楼道里有人充电",
        "电影里那个人想自杀",
        "今天热得想死",
        "煤气费怎么交",
        "路灯坏了",
        "楼道里有烟头",
        "走廊里有烟味",
        "老人走失手环怎么领",
        "他在外地",
        "我没有想不开，就是没钱",
        "没有想做傻事",
        "他打我电话我没接到",
        "宠物尸体怎么处理",
        "哪里可以学急救",
    ],
)
def test_stories_drills_and_fears_are_no_alarm(text):
    assert find_danger(text) is None


@pytest.mark.parametrize(
    ("text", "secrecy"),
    [
        ("我不想让老板知道", True),
        ("怕被邻居认出来", True),
        ("我投诉半年没人管，活着太累了", False),
        ("别让我一个人待着", False),
    ],
)
def test_who_fears_to_be_known_is_told_from_who_despairs(text, secrecy):
    assert wants_secrecy(text) is secrecy
