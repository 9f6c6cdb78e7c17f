from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from scipy.stats import nbinom

from feedback import Report, endorse, withdraw
from feedback.errors import UnknownDecision
from feedback.topics.decisions import decide, new_topics
from feedback.topics.models import LevelsUntil, SignalLevel, Topic
from feedback.topics.normal import HOUR, Normal, heard, hour_of_week, hours_between, needed, weight
from feedback.topics.rising import SPREAD, surges, tail
from feedback.topics.signals import Voice
from feedback.topics.watch import find_topics, keep, learn_next_hour, levels, voices_between
from storage import reading, utcnow, writing

NOON = datetime(2026, 11, 25, 4, tzinfo=UTC)
"""A Wednesday's noon in the city."""
_numbers = count(1)


def voice(at: datetime, **parts) -> Voice:
    number = next(_numbers)
    values = {"category": "utility.water", "text": "家里没水", "district": "徐汇区", "subdistrict": "田林街道"}
    return Voice(**({"report_id": number, "conversation_id": f"web-{number}", "at": at} | values | parts))


def several(many: int, end: datetime = NOON, **parts) -> list[Voice]:
    return [voice(end - timedelta(minutes=5 * n), **parts) for n in reversed(range(many))]


def learned(days: int = 14, an_hour: int = 0, **parts) -> dict[str, float]:
    """Levels of some days in which every hour had so many voices, until a day before noon."""
    known: dict[str, float] = {}
    for hours in range(24 * days):
        hour = NOON - timedelta(days=1, hours=hours + 1)
        for signal, level in heard([voice(hour, **parts) for _ in range(an_hour)], hour).items():
            known[signal] = known.get(signal, 0.0) + level / weight(NOON)
    return known


def found(voices: list[Voice], known: dict[str, float]):
    return surges(voices, NOON, lambda keys: {key: known[key] for key in keys if key in known})


def test_what_rises_is_found_and_named_by_its_place_and_its_own_words():
    known = learned(an_hour=1, text="水管漏水了", subdistrict="虹梅路街道")
    [surge] = found(several(12, text="自来水发黄还有铁锈味"), known)
    assert surge.name.startswith("徐汇区田林街道：")
    assert {"发黄", "铁锈"} & set(surge.words)
    assert surge.category == "utility.water"
    assert len(surge.voices) == 12


def test_what_is_normal_for_a_category_is_no_topic():
    voices = several(12)
    assert found(voices, learned(an_hour=12)) == []
    assert found(voices, learned(an_hour=1)) != []


def test_who_writes_often_is_one_voice():
    assert found(several(20, conversation_id="web-angry"), learned(an_hour=1)) == []


def test_nothing_rises_while_nobody_knows_what_is_normal():
    assert found(several(20), learned(days=2, an_hour=1)) == []
    assert found(several(20), {}) == []


def test_a_meaning_rises_across_districts():
    known = learned(an_hour=20, text="水管漏水了")
    places = ("徐汇区", "静安区", "黄浦区", "普陀区")
    voices = [
        voice(v.at, text="自来水发黄还有铁锈味", district=places[n % 4], subdistrict=None)
        for n, v in enumerate(several(12))
    ]
    [surge] = found(voices, known)
    assert (surge.name.partition("：")[0], surge.district) == ("全市", None)
    assert "发黄" in surge.words


def test_two_places_are_two_surges_and_one_place_is_one():
    known = learned(an_hour=1)
    here = several(12)
    there = several(12, category="greening.tree", text="大树倒了压在车上", district="静安区", subdistrict="曹家渡街道")
    assert {surge.district for surge in found(here + there, known)} == {"徐汇区", "静安区"}
    assert len(found(here, known)) == 1


def test_the_tail_is_that_of_the_negative_binomial():
    for k, mean in ((1, 0.5), (7, 0.5), (30, 12.0)):
        assert tail([k], [mean])[0] == pytest.approx(nbinom.sf(k - 1, SPREAD, SPREAD / (SPREAD + mean)))


def test_an_hour_of_the_week_is_the_citys_and_parts_of_hours_count_as_parts():
    assert hour_of_week(NOON) == 2 * 24 + 12
    assert hours_between(NOON - timedelta(minutes=90), NOON + timedelta(minutes=15)) == {58: 0.5, 59: 1.0, 60: 0.25}


def test_a_rhythm_is_learned_and_old_weeks_fade():
    known: dict[str, float] = {}
    for hours in range(24 * 28):
        hour = NOON - timedelta(hours=hours + 1)
        by_day = 10 if 8 <= hour_of_week(hour) % 24 < 20 else 0
        for signal, level in heard([voice(hour) for _ in range(by_day)], hour).items():
            known[signal] = known.get(signal, 0.0) + level / weight(NOON)
    normal = Normal(known)
    noon, night = (normal.expected(["utility.water"], {slot: 1.0})[0] for slot in (60, 51))
    assert 8 < noon < 11 and night < 2.5
    assert normal.expected(["utility.water|d:徐汇区|s:田林街道"], {60: 1.0})[0] == pytest.approx(noon)
    assert known["utility.water@60"] < 40, "four Wednesdays, the older ones count less"
    assert {"utility.water", "utility.water|s:田林街道", "utility.water@60", "*", "@0"} <= needed(
        ["utility.water|s:田林街道"], [60]
    )


