"""What the public may see: one rule, as a question about a report and as a query."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from feedback import (
    Report,
    allow_publication,
    confirm_alarm,
    endorse,
    leave,
    lifecycle,
    may_be_published,
    merge,
    open_alarms,
    part,
    public_text,
    public_view,
    published,
    reject,
    withdraw,
)
from feedback.errors import ReasonMissing
from feedback.privacy.scrub import _MAY_HOLD_CONTACTS
from feedback.publication import block_publication, unblock_publication
from nlu.contacts import contacts, with_digits
from storage import engine, reading, writing


def seen(**wanted) -> list[int]:
    with reading() as session:
        return [report.id for report in published(session, **wanted)]


def check(report_id: int, public: bool) -> None:
    """The question and the query must agree."""
    with reading() as session:
        assert may_be_published(session.get_one(Report, report_id)) == public
    assert (report_id in seen()) == public


def test_what_the_resident_allowed_and_staff_took_is_shown(shown):
    check(shown(), True)


@pytest.mark.parametrize(
    "parts",
    [
        {"publishable": False},
        {"kind": "tipoff"},
        {"kind": "emergency", "urgent": True},
        {"category": "labor.wages"},
        {"category": "security.domestic_violence"},
        {"category": "health.service"},
        {"category": "education.school"},
        {"category": "crisis.self_harm"},
    ],
)
def test_what_is_private_or_not_allowed_is_not(shown, parts):
    check(shown(**parts), False)


def test_what_nobody_has_looked_at_was_refused_or_taken_back_is_not(filed, shown, change):
    check(filed(publishable=True), False)
    refused, taken_back = filed(publishable=True), shown()
    change(refused, reject, "甲", "不属于本市")
    change(taken_back, withdraw)
    check(refused, False)
    check(taken_back, False)


def test_a_resident_allows_and_no_longer_allows_with_history(shown, change, history):
    report_id = shown(publishable=False)
    for allowed in (True, True, False):
        change(report_id, allow_publication, allowed)
    assert history(report_id)[-3:-1] == ["report.publication_allowed", "report.publication_refused"]
    check(report_id, False)


def test_staff_keep_a_report_back_with_a_reason(shown, change, history):
    report_id = shown()
    with pytest.raises(ReasonMissing):
        change(report_id, block_publication, "工作人员 甲", " ")
    check(report_id, True)
    change(report_id, block_publication, "工作人员 甲", "说到了邻居的病")
    check(report_id, False)
    assert "report.publication_blocked" in history(report_id)


def test_the_public_reads_no_names_and_knows_no_number(shown):
    report_id = shown(text="王先生家门口路灯坏了，打13912345678")
    with reading() as session:
        report = session.get_one(Report, report_id)
        assert public_text(report) == "某先生家门口路灯坏了，打〔电话〕"
        assert len(report.public_id) == 16
        assert report.public_id not in report.number


def test_pages_follow_one_another_and_can_be_narrowed(shown):
    first, second, third = shown(), shown(category="road.manhole"), shown(district="静安区")
    assert seen(most=2) == [third, second]
    with reading() as session:
        last = session.get_one(Report, second).public_id
    assert seen(before=last) == [first]
    assert seen(category="road.manhole") == [second]
    assert seen(district="静安区") == [third]
    assert seen(state="resolved") == []
    assert seen(before="none such") == []


def test_the_query_walks_its_index(shown, database):
    if database != "sqlite":  # a planner with statistics reads a table of few rows whole
        return
    shown()
    with engine().connect() as connection:
        plan = str(
            connection.execute(
                text("EXPLAIN QUERY PLAN SELECT id FROM reports WHERE publishable = 1 ORDER BY id DESC LIMIT 50")
            ).all()
        )
    assert "ix_reports_public_newest" in plan
    assert "TEMP B-TREE" not in plan


def test_an_urgent_one_waits_until_somebody_has_confirmed_its_alarm(shown, change):
    report_id = shown(urgent=True, category="road.manhole")
    check(report_id, False)
    change(report_id, lambda session, report: confirm_alarm(session, open_alarms(session)[0].id, "工作人员 甲"))
    check(report_id, True)


def test_what_was_kept_back_can_be_shown_again_with_a_reason(shown, change, history):
    report_id = shown()
    change(report_id, block_publication, "工作人员 甲", "看错了")
    with pytest.raises(ReasonMissing):
        change(report_id, unblock_publication, "工作人员 甲", "")
    change(report_id, unblock_publication, "工作人员 甲", "是另一件")
    check(report_id, True)
    assert "report.publication_unblocked" in history(report_id)


def test_where_people_live_the_number_of_the_house_stays_out(shown):
    words = {"text": "漕溪北路100弄5号楼302室太吵", "address": "漕溪北路100弄5号楼302室"}
    at_home, in_the_street = shown(category="noise.living", **words), shown(category="road.streetlight", **words)
    with reading() as session:
        home, street = (public_view(session.get_one(Report, report_id)) for report_id in (at_home, in_the_street))
    assert (home.text, home.address) == ("漕溪北路〔门牌〕太吵", "漕溪北路〔门牌〕")
    assert street.address == "漕溪北路100弄〔门牌〕"


def test_nobody_finds_a_report_by_what_was_taken_out_of_it(shown):
    report_id = shown(text="王先生家门口路灯坏了，打13912345678")
    assert seen(words="13912345678") == seen(words="王先生") == seen(words="路灯 13912345678") == []
    assert seen(words="路灯 漕溪北路") == [report_id]


def test_the_list_follows_the_wished_order_page_by_page(shown, change):
    old, done, new = shown(), shown(category="road.manhole"), shown()
    change(done, lambda session, report: lifecycle.change(report, "dispatch", "甲"))
    change(done, lambda session, report: lifecycle.change(report, "resolve", "交通委"))
    for neighbour in ("web-2", "web-3"):
        change(old, endorse, neighbour, "")
    change(done, endorse, "web-2", "")
    for order, expected in (("newest", [new, done, old]), ("endorsed", [old, done, new]), ("waiting", [old, new])):
        assert seen(order=order) == expected
        pages, before = [], None
        while page := read(order=order, most=1, before=before):
            pages.append(page[0].id)
            before = page[0].public_id
        assert pages == expected
    assert (seen(state="open"), seen(state="done")) == ([new, old], [done])
    assert seen(kind="complaint", category="road.manhole") == [done]


def test_others_are_counted_once_through_mergers_and_back(filed, shown, change):
    leading, other = shown(), filed(conversation_id="web-2")
    change(leading, endorse, "web-3", "")
    change(other, endorse, "web-3", "")
    change(other, endorse, "web-4", "")
    change(other, lambda session, report: merge(session, report, session.get_one(Report, leading), "甲", "同一件"))
    assert endorsed(leading) == 3, "web-2, web-3 and web-4"
    change(leading, leave, "web-3")
    assert endorsed(leading) == 3, "web-3 joined the other one too"
    change(other, part, "甲", "不是同一件")
    assert (endorsed(leading), endorsed(other)) == (0, 2)


def test_the_owner_of_a_merged_one_who_takes_it_back_counts_no_more(filed, shown, change):
    leading, other = shown(), filed(conversation_id="web-2")
    change(other, lambda session, report: merge(session, report, session.get_one(Report, leading), "甲", "同一件"))
    change(other, withdraw)
    assert endorsed(leading) == 0


def test_joining_does_not_get_in_the_way_of_staff(shown, change):
    report_id = shown()
    with writing() as session:
        opened = session.get_one(Report, report_id)
        before = opened.version
        endorse(session, opened, "web-2", "")
    with reading() as session:
        assert session.get_one(Report, report_id).version == before


def endorsed(report_id: int) -> int:
    with reading() as session:
        return session.get_one(Report, report_id).endorsed


def read(**wanted) -> list[Report]:
    with reading() as session:
        return published(session, **wanted)


@given(
    st.lists(
        st.sampled_from(["13912345678", "5", "幺三八", "0", "（021）", "-", "+86", "微信 ab12345", "a@b.cn", "路"])
    )
)
def test_contacts_are_looked_for_wherever_there_is_one(parts):
    told = with_digits("".join(parts))
    assert not list(contacts(told)) or _MAY_HOLD_CONTACTS.search(told)


def test_a_district_that_the_address_names_is_said_once(shown):
    report_id = shown(district="徐汇区", address="徐汇区漕溪北路100号")
    with reading() as session:
        assert public_view(session.get_one(Report, report_id)).place == "徐汇区漕溪北路100号"
