"""Questions over the web channel, against the running assistant."""

import sqlite3

import pytest

from tests.system import number_in


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("身份证过期了要怎么换新的", "居民身份证到期换领"),
        ("外地人想在上海弄个居住证要啥条件", "首次申领居住证"),
        ("我妈今年六十六,听说有老年津贴,怎么领", "老年综合津贴"),
        ("家里旧沙发没人要,扔到哪里去", "大件垃圾清运"),
    ],
)
def test_the_right_guide_answers_with_source_and_buttons(resident, question, title):
    resident.send(question)
    (answer,) = resident.hear()
    assert title in answer["text"]
    assert "来源：" in answer["text"]
    assert "以官方公布为准" in answer["text"], "nobody has compared it with its source: the reader is told so"
    titles = [button["title"] for button in answer["buttons"]]
    assert "怎么办" in titles


def test_materials_and_steps_come_by_button(resident):
    resident.send("身份证到期怎么换")
    answer = resident.hear()
    assert "居民身份证" in resident.choose("要带什么", answer)
    assert "1. " in resident.choose("怎么办", answer)


UNANSWERED = "我想开热气球载游客看风景，飞行许可要到哪个部门申请审批"


def ask_in_vain(resident, question: str) -> list[dict]:
    """Ask what no guide answers; if guides are offered all the same, none of them is it. Returns the last replies."""
    resident.send(question)
    heard = resident.hear()
    if any("哪一件" in event["text"] for event in heard):
        payload = next(b["payload"] for event in heard for b in event["buttons"] if b["title"] == "都不是")
        resident.send(payload)
        heard = resident.hear()
    return heard


def test_what_no_guide_answers_is_admitted_and_kept_for_staff(resident, system):
    assert "记下来" in ask_in_vain(resident, UNANSWERED)[0]["text"]
    with sqlite3.connect(system.folder / "minsheng.db") as db:
        assert (UNANSWERED,) in db.execute("SELECT text FROM gaps").fetchall()


def test_who_wants_an_own_reply_files_a_consultation(resident, system):
    assert "电话" in resident.choose("请工作人员回复我", ask_in_vain(resident, UNANSWERED)), "no place is asked"
    assert UNANSWERED in resident.say("不留")
    number = number_in(resident.say("提交"))
    with sqlite3.connect(system.folder / "minsheng.db") as db:
        found = db.execute("SELECT kind, text FROM reports WHERE number = ?", (number.replace("-", ""),)).fetchone()
    assert found == ("consultation", UNANSWERED)


def test_a_follow_up_keeps_the_guide(resident):
    assert "居民身份证到期换领" in resident.say("身份证到期怎么换")
    assert "居民身份证到期换领" in resident.say("要带什么材料")
    assert "居民身份证到期换领" in resident.say("在哪办")
    assert "居民身份证到期换领" in resident.say("要多少钱")


def test_two_questions_in_one_message_get_both_guides(resident):
    answer = resident.say("身份证到期怎么换，还有大件垃圾扔到哪里")
    assert "居民身份证到期换领" in answer
    assert "大件垃圾" in answer


def test_an_answer_is_rated(resident, system):
    resident.send("身份证到期怎么换")
    assert "谢谢" in resident.choose("有用", resident.hear())
    with sqlite3.connect(system.folder / "minsheng.db") as db:
        assert db.execute("SELECT count(*) FROM answer_ratings WHERE useful").fetchone()[0] > 0


def test_an_answer_is_rated_in_words(resident, system):
    resident.say("养狗要办什么证")
    assert "抱歉" in resident.say("没用")
    resident.say("身份证到期怎么换")
    assert "谢谢" in resident.say("有用的")
    with sqlite3.connect(system.folder / "minsheng.db") as db:
        rated = set(db.execute("SELECT guide_id, useful FROM answer_ratings").fetchall())
    assert {("dog-registration", 0), ("id-card-renew", 1)} <= rated


def test_a_rating_of_nothing_asks_what_is_wanted(resident):
    assert "什么事" in resident.say("没用")


def test_what_is_not_the_citys_business_is_declined(resident):
    assert "帮不上忙" in resident.say("给我讲个笑话")


def test_a_button_for_a_guide_that_is_gone_is_answered(resident):
    assert "撤下" in resident.say('/show_guide{"guide": "no-such-guide"}')
