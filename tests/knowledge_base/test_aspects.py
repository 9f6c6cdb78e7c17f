import pytest

from knowledge_base import aspect_of, details_of, follow_up_of, subject_of
from knowledge_base.aspects import names_within


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


@pytest.mark.parametrize(
    ("message", "details"),
    [
        ("那我是安徽的，也能办么", ("elsewhere",)), ("孩子也能办？", ("child",)), ("要本人去吗", ("person",)), ("能代办吗", ("proxy",)),
        ("要预约吗", ("booking",)), ("几月份报名", ("when",)), ("照片呢", ("photo",)), ("要户口本吗", ("household",)),
        ("周六开门吗", ("hours",)), ("几点下班", ("hours",)), ("营业时间", ("hours",)),
    ],
)  # fmt: skip
def test_a_short_follow_up_names_a_detail(message, details):
    assert follow_up_of(message).details == details


@pytest.mark.parametrize(
    "message", ["身份证到期了", "房产证丢了", "想租公租房", "失业登记去哪里", "户口本破了", "节假日加班工资怎么算"]
)
def test_a_service_is_no_detail(message):
    assert details_of(message) == ()


@pytest.mark.parametrize(
    "message",
    [
        "我能让我老婆代办吗", "她不会走路，我替她去行吗", "我人在国外能让我老婆去吗", "可以叫我儿子去办吗", "公司可以代办吗",
        "Can my company go for me?",
    ],
)  # fmt: skip
def test_who_may_come_in_somebodys_place_is_asked(message):
    asked = follow_up_of(message)
    assert asked.comes == ("proxy", "person")
    assert asked.asks


@pytest.mark.parametrize("message", ["请问在哪办", "找不到了怎么办", "老家的社保想转过来", "公积金并过来"])
def test_who_may_come_is_not_asked(message):
    asked = follow_up_of(message)
    assert not (asked and asked.comes)


@pytest.mark.parametrize("message", ["要等多久", "几个工作天", "多久能批"])
def test_a_wait_is_a_time_limit(message):
    assert aspect_of(message).field == "time_limit"


def test_words_that_set_a_report_aside_are_no_part_of_the_subject():
    assert subject_of("不是投诉，我就想知道咋整") == "咋整"


def test_a_story_is_no_follow_up():
    assert follow_up_of("我从老家来上海十来年一直在菜场帮人做，现在想自己盘个摊位") is None


@pytest.mark.parametrize("question", ["能领多少钱", "报销比例多少", "一级有多少钱补贴"])
def test_what_one_gets_is_no_fee(question):
    assert aspect_of(question).field == "amount"


@pytest.mark.parametrize(
    ("message", "subject"),
    [
        ("离婚呢", "离婚"),
        ("那医保呢", "医保"),
        ("不是 我问的是结婚", "结婚"),
        ("不要了 我想问积分", "积分"),
        ("居住证怎么办", "居住证怎么办"),
    ],
)
def test_words_that_only_connect_are_no_part_of_the_subject(message, subject):
    assert subject_of(message) == subject


def test_a_service_is_named_by_pieces_of_guides_names_alone():
    names = ("离婚登记", "异地代办", "报名缴费")
    pieces = lambda text: [word for word in text.split() if any(word in name for name in names)]  # noqa: E731
    assert names_within("离婚", pieces) == ["离婚"]
    assert names_within("报名", pieces) == []
    assert names_within("代办 行吗", pieces) == []
