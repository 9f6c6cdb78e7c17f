"""`python -m nlu analyze` as other tools call it, and Rasa's own check of the training data."""

import json
import os
import subprocess
import sys

import pytest

from nlu.categories import categories
from tests.system import ROOT

TEXTS = ["徐汇区漕溪北路100号路灯坏了", "着火了", "居住证积分要什么材料", "", "😀", "<script>", "a" * 5000]


@pytest.fixture(scope="module")
def analyses(prepared):
    environment = os.environ | {"MINSHENG_VAR": str(prepared), "MINSHENG_DATABASE_URL": ""}
    done = subprocess.run(
        [sys.executable, "-m", "nlu", "analyze"],
        cwd=ROOT, env=environment, input="\n".join(TEXTS) + "\n", capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_one_object_a_line_in_order_and_nothing_else(analyses):
    assert [a["text"] for a in analyses] == TEXTS


def test_the_shape_of_the_contract(analyses):
    for a in analyses:
        contract = {"text", "intent", "kind", "urgent", "category", "ranking", "location", "department"}
        assert set(a) == contract | {"sentiment", "time", "phone", "wechat", "email", "report_number"}
        assert set(a["intent"]) == {"name", "confidence"}
        assert set(a["category"]) == {"code", "confidence"}
        assert set(a["location"]) == {"district", "subdistrict", "address"}
        if a["text"]:
            assert {r["code"] for r in a["ranking"]} == set(categories())
            assert a["ranking"][0] == a["category"]


def test_what_is_plain_is_understood(analyses):
    report, fire, question = analyses[:3]
    assert (report["intent"]["name"], report["category"]["code"]) == ("report", "road.streetlight")
    assert (report["location"]["district"], report["department"]) == ("徐汇区", "交通委")
    assert (fire["kind"], fire["urgent"], fire["category"]["code"]) == ("emergency", True, "safety.fire")
    assert (question["intent"]["name"], question["kind"]) == ("ask", "consultation")


def test_rasa_finds_nothing_wrong_with_domain_and_data(prepared):
    environment = os.environ | {
        "MINSHENG_VAR": str(prepared),
        "RASA_TELEMETRY_ENABLED": "false",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-m", "rasa", "data", "validate",
         "--config", "config.yml", "--domain", "bot/domain", "--data", "nlu/data", "bot/rules"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "Misaligned" not in done.stdout + done.stderr
