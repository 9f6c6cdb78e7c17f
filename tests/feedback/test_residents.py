from datetime import timedelta

import pytest

from feedback import (
    UnknownLinkCode,
    abusive_messages,
    endorse,
    endorsed_by,
    erase_contact,
    find_similar,
    latest_report,
    leave,
    mark_abuse,
    may_be_shown,
    new_link_code,
    owns,
    reports_of,
    supplement,
    take_notices,
    use_link_code,
)
from feedback.models import LinkCode, Report
from feedback.residents import CODE_LIVES
from feedback.review import accept, reject
from storage import reading, utcnow, writing


def code_of(conversation: str) -> str:
    with writing() as session:
        return new_link_code(session, conversation)


def link(code: str, conversation: str) -> None:
    with writing() as session:
        use_link_code(session, code, conversation)


def reports_seen_from(conversation: str) -> list[int]:
    with reading() as session:
        return [report.id for report in reports_of(session, conversation)]


def test_a_code_brings_the_reports_of_two_channels_together(filed):
    on_web, on_telegram = filed(conversation_id="web-1"), filed(conversation_id="telegram-1")
    link(code_of("web-1").lower().replace("-", " "), "telegram-1")
    assert reports_seen_from("web-1") == reports_seen_from("telegram-1") == [on_telegram, on_web]
    with reading() as session:
        report = session.get_one(Report, on_web)
        assert owns(session, "telegram-1", report)
        assert not owns(session, "telegram-2", report)


def test_whoever_links_a_third_channel_sees_all_three(filed):
    reports = [filed(conversation_id=name) for name in ("a", "b", "c")]
    link(code_of("a"), "b")
    link(code_of("c"), "b")
    assert {tuple(reports_seen_from(name)) for name in "abc"} == {tuple(reversed(reports))}


def test_a_code_works_once_for_another_and_for_a_while(database):
    code = code_of("web-1")
    with pytest.raises(UnknownLinkCode):
        link(code, "web-1")
    link(code, "telegram-1")
    for wrong in (code, "ABCD-2345", ""):
        with pytest.raises(UnknownLinkCode):
            link(wrong, "telegram-2")
    late = code_of("web-1")
    with writing() as session:
        session.query(LinkCode).update({LinkCode.expires_at: utcnow() - timedelta(seconds=1)})
    with pytest.raises(UnknownLinkCode):
        link(late, "telegram-2")
    assert timedelta(hours=1) > CODE_LIVES


def test_a_newer_code_ends_the_older_one(database):
    older, newer = code_of("web-1"), code_of("web-1")
    with pytest.raises(UnknownLinkCode):
        link(older, "telegram-1")
    link(newer, "telegram-1")


def test_abuse_is_counted_for_staff(database):
    with writing() as session:
        assert [mark_abuse(session, "web-1") for _ in range(3)] == [1, 2, 3]
    with reading() as session:
        assert (abusive_messages(session, "web-1"), abusive_messages(session, "web-2")) == (3, 0)


def similar(address: str, category: str = "road.streetlight", district: str = "徐汇区") -> int | None:
    with reading() as session:
        found = find_similar(session, category, district, address)
        return found and found.id


@pytest.mark.parametrize("address", ["漕溪北路100号", "徐汇区漕溪北路100号门口", "漕溪北路100号附近"])
def test_the_same_spot_is_found_however_it_is_told(filed, address):
    report_id = filed()
    assert similar(address) == report_id


def test_another_spot_category_or_district_is_another_matter(filed):
    filed()
    assert similar("漕溪北路200号") is None
    assert similar("漕溪北路") is None, "a road is long"
    assert similar("漕溪北路100号", category="road.manhole") is None
    assert similar("漕溪北路100号", district="静安区") is None


def test_a_report_that_is_no_longer_open_is_not_offered(filed, change):
    report_id = filed()
    change(report_id, reject, "甲", "不属于本市")
    assert similar("漕溪北路100号") is None


def test_who_joined_hears_what_the_reporter_hears(filed, change):
    report_id = filed()
    for _ in range(2):
        change(report_id, endorse, "telegram-9", "我家门口也黑")
    change(report_id, accept, "甲")
    with writing() as session:
        told = [notice.conversation_id for notice in take_notices(session) if "立案" in notice.text]
    assert told == ["web-1", "telegram-9"]
    with reading() as session:
        assert [report.id for report in endorsed_by(session, "telegram-9")] == [report_id]
        assert reports_of(session, "telegram-9") == []


def test_who_leaves_hears_no_more(filed, change):
    report_id = filed()
    change(report_id, endorse, "telegram-9", "我家门口也黑")
    change(report_id, leave, "telegram-9")
    with reading() as session:
        assert endorsed_by(session, "telegram-9") == []


def test_a_contact_is_forgotten_on_wish(filed):
    report_id = filed(contact="13800000000")
    with writing() as session:
        erase_contact(session, "web-1")
    with reading() as session:
        report = session.get_one(Report, report_id)
        assert (report.contact, report.consent, report.events[-1].name) == (None, None, "report.contact_erased")


def test_a_cry_of_despair_is_not_shown_but_can_be_added_to(filed):
    report_id = filed(kind="emergency", category="crisis.self_harm", urgent=True, address=None)
    with writing() as session:
        report = latest_report(session, "web-1")
        assert (report.id, may_be_shown(report)) == (report_id, False)
        supplement(session, report, "在家", {"address": "漕溪北路1号", "contradiction": ("徐汇区", "浦东新区")})
        assert report.address == "漕溪北路1号"


def test_a_notice_lets_the_answer_go_first(filed, change, monkeypatch):
    monkeypatch.setattr("feedback.notifications.ANSWER_FIRST", timedelta(minutes=1))
    change(filed(), accept, "甲")
    with writing() as session:
        assert take_notices(session) == []
