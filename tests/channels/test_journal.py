from datetime import timedelta
from threading import Thread

import pytest

from channels import journal
from channels.journal import FLOOD_FROM, Reply
from channels.models import Conversation, InboundMessage
from channels.transcript import transcript
from storage import reading, utcnow, writing


@pytest.fixture
def conversation(database) -> str:
    with writing() as session:
        session.add(Conversation(id="web-1", channel="web"))
    return "web-1"


def take_in(*texts: str) -> None:
    for text in texts:
        with writing() as session:
            journal.take_in(session, "web-1", f"id-{text}", text)


def claim():
    with writing() as session:
        return journal.claim(session, "web-1")


def said() -> list[tuple[int, str]]:
    with reading() as session:
        return [(m.sequence, m.text) for m in journal.said_after(session, "web-1", 0)]


def test_a_repeat_is_dropped(conversation):
    with writing() as session:
        assert journal.take_in(session, "web-1", "1", "你好")
        assert not journal.take_in(session, "web-1", "1", "你好")
    with reading() as session:
        assert session.query(InboundMessage).count() == 1


def test_messages_are_handled_one_at_a_time_and_in_order(conversation):
    take_in("一", "二")
    first = claim()
    assert first.text == "一"
    assert claim() is None, "somebody has the conversation"
    with writing() as session:
        journal.finish(session, first, [Reply("答一")])
    assert claim().text == "二"
    assert said() == [(1, "答一")]


def test_only_one_of_many_gets_a_message(conversation):
    take_in("一")
    claimed = []
    threads = [Thread(target=lambda: claimed.append(claim())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([turn for turn in claimed if turn]) == 1


def test_what_a_crash_left_is_found_when_the_lease_is_over(conversation):
    take_in("一")
    claim()
    with reading() as session:
        assert journal.waiting_conversations(session) == []
    with writing() as session:
        session.get(Conversation, "web-1").busy_until = utcnow() - timedelta(seconds=1)
    with reading() as session:
        assert journal.waiting_conversations(session) == ["web-1"]
    assert claim().attempts == 2


def test_a_message_that_waits_for_its_next_attempt_holds_back_those_after_it(conversation):
    take_in("一")
    turn = claim()
    with writing() as session:
        journal.postpone(session, turn, "稍候")
    take_in("二")
    assert claim() is None
    assert said() == [(1, "稍候")]


def test_an_answer_is_given_once_even_if_two_finish(conversation):
    take_in("一")
    turn = claim()
    for _ in range(2):
        with writing() as session:
            journal.finish(session, turn, [Reply("答")])
    assert said() == [(1, "答")]


def test_numbers_have_no_gaps_when_many_write_at_once(conversation):
    def write():
        for _ in range(5):
            with writing() as session:
                journal.say(session, "web-1", [Reply("话")], kind="notice")

    threads = [Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [number for number, _ in said()] == list(range(1, 21))


def test_a_flood_is_slowed_and_marked_and_loses_nothing(conversation, monkeypatch):
    monkeypatch.setattr(journal, "FLOOD_STEP", journal.LONGEST_WAIT)  # a slow machine must not catch up with the wait
    texts = [f"第{number}句" for number in range(FLOOD_FROM + 3)]
    take_in(*texts)
    for text in texts[:FLOOD_FROM]:
        turn = claim()
        assert turn.text == text
        with writing() as session:
            journal.finish(session, turn, [Reply("嗯")])
    assert claim() is None, "the rest has to wait"
    who = {line["text"]: line["who"] for line in transcript("web-1")}
    assert who[texts[0]] == "市民"
    assert "放慢" in who[texts[-1]]
    assert len(texts) == sum(text in who for text in texts)
