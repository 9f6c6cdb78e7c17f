"""`python -m knowledge_base search` as other tools call it."""

import json
import os
import subprocess
import sys

import pytest

from tests.system import ROOT

QUERIES = {
    "身份证过期了": "id-card-renew",
    "身份證過期怎麼換": "id-card-renew",
    "大件垃圾扔哪里": "bulky-waste",
    "外地来沪的想办居住证": "residence-permit-first",
    "今天股票涨了吗": None,
    "给我讲个笑话": None,
    "": None,
    "😀😀": None,
}


@pytest.fixture(scope="module")
def results(prepared):
    environment = os.environ | {"MINSHENG_VAR": str(prepared), "MINSHENG_DATABASE_URL": ""}
    done = subprocess.run(
        [sys.executable, "-m", "knowledge_base", "search"],
        cwd=ROOT, env=environment, input="\n".join(QUERIES) + "\n", capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_shape_of_the_contract(results):
    assert [result["query"] for result in results] == list(QUERIES)
    for result in results:
        assert set(result) == {"query", "decision", "hits"}
        assert result["decision"] in ("answer", "clarify", "none")
        assert len(result["hits"]) == 5, "the five nearest, for `none` too"
        scores = [hit["score"] for hit in result["hits"]]
        assert scores == sorted(scores, reverse=True)
        assert all(set(hit) == {"id", "title", "field", "score"} for hit in result["hits"])


def test_the_right_guide_comes_first_and_what_is_foreign_is_declined(results):
    for result in results:
        wanted = QUERIES[result["query"]]
        if wanted:
            assert result["hits"][0]["id"] == wanted, result
            assert result["decision"] != "none"
        else:
            assert result["decision"] == "none", result
