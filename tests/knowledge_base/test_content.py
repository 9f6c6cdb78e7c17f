"""What the shipped guides cover, and that nothing held out for measuring was learned from."""

import json
import re
from collections import Counter

import pytest

from knowledge_base import FIELDS
from knowledge_base.calibrate import TUNING
from knowledge_base.guides import shipped_files
from knowledge_base.schema import read_guides
from nlu.examples import training_texts
from tests.system import ROOT

TOPICS = [
    "居住证积分",
    "居转户",
    "投靠",
    "身后事",
    "异地就医",
    "长护险|长期护理",
    "老年综合津贴",
    "加装电梯",
    "维修资金",
    "业委会|业主委员会",
    "装修备案",
    "大件垃圾",
    "养犬",
    "失物招领",
    "车牌额度|额度",
    "电动自行车",
    "网约车驾驶员证",
    "占道",
    "户外招牌",
    "夜间施工",
    "消防",
    "停车",
    "征兵|应征",
    "志愿者",
    "图书馆",
    "博物馆",
    "随申码",
    "电子证照",
    "12345",
    "社区事务受理服务中心",
    "办件进度",
]
HELD_OUT = ROOT / "tests" / "evaluate"


@pytest.fixture(scope="module")
def shipped():
    return read_guides(shipped_files())


def test_every_field_has_its_guides(shipped):
    count = Counter(guide.field for guide in shipped)
    assert len(shipped) >= 220
    assert all(count[field] >= 10 for field in FIELDS), count


def test_every_guide_is_asked_in_many_ways_and_names_its_source(shipped):
    for guide in shipped:
        assert len(guide.questions) >= 8, guide.id
        assert guide.summary and guide.source and guide.steps, guide.id


@pytest.mark.parametrize("topic", TOPICS)
def test_what_residents_ask_about_most_has_a_guide(shipped, topic):
    names = [name for guide in shipped for name in (guide.title, *guide.aliases)]
    assert any(re.search(topic, name) for name in names)


def held_out(name: str, field: str) -> set[str]:
    return {json.loads(line)[field] for line in (HELD_OUT / name).read_text("utf-8").splitlines()}


def test_no_held_out_question_was_learned_from(shipped):
    learned = {question for guide in shipped for question in guide.questions}
    learned |= {json.loads(line)["question"] for line in TUNING.read_text("utf-8").splitlines()}
    assert not held_out("questions.jsonl", "question") & learned
    assert not held_out("foreign.jsonl", "question") & set(training_texts())


@pytest.mark.parametrize("name", ["reports", "dangers", "places", "intents"])
def test_no_held_out_text_was_trained_on(name):
    assert not held_out(f"{name}.jsonl", "text") & set(training_texts())
