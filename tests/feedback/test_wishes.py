import pytest

from feedback.corrections import item_to_change, right_place, right_tail
from feedback.wishes import another_matter, is_bare, is_question, points_at, tells_more, tells_others_contact, wish


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("催一下", "urge"),
        ("帮忙催催", "urge"),
        ("能不能快点", "urge"),
        ("三天了没人管！", "urge"),
        ("都三天了怎么还没人来", "urge"),
        ("加急", "urge"),
        ("几天能好", "when"),
        ("谁负责", "when"),
        ("这个归哪个部门管", "when"),
        ("处理完会通知我吗", "when"),
        ("就是问啥时候来人", "when"),
        ("刚才编号是多少", "number"),
        ("忘记编号了", "number"),
        ("先别撤", "keep"),
        ("我说不撤了", "keep"),
        ("第一个不要了", "withdraw"),
        ("退出附议", "leave"),
        ("多少天必须答复，有规定吗", "when"),
        ("我就想知道今天有没有人来", "when"),
        ("明天他们会来看吗", "when"),
        ("谁来处理啊", "when"),
        ("改好了没", "when"),
        ("街道管不管", "when"),
        ("还有一件事要反映", "another"),
        ("算了还是匿名", "anonymous"),
        ("不要再联系我了", "anonymous"),
        ("来的人态度不好", "handling"),
        ("他还说这不归他们管", "handling"),
        ("今天有人来看过了，但没修", "handling"),
        ("这已经是第三次报了", "handling"),
        ("我要投诉办这个事的人", "handling"),
        ("你们到底管不管", "handling"),
        ("你们是不是没上班", "handling"),
        ("怎么不回我消息", "handling"),
        ("能不能换个部门", "handling"),
        ("给差评", "handling"),
        ("为什么派给水务局？应该是市政的", "handling"),
        ("其实还没处理，先不评价", "rate"),
        ("现在登记的地址电话是什么", "record"),
        ("你都记下来了吗", "record"),
        ("算了电话别改了", "unchanged"),
        ("前两次都写的已解决，根本没解决", "handling"),
    ],
)
def test_words_that_want_nothing_else(words, wanted):
    name, left = wish(words)
    assert (name, len(left) < 2) == (wanted, True)


@pytest.mark.parametrize(
    "words", ["身份证几天能办好", "小区门口垃圾三天没人管", "居住证到期了怎么办", "车管所窗口态度不好"]
)
def test_words_that_are_about_something_else(words):
    found = wish(words)
    assert not found or len(found[1]) > 1


@pytest.mark.parametrize(
    "words",
    [
        "我想补充一下",
        "刚才忘了说",
        "改地点",
        "地点错了",
        "给第一个加一句",
        "我老公想补充可以吗",
        "对了我忘记说是几号楼了",
    ],
)
def test_an_announcement_tells_nothing_yet(words):
    assert is_bare(words)


@pytest.mark.parametrize("words", ["补充一下，晚上更吵", "还要补充，低音炮震得窗户都响", "给第一个加一句：晚上更吵"])
def test_an_addition_tells_something(words):
    assert not is_bare(words)
    assert not is_question(words)


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("刚才地址说错了，是88号不是80号", {"address": "徐汇区天钥桥路88号门口"}),
        ("不是80号，是88号", {"address": "徐汇区天钥桥路88号门口"}),
        ("门牌把80号改成88号", {"address": "徐汇区天钥桥路88号门口"}),
        ("地址改成天钥桥路320号", {"district": "徐汇区", "address": "天钥桥路320号"}),
        ("地点应该是静安区余姚路5号", {"district": "静安区", "address": "静安区余姚路5号"}),
        ("改地点", None),
        ("补充一下，是天钥桥路320号那家店", None),
        ("号码不对，最后一位是5", None),
        ("不是，我意思尾号应该是1717", None),
        ("区也不对，不是徐汇，是静安", {"district": "静安区", "address": "天钥桥路80号门口"}),
    ],
)
def test_a_correction_tells_the_right_place(words, place):
    assert right_place(words, "徐汇区天钥桥路80号门口") == place


def test_the_item_that_is_wrong():
    assert item_to_change("电话写错了应该是13700001112") == "contact"
    assert item_to_change("改地点") == "place"
    assert item_to_change("补充一下，晚上更吵") is None


def test_the_right_end_of_a_number():
    assert right_tail("不是，我意思尾号应该是1717", "13800006161") == "13800001717"
    assert right_tail("尾号是1717", None) is None
    assert right_tail("电话是13911110000", "13800006161") is None


@pytest.mark.parametrize(
    ("words", "others"),
    [
        ("老板姓张，电话是13911110000", True),
        ("他的电话是13818181818，也加上", True),
        ("我的电话是13818181818", False),
        ("电话改成13818181818", False),
        ("以后联系他，他的电话是13818181818", False),
        ("以后有结果打我老婆电话15922223333", False),
    ],
)
def test_whose_number_it_is(words, others):
    assert tells_others_contact(words) == others


@pytest.mark.parametrize(
    ("words", "matter"),
    [
        ("另外还有个事，公园里路灯也不亮", "公园里路灯也不亮"),
        ("又看到一个没井盖的，就隔壁弄堂", "一个没井盖的，就隔壁弄堂"),
        ("还有一件事要反映", ""),
        ("又漏了", ""),
    ],
)
def test_another_matter_is_told_without_its_opening(words, matter):
    assert another_matter(words) == matter


@pytest.mark.parametrize(
    "words",
    [
        "店名叫飞跃健身",
        "我想要回钱，不是要你们罚他",
        "楼上是1203室",
        "我是1103的，姓李",
        "座机转8023",
        "你们给他打电话让他关小声点",
        "12号楼602",
        "漏水的是702",
        "702的人叫刘明",
        "车牌是沪B88888",
        "都在延长路1520弄",
        "别打电话，发短信就行",
        "上班时间别打给我，晚上六点以后打",
        "现在好了",
        "我的意思是有视频证据",
    ],
)
def test_what_goes_on_with_a_matter(words):
    assert tells_more(words)


@pytest.mark.parametrize(
    "words",
    [
        "隔壁楼道里堆满了杂物",
        "我想问一下居住证怎么办",
        "好的谢谢",
        "徐汇区天钥桥路80号路灯坏了",
        "你叫什么名字",
        "我希望马路上装个红绿灯",
        "我想投诉饭店油烟",
        "小区里养狗的叫个不停",
        "小区监控坏了",
        "我家住302，楼上漏水",
        "半夜打麻将以后打人",
    ],
)
def test_what_may_be_something_else(words):
    assert not tells_more(words)


def test_pointing_is_not_telling():
    assert points_at("路灯那个")
    assert points_at("第二个呢")
    assert not points_at("路灯那个灯罩掉下来了")
