"""Keys of the Open311 interface: what they may do, how often, and until when."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from typer.testing import CliRunner

from feedback.__main__ import app
from feedback.open311.errors import Refused
from feedback.open311.keys import KeyRefused, add_key, admit, revoke_key
from feedback.open311.models import ApiKey
from storage import engine, reading, writing

NOON = datetime(2026, 11, 28, 4, tzinfo=UTC)


def ask(key: str, scope: str | None = None, at: datetime = NOON) -> int:
    """The status of a request with a key: 200 if it is let in."""
    try:
        with writing() as session:
            admit(session, key, scope, at)
    except Refused as refused:
        return refused.status
    return 200


def test_a_key_lies_nowhere(api_key):
    key = api_key()
    with engine().connect() as connection:
        assert key.removeprefix("msk_") not in str(connection.execute(text("SELECT * FROM api_keys")).all())


def test_two_keys_are_never_alike_and_long_enough(api_key):
    first, second = api_key(name="甲"), api_key(name="乙")
    assert first != second and len(first) >= 43


@pytest.mark.parametrize(
    ("scopes", "wanted", "status"),
    [(["file"], "file", 200), (["read"], "file", 403), (["file", "read"], "read", 200), (["read"], None, 200)],
)
def test_a_key_is_good_for_its_scopes_alone(api_key, scopes, wanted, status):
    assert ask(api_key(*scopes), wanted) == status


def test_an_unknown_empty_or_withdrawn_key_is_refused(api_key):
    key = api_key()
    assert [ask(wrong) for wrong in ("", "msk_", key + "x", key.upper(), "\ud800")] == [403] * 5
    with writing() as session:
        revoke_key(session, "应用")
    assert ask(key) == 403


def test_the_rate_is_kept_and_comes_back_with_time(api_key):
    key = api_key(rate=3)
    assert [ask(key) for _ in range(5)] == [200, 200, 200, 429, 429]
    # One more every twenty seconds, never more than three at once.
    assert [ask(key, at=NOON + timedelta(seconds=s)) for s in (19, 20, 21, 40)] == [429, 200, 429, 200]
    assert [ask(key, at=NOON + timedelta(hours=1)) for _ in range(4)] == [200, 200, 200, 429]


def test_a_refusal_says_how_long_to_wait(api_key):
    key = api_key(rate=2)
    assert [ask(key) for _ in range(2)] == [200, 200]
    with writing() as session, pytest.raises(Refused) as refused:
        admit(session, key, None, NOON + timedelta(seconds=10))
    assert refused.value.headers == {"Retry-After": "20"}
    assert ask(key, at=NOON + timedelta(seconds=29)) == 429
    assert ask(key, at=NOON + timedelta(seconds=30)) == 200


def test_the_rate_is_exact_when_many_ask_at_once(api_key):
    key = api_key(rate=10)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask(key), range(40)))
    assert (answers.count(200), answers.count(429)) == (10, 30)


def test_the_interface_says_429_in_the_standards_words(open311, api_key):
    key = api_key(rate=1)
    assert open311.get("requests.json", params={"api_key": key}).status_code == 200
    answer = open311.get("requests.json", params={"api_key": key})
    assert (answer.status_code, answer.json()[0]["code"]) == (429, 429)
    assert 1 <= int(answer.headers["retry-after"]) <= 60


def test_one_keys_rate_is_none_of_anothers(api_key):
    first, second = api_key(name="甲", rate=1), api_key(name="乙", rate=1)
    assert [ask(first), ask(first), ask(second)] == [200, 429, 200]


def test_it_is_known_when_a_key_was_last_used(api_key):
    key = api_key()
    ask(key)
    with reading() as session:
        assert session.scalars(select(ApiKey)).one().last_used_at == NOON


@pytest.mark.parametrize(
    ("name", "scopes", "rate"),
    [
        ("", ["file"], 1),
        ("x" * 61, ["file"], 1),
        ("新", [], 1),
        ("新", ["all"], 1),
        ("新", ["file"], 0),
        ("应用", ["file"], 1),
    ],
)
def test_a_key_that_cannot_be_is_not_made(api_key, name, scopes, rate):
    api_key()
    with pytest.raises(KeyRefused), writing() as session:
        add_key(session, name, scopes, rate)


def test_the_command_line_adds_lists_and_revokes(database):
    def run(*arguments: str, fails: bool = False) -> str:
        result = CliRunner().invoke(app, ["api-key", *arguments])
        assert bool(result.exit_code) == fails, result.output
        return result.output

    key = run("add", "手机应用", "--scope", "file", "--scope", "read", "--rate", "5").split()[-1]
    assert ask(key, "file") == ask(key, "read") == 200
    listed = run("list")
    assert "手机应用\tfile,read\t每分钟 5 次" in listed and "有效" in listed and key not in listed
    run("add", "手机应用", "--scope", "file", fails=True)
    run("revoke", "手机应用")
    assert "停用" in run("list") and ask(key) == 403
    run("revoke", "没有", fails=True)
