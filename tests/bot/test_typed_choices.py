import pytest

from bot.typed_choices import chosen

FORM = [{"title": "说不清", "payload": "/skip"}, {"title": "不反映了", "payload": "/cancel"}]
GUIDES = [
    {"title": "居民身份证到期换领", "payload": '/show_guide{"guide": "id-card-renew"}'},
    {"title": "居民身份证丢失补领", "payload": '/show_guide{"guide": "id-card-lost"}'},
    {"title": "都不是", "payload": '/rate_answer{"useful": "no"}'},
]


OVER = [
    {"title": "接着反映", "payload": "漕溪北路100号，路灯坏了"},
    {"title": "撤回这件", "payload": '/withdraw_report{"report_number": "1"}'},
    {"title": "先不撤回", "payload": "/thank"},
]


@pytest.mark.parametrize(
    ("text", "buttons", "payload"),
    [
        ("接着办刚才的路灯", OVER, OVER[0]["payload"]),
        ("好的，继续反映", OVER, OVER[0]["payload"]),
        ("好的", OVER, None),
        ("说不清", FORM, "/skip"),
        ("說不清。", FORM, "/skip"),
        ("居民身份证丢失补领", GUIDES, GUIDES[1]["payload"]),
        ("第二个", GUIDES, GUIDES[1]["payload"]),
        ("选第1个吧", GUIDES, GUIDES[0]["payload"]),
        ("2", GUIDES, GUIDES[1]["payload"]),
        ("最后一个", GUIDES, GUIDES[2]["payload"]),
        ("最后那个", GUIDES, GUIDES[2]["payload"]),
        ("那第二个呢", GUIDES, GUIDES[1]["payload"]),
        ("不对不对，第一个", GUIDES, GUIDES[0]["payload"]),
        ("第一个要多少钱", GUIDES, '/show_guide{"guide": "id-card-renew", "asked": "要多少钱"}'),
        ("2", FORM, None),
        ("第二个", [], None),
        ("第五个", GUIDES, None),
        ("第二个路口红绿灯坏了", FORM, None),
        ("第三人民医院", GUIDES, None),
        ("身份证到期怎么换", GUIDES, None),
        ("[图片]", FORM, '/attachment{"item": "photo"}'),
        ("【照片】", [], '/attachment{"item": "photo"}'),
        ("[Photo: 1.jpg]", [], '/attachment{"item": "photo"}'),
        ("[语音]", FORM, "/attachment"),
        ("怎么发照片", [], '/attachment{"item": "how"}'),
        ("能不能给你们发张图片？", FORM, '/attachment{"item": "how"}'),
        ("照片怎么换", [], None),
        ("附议 5b9ea093aafca343", [], '/take_part{"item": "join", "public_id": "5b9ea093aafca343"}'),
        ("關注5b9ea093aafca343。", [], '/take_part{"item": "follow", "public_id": "5b9ea093aafca343"}'),
        ("取消关注", [], '/take_part{"item": "unfollow"}'),
        ("不公开了", [], '/publish{"item": "no"}'),
        ("附议", [], None),
        ("（文件柜倒了）", FORM, None),
        ("", GUIDES, None),
    ],
)
def test_a_typed_choice_is_a_press_of_the_button(text, buttons, payload):
    assert chosen(text, buttons) == payload


def test_a_list_can_be_chosen_from_after_one_choice_was_made():
    parts = [{"title": "要带什么", "payload": '/show_guide{"guide": "id-card-lost", "part": "materials"}'}]
    assert chosen("不对，第一个", parts, GUIDES) == GUIDES[0]["payload"]
    assert chosen("要带什么", parts, GUIDES) == parts[0]["payload"]


def test_a_yes_to_withdrawing_withdraws():
    withdraw = [{"title": "确认撤回", "payload": '/withdraw_report{"report_number": "1"}'}]
    assert chosen("是的", withdraw) == withdraw[0]["payload"]
    assert chosen("是的", FORM) is None
    assert chosen("算了，先不撤了", withdraw) is None


def test_which_report_is_answered_by_rank_but_a_rank_confirms_no_withdrawal():
    which = [{"title": f"路灯，{n}号", "payload": f'/withdraw_report{{"report_number": "{n}"}}'} for n in (1, 2)]
    assert chosen("第一个", which, which) == chosen("1", which, which) == which[0]["payload"]
    assert chosen("第一个", which[:1], []) is None


def test_a_number_alone_presses_nothing_but_an_item_of_a_list():
    filed = [
        {"title": "查进度", "payload": '/check_report{"report_number": "2"}'},
        {"title": "公开，让大家附议", "payload": '/publish{"report_number": "2"}'},
    ]
    stars = [{"title": f"{n} 星", "payload": f'/rate{{"report_number": "1", "stars": {n}}}'} for n in range(1, 6)]
    assert chosen("2", filed) is None
    assert chosen("4", stars) == stars[3]["payload"]


def test_the_list_that_is_shown_last_counts():
    which = [{"title": f"路灯，{n}号", "payload": f'/withdraw_report{{"report_number": "{n}"}}'} for n in (1, 2)]
    latest = [{"title": "查进度", "payload": '/check_report{"report_number": "2"}'}]
    assert chosen("第一个", which[:1], latest) == latest[0]["payload"]


@pytest.mark.parametrize("text", ["我的数据", "导出我的个人信息", "你们存了我哪些信息？", "What do you know about me?"])
def test_who_asks_what_is_kept_of_them_is_told(text):
    assert chosen(text, []) == "/my_data"


@pytest.mark.parametrize("text", ["删除我的数据", "我的信息被泄露了", "查我的社保信息"])
def test_other_words_about_data_are_left_alone(text):
    assert chosen(text, []) is None
