"""Questions over the web channel, against the running assistant."""

import sqlite3

import pytest


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


def test_what_no_guide_answers_is_admitted_and_kept_for_staff(resident, system):
    question = "请问热气球飞行许可要到哪个部门申请审批"
    answer = resident.say(question)
    assert "答不上来" in answer or "帮不上忙" in answer
    if "答不上来" in answer:
        with sqlite3.connect(system.folder / "minsheng.db") as db:
            assert (question,) in db.execute("SELECT text FROM gaps").fetchall()


def test_what_is_not_the_citys_business_is_declined(resident):
    assert "帮不上忙" in resident.say("给我讲个笑话")


def test_a_button_for_a_guide_that_is_gone_is_answered(resident):
    assert "撤下" in resident.say('/show_guide{"guide": "no-such-guide"}')
