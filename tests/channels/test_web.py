"""The web channel."""

from __future__ import annotations

import pytest

from channels.models import InboundMessage
from channels.rasa import RasaUnavailable, TurnFailed
from storage import reading
from tests.channels.conftest import events
from tests.system import eventually


def send(web, session, text, message_id="1"):
    return web.post("/web/messages", json={"session": session, "id": message_id, "text": text})


def test_a_message_is_acknowledged_and_answered(web, session):
    assert send(web, session, "你好").status_code == 202
    (event,) = events(web, session)
    assert event["id"] == 1
    assert event["text"] == "听到：你好"
    assert event["buttons"] == [{"title": "好", "payload": "/affirm"}]


def test_a_repeat_is_acknowledged_and_answered_once(web, session, rasa):
    for _ in range(3):
        assert send(web, session, "你好").status_code == 202
    send(web, session, "再见", "2")
    eventually(lambda: rasa.heard == ["你好", "再见"])


def test_the_order_is_kept(web, session, rasa):
    texts = [str(number) for number in range(20)]
    for text in texts:
        send(web, session, text, f"id-{text}")
    eventually(lambda: rasa.heard == texts)


def test_two_residents_may_use_the_same_message_id(web, session, rasa):
    other = web.post("/web/sessions").json()["session"]
    send(web, session, "甲")
    send(web, other, "乙")
    eventually(lambda: sorted(rasa.heard) == ["乙", "甲"])
    assert events(web, other)[0]["text"] == "听到：乙"


def test_events_resume_after_the_last_one_seen(web, session):
    send(web, session, "一", "1")
    assert len(events(web, session)) == 1
    send(web, session, "二", "2")
    assert [event["id"] for event in events(web, session, after=1)] == [2]


def test_when_rasa_is_away_the_resident_is_told_once_and_answered_later(web, session, rasa):
    rasa.faults = [RasaUnavailable("down"), RasaUnavailable("down")]
    send(web, session, "路灯坏了")
    (told,) = events(web, session)
    assert told["kind"] == "system"
    assert "不用重发" in told["text"]
    assert events(web, session, after=1)[0]["text"] == "听到：路灯坏了"


def test_a_message_that_always_fails_is_kept_for_staff_and_the_next_goes_on(web, session, rasa, monkeypatch):
    monkeypatch.setattr("channels.journal.MOST_FAILURES", 1)
    rasa.faults = [TurnFailed("500")]
    send(web, session, "坏", "1")
    send(web, session, "好", "2")
    eventually(lambda: states() == ["failed", "done"])
    assert rasa.heard == ["好"]


def states() -> list[str]:
    with reading() as db:
        return [message.state for message in db.query(InboundMessage).order_by(InboundMessage.id)]


BAD_BODIES = {
    "not json": b"{",
    "an array": b"[]",
    "nothing": b"",
    "null": b"null",
    "text is a number": b'{"session": "%s", "id": "1", "text": 1}',
    "text is missing": b'{"session": "%s", "id": "1"}',
    "id is a list": b'{"session": "%s", "id": [], "text": "a"}',
    "id is empty": b'{"session": "%s", "id": "", "text": "a"}',
    "id is long": b'{"session": "%s", "id": "' + b"1" * 101 + b'", "text": "a"}',
    "text is empty": b'{"session": "%s", "id": "1", "text": ""}',
    "text is blank": b'{"session": "%s", "id": "1", "text": " \\n\\u0000"}',
    "text is huge": b'{"session": "%s", "id": "1", "text": "' + b"a" * 100_000 + b'"}',
    "body is huge": b'{"session": "%s", "id": "1", "text": "' + b"a" * 2_000_000 + b'"}',
    "session is unknown": b'{"session": "00000000000000000000000000", "id": "1", "text": "a"}',
    "session is a dict": b'{"session": {}, "id": "1", "text": "a"}',
    "not utf-8": b'{"session": "%s", "id": "1", "text": "\xff\xfe"}',
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_bad_bodies_get_a_clear_error_and_store_nothing(web, session, body):
    answer = web.post(
        "/web/messages",
        content=body.replace(b"%s", session.encode()),
        headers={"Content-Type": "application/json"},
    )
    assert 400 <= answer.status_code < 500
    error = answer.json()["error"]
    assert error["code"]
    assert any("一" <= letter <= "鿿" for letter in error["message"])
    with reading() as db:
        assert db.query(InboundMessage).count() == 0


@pytest.mark.parametrize(
    "text", ["😀😀", "<script>alert(1)</script>", "'; DROP TABLE reports; --", "\ud83d", "a\u0000b", "{{7*7}}"]
)
def test_strange_texts_are_messages_like_any_other(web, session, text):
    escaped = text.encode("unicode_escape").decode() if "\ud83d" in text else None
    body = {"session": session, "id": "1", "text": text}
    if escaped:
        answer = web.post(
            "/web/messages",
            content=f'{{"session": "{session}", "id": "1", "text": "x{escaped}"}}',
            headers={"Content-Type": "application/json"},
        )
    else:
        answer = web.post("/web/messages", json=body)
    assert answer.status_code == 202
    assert len(events(web, session)) == 1


@pytest.mark.parametrize("query", ["", "session=x", "session=%00&after=0", "session=x&after=-1", "session=x&after=a"])
def test_bad_queries_get_a_clear_error(web, query):
    answer = web.get(f"/web/events?{query}")
    assert answer.status_code in (401, 422)
    assert answer.json()["error"]["message"]


def test_unknown_pages_answer_in_words(web):
    assert web.get("/nowhere").json()["error"]["code"] == "http_404"
    assert web.delete("/web/sessions").status_code == 405


def test_the_token_is_kept_nowhere(web, session):
    from sqlalchemy import text as sql

    with reading() as db:
        (row,) = db.execute(sql("SELECT * FROM conversations")).all()
    assert session not in map(str, row)
