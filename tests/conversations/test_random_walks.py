"""Random walks of real phrases, buttons and noise: whatever comes in whatever order, nobody meets silence or a loop."""

from __future__ import annotations

import re
import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlu.examples import training_texts
from tests.system import Resident, System

PHRASES = training_texts()
ANSWERS = [
    "漕溪北路100号",
    "徐汇区",
    "13800000000",
    "不留",
    "对",
    "不对",
    "不知道",
    "好的",
    "取消",
    "第二个",
    "1",
    "等一下",
    "/affirm",
    "/deny",
]
NOISE = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(lambda text: text.strip())
STEP = st.one_of(
    st.sampled_from(PHRASES),
    st.sampled_from(ANSWERS),
    st.integers(0, 5),  # the button at that place, where there is one
    NOISE,
)
ACKNOWLEDGED = re.compile(r"(?:已收到您的诉求，编号|我已经同时报给值班人员，编号|附议好了，编号) (\d{8}-\w{4}-\w{5})")
OPEN_QUESTIONS = ("具体在哪里", "在哪个区", "要不要留一个电话", "请核对", "要附议这一件吗")


@given(st.lists(STEP, min_size=3, max_size=12))
@settings(max_examples=30, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_every_message_is_answered_and_the_form_can_be_left(system: System, steps: list[str | int]):
    resident = Resident(system)
    heard: list[dict] = []
    told = []
    for step in steps:
        resident.send(words_of(step, heard))
        heard = resident.hear()
        assert heard and all(event["text"].strip() for event in heard), f"silence after {step!r}"
        told += [event["text"] for event in heard]
    for number in ACKNOWLEDGED.findall("\n".join(told)):
        assert stored(system, number), f"{number} was confirmed and is not there"
    resident.say("/cancel")
    assert not any(question in resident.say("你好") for question in OPEN_QUESTIONS), "the form can't be left"


def words_of(step: str | int, heard: list[dict]) -> str:
    """What a step sends: a text, or the payload of a button; where there is no such button, a greeting."""
    if isinstance(step, str):
        return step
    buttons = [button for event in heard for button in event["buttons"]]
    return buttons[step]["payload"] if step < len(buttons) else "你好"


def stored(system: System, number: str) -> bool:
    with sqlite3.connect(system.folder / "minsheng.db") as db:
        return bool(db.execute("SELECT 1 FROM reports WHERE number = ?", (number.replace("-", ""),)).fetchone())


@pytest.mark.parametrize("word", ["取消", "不报了", "算了不弄了", "/cancel", "/restart", "从头来"])
def test_the_form_is_left_by_every_word_for_it(resident: Resident, word: str):
    resident.say("门口路灯坏了")
    resident.say(word)
    assert not any(question in resident.say("你好") for question in OPEN_QUESTIONS)
