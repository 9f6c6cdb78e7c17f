"""Taking part in a published report by its public id: joining, following, and what followers hear."""

from __future__ import annotations

import pytest

from feedback import (
    NotAllowed,
    OwnReport,
    Report,
    UnknownReport,
    allow_publication,
    erase,
    export_of,
    follow,
    followed_by,
    join_published,
    lifecycle,
    merge,
    unfollow,
    withdraw,
)
from storage import reading, writing
from tests.feedback.hearing import told


def public_id(report_id: int) -> str:
    with reading() as session:
        return session.get_one(Report, report_id).public_id


def do(function, *arguments):
    with writing() as session:
        return function(session, *arguments)


def move(change, report_id: int, name: str, **data) -> None:
    change(report_id, lambda session, report: lifecycle.change(report, name, "交通委", **data))


def test_who_joins_hears_like_everybody_and_counts(shown, change):
    report_id = shown()
    for _ in range(2):
        do(join_published, public_id(report_id), "web-2")
    told()
    move(change, report_id, "dispatch", department="交通委")
    assert told().keys() == {"web-1", "web-2"}
    with reading() as session:
        assert session.get_one(Report, report_id).endorsed == 1


def test_who_follows_hears_the_publics_words_and_does_not_count(shown, change):
    report_id = shown()
    for _ in range(2):
        do(follow, public_id(report_id), "web-2")
    told()
    move(change, report_id, "dispatch", department="交通委")
    move(change, report_id, "resolve", note="已给王先生13912345678换灯泡")
    heard = told()["web-2"]
    assert [words.split("：", 1)[1] for words in heard] == [
        "已派给交通委处置。",
        "已办结：已给某先生〔电话〕换灯泡。",
    ]
    with reading() as session:
        report = session.get_one(Report, report_id)
        assert report.endorsed == 0
        assert report.number not in str(heard).replace("-", "")


def test_who_joined_too_hears_once(shown, change):
    report_id = shown()
    do(join_published, public_id(report_id), "web-2")
    do(follow, public_id(report_id), "web-2")
    told()
    move(change, report_id, "dispatch")
    assert len(told()["web-2"]) == 1


def test_followers_hear_nothing_of_what_is_no_longer_public(shown, change):
    report_id = shown()
    do(follow, public_id(report_id), "web-2")
    told()
    change(report_id, allow_publication, False)
    move(change, report_id, "dispatch")
    assert "web-2" not in told()


def test_a_merged_one_stands_for_its_lead(shown, change):
    leading, other = shown(), shown(conversation_id="web-9")
    do(follow, public_id(other), "web-3")
    change(other, lambda session, report: merge(session, report, session.get_one(Report, leading), "甲", "同一件"))
    assert do(join_published, public_id(other), "web-2").id == leading
    told()
    move(change, leading, "dispatch")
    assert {"web-2", "web-3"} <= told().keys()
    change(leading, allow_publication, False)
    with pytest.raises(UnknownReport):
        do(join_published, public_id(other), "web-4")


def test_what_is_unknown_not_public_ones_own_or_done_is_refused(filed, shown, change):
    hidden, mine, done = filed(), shown(), shown(conversation_id="web-2")
    move(change, done, "dispatch")
    move(change, done, "resolve")
    for join in (join_published, follow):
        for unknown in ("0123456789abcdef", "", "' OR 1=1", public_id(hidden)):
            with pytest.raises(UnknownReport):
                do(join, unknown, "web-1")
        with pytest.raises(OwnReport):
            do(join, public_id(mine), "web-1")
        with pytest.raises(NotAllowed):
            do(join, public_id(done), "web-1")


def test_following_ends_when_it_is_no_longer_wished_or_the_resident_is_forgotten(shown):
    first, second = shown(), shown()
    for report_id in (first, second):
        do(follow, public_id(report_id), "web-2")
    with reading() as session:
        assert [report.id for report in followed_by(session, "web-2")] == [second, first]
        assert [kept["report"] for kept in export_of(session, "web-2")["follows"]] == [
            public_id(first),
            public_id(second),
        ]
    with writing() as session:
        unfollow(session, session.get_one(Report, second), "web-2")
    with reading() as session:
        assert [report.id for report in followed_by(session, "web-2")] == [first]
    do(erase, "web-2")
    with reading() as session:
        assert followed_by(session, "web-2") == []


def test_withdrawing_tells_no_follower(shown, change):
    report_id = shown()
    do(follow, public_id(report_id), "web-2")
    told()
    change(report_id, withdraw)
    assert "web-2" not in told()