@pytest.fixture
def voiced(filed):
    """Files reports of other residents at a moment each; returns their ids."""

    def file(moments: list[datetime], **parts) -> list[int]:
        ids = [filed(conversation_id=f"web-{next(_numbers)}", **parts) for _ in moments]
        with writing() as session:
            for report_id, at in zip(ids, moments, strict=True):
                session.get_one(Report, report_id).created_at = at
        return ids

    return file


@pytest.fixture
def a_quiet_past(voiced):
    """Four days in which hardly anything happened, learned."""
    now = utcnow()
    voiced([now - timedelta(days=5)])
    with writing() as session:
        while learn_next_hour(session, now):
            pass
    return now


def topics() -> list[Topic]:
    with reading() as session:
        found = session.query(Topic).order_by(Topic.id).all()
        for topic in found:
            assert topic.reports
        return found


def test_every_hour_is_learned_once_and_only_when_it_is_a_day_past(voiced):
    now = utcnow()
    hour = (now - timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
    voiced([hour, hour + timedelta(minutes=59), hour + HOUR, now - HOUR])
    with writing() as session:
        hours = 0
        while learn_next_hour(session, now):
            hours += 1
        assert 23 <= hours <= 24
        assert session.query(LevelsUntil).one().until <= now - timedelta(days=1)
        assert levels(session, ["road.streetlight"], hour)["road.streetlight"] == pytest.approx(3, rel=0.01)
        assert session.get_one(SignalLevel, f"@{hour_of_week(hour)}").level == pytest.approx(weight(hour))
        assert not learn_next_hour(session, now)


def test_a_topic_that_goes_on_grows_and_is_not_made_twice(a_quiet_past, voiced):
    now = a_quiet_past
    first = voiced([now - timedelta(minutes=m) for m in range(60, 50, -1)])
    find_topics()
    [topic] = topics()
    assert (topic.state, topic.count, {m.report_id for m in topic.reports}) == ("open", 10, set(first))
    score = topic.score
    voiced([now - timedelta(minutes=m) for m in range(10, 5, -1)])
    find_topics()
    [topic] = topics()
    assert (len(topic.reports), topic.count) == (15, 15)
    assert topic.score > score and topic.first_at < now - timedelta(minutes=59)
    find_topics()
    assert len(topics()[0].reports) == 15


@pytest.mark.parametrize("state", ["dismissed", "handled"])
def test_what_staff_decided_comes_back_only_when_it_grows_much(a_quiet_past, voiced, state):
    now = a_quiet_past
    voiced([now - timedelta(minutes=m) for m in range(60, 50, -1)])
    find_topics()
    with writing() as session:
        decide(session, session.query(Topic).one(), state, "甲", "演习 ")
        assert new_topics(session) == 0
    voiced([now - timedelta(minutes=m) for m in range(30, 25, -1)])
    find_topics()
    [topic] = topics()
    assert (topic.state, topic.handled_by, topic.note) == (state, "甲", "演习")
    voiced([now - timedelta(minutes=m) for m in range(20, 15, -1)])
    find_topics()
    assert [topic.state for topic in topics()] == ["open"]


def test_a_topic_is_decided_on_in_known_words_only(a_quiet_past, voiced):
    voiced([a_quiet_past - timedelta(minutes=m) for m in range(60, 50, -1)])
    find_topics()
    with writing() as session, pytest.raises(UnknownDecision):
        decide(session, session.query(Topic).one(), "gone", "甲", "")
    with reading() as session:
        assert new_topics(session) == 1


def test_who_joins_is_a_voice_and_who_takes_it_back_or_praises_is_none(a_quiet_past, voiced, change):
    now = a_quiet_past
    report_id, taken_back = voiced([now - HOUR, now - HOUR])
    voiced([now - HOUR], kind="praise")
    change(taken_back, withdraw)
    for number in range(8):
        change(report_id, endorse, f"web-joined-{number}", "我家门口也黑了")
    later = utcnow() + timedelta(seconds=1)
    with reading() as session:
        voices = voices_between(session, now - 2 * HOUR, later)
        assert [v.report_id for v in voices] == [report_id] * 9
        assert voices[0].spot == "漕溪北路100号"
    find_topics()
    [topic] = topics()
    assert (topic.count, len(topic.reports)) == (9, 1)


def test_without_anything_to_keep_nothing_is_written(database):
    find_topics()
    with writing() as session:
        keep(session, [])
    assert topics() == []
