"""Who may know what of a resident: contact, identity, consent, reveals; a resident's rights; what is forgotten and exported."""

from __future__ import annotations

import csv
import json
from datetime import timedelta

import openpyxl
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select, text
from typer.testing import CliRunner

from bot import erasure
from channels import forgetting, journal
from channels.journal import Reply
from channels.models import Conversation, InboundMessage, OutboundMessage
from channels.outbound import write_notices
from channels.transcript import transcript
from feedback import (
    Erasure,
    Report,
    abusive_messages,
    accept,
    endorse,
    erase,
    erase_contact,
    export_of,
    find_report,
    mark_abuse,
    new_link_code,
    owns,
    scrub,
    set_identity,
    supplement,
    take_contact,
    use_link_code,
    withdraw,
)
from feedback.__main__ import app as command_line
from feedback.accounts import add_staff
from feedback.console import mount_console
from feedback.dispatch.delivery import deliver_next
from feedback.errors import ConsentMissing, ContactMissing, ReasonMissing, RevealRefused
from feedback.models import Endorsement, LinkCode, Rating, ReportEvent, ResidentLink
from feedback.privacy import consent, retention
from feedback.privacy.analysis import COLUMNS, pseudonym, rows
from feedback.privacy.contact import HIDDEN, masked, without_contact
from feedback.privacy.reveal import may_read_conversation, may_see_contact, reveal_contact
from feedback.settings import settings
from knowledge_base import Gap, rate_answer, record_gap
from storage import Base, engine, reading, utcnow, writing

PHONE = "13800138000"
PASSWORD = "a long password"


@pytest.fixture
def told(filed):
    """Files a report with a contact; returns its id."""
    return lambda **parts: filed(**({"contact": PHONE} | parts))


def the(report_id: int) -> Report:
    with reading() as session:
        return session.get_one(Report, report_id)


# --- the contact, and what the resident wrote ---


@pytest.mark.parametrize(
    ("words", "contact", "kept"),
    [
        (f"路灯坏了，我的电话{PHONE}", PHONE, f"路灯坏了，我的电话{HIDDEN}"),
        ("打138 0013 8000找我", PHONE, f"打{HIDDEN}找我"),
        ("打幺三八零零幺三八零零零找我", PHONE, f"打{HIDDEN}找我"),
        ("打+86 138-0013-8000找我", PHONE, f"打{HIDDEN}找我"),
        ("小广告上写着13912345678", PHONE, "小广告上写着13912345678"),
        ("写信到 a.b@example.com", "A.B@example.com", f"写信到 {HIDDEN}"),
        ("路灯坏了", PHONE, "路灯坏了"),
        (f"电话{PHONE}", None, f"电话{PHONE}"),
    ],
)
def test_the_own_contact_does_not_stay_in_the_words(words, contact, kept):
    assert without_contact(words, contact) == kept


def test_a_contact_is_masked_so_that_its_owner_knows_it():
    assert (masked(PHONE), masked("ab12")) == ("138****8000", "a****12")


def test_the_text_and_what_is_added_to_it_hide_the_own_contact(told, change):
    report_id = told(text=f"路灯坏了，电话{PHONE}")
    change(report_id, supplement, f"再说一遍，{PHONE}")
    assert the(report_id).text == f"路灯坏了，电话{HIDDEN}"
    with reading() as session:
        assert PHONE not in session.scalars(select(ReportEvent.data)).all()[-1]["words"]


def test_a_contact_told_later_is_hidden_in_the_text_too(filed, change):
    report_id = filed(text=f"路灯坏了，电话{PHONE}")
    change(report_id, take_contact, PHONE)
    assert (the(report_id).text, the(report_id).identity) == (f"路灯坏了，电话{HIDDEN}", "confidential")


# --- consent ---


def test_the_words_that_are_agreed_to_are_registered():
    assert consent.CURRENT in consent.texts()
    assert all(consent.texts().values())


@pytest.mark.parametrize("version", ["", "2001-01"])
def test_no_contact_is_stored_without_consent_to_a_text_that_exists(told, filed, change, version):
    with pytest.raises(ConsentMissing):
        told(consent=version)
    report_id = filed()
    with pytest.raises(ConsentMissing):
        change(report_id, take_contact, PHONE, version)
    assert the(report_id).contact is None


# --- identity ---


def test_whoever_stays_anonymous_leaves_no_contact_even_if_they_told_one(told):
    report = the(told(identity="anonymous", text=f"打{PHONE}"))
    assert (report.contact, report.consent, report.identity, report.text) == (None, None, "anonymous", f"打{HIDDEN}")


def sent_to_the_department(client, monkeypatch) -> dict:
    sent = {}
    monkeypatch.setattr(client["default"], "send", lambda request, key: sent.update(request) or "1")
    assert deliver_next(client)
    return sent


@pytest.mark.parametrize(
    ("parts", "reach"),
    [
        ({"identity": "named"}, {"phone": PHONE}),
        ({"identity": "named", "contact": "a.b@example.com"}, {"email": "a.b@example.com"}),
        ({"identity": "named", "kind": "tipoff"}, {}),
        ({"identity": "confidential"}, {}),
        ({"identity": "anonymous"}, {}),
        ({}, {}),
    ],
)
def test_the_department_may_reach_only_who_gave_their_name(told, change, client, monkeypatch, parts, reach):
    change(told(text=f"路灯坏了，电话{PHONE}", **parts), accept, "甲")
    sent = sent_to_the_department(client, monkeypatch)
    assert {name: value for name, value in sent.items() if name in ("phone", "email")} == reach
    assert PHONE in json.dumps(sent) or reach.get("phone") is None


def test_the_payload_of_a_tipoff_tells_nothing_of_who_reported(told, change, client, monkeypatch):
    report_id = told(kind="tipoff", identity="named", text=f"有人偷排，电话{PHONE}")
    change(report_id, accept, "甲")
    sent = json.dumps(sent_to_the_department(client, monkeypatch), ensure_ascii=False)
    assert not [part for part in (PHONE, PHONE[-4:], "web-1") if part in sent]


def test_who_becomes_confidential_before_it_is_sent_is_not_told_to_the_department(told, change, client, monkeypatch):
    report_id = told(identity="named")
    change(report_id, accept, "甲")
    change(report_id, set_identity, "confidential")
    assert "phone" not in sent_to_the_department(client, monkeypatch)
    assert the(report_id).contact == PHONE


@pytest.mark.parametrize(("identity", "kept"), [("confidential", PHONE), ("anonymous", None)])
def test_that_a_department_has_had_the_contact_is_noted_for_staff(told, change, client, history, identity, kept):
    report_id = told(identity="named")
    change(report_id, accept, "甲")
    deliver_next(client)
    change(report_id, set_identity, identity)
    assert history(report_id)[-3:-1] == ["work_order.outdated", "report.identity_changed"]
    assert (the(report_id).contact, the(report_id).identity) == (kept, identity)


def test_no_department_is_noted_that_never_had_it(told, change, client, history):
    report_id = told(identity="confidential")
    change(report_id, accept, "甲")
    deliver_next(client)
    change(report_id, set_identity, "anonymous")
    assert "work_order.outdated" not in history(report_id)


def test_nobody_is_named_without_a_contact(filed, change, history):
    report_id = filed()
    with pytest.raises(ContactMissing):
        change(report_id, set_identity, "named")
    change(report_id, set_identity, "anonymous")
    assert "report.identity_changed" not in history(report_id), "nothing changed"
    with pytest.raises(ValueError, match="no identity"):
        change(report_id, set_identity, "famous")


def test_a_history_never_holds_the_contact(told, change):
    report_id = told(identity="named")
    change(report_id, take_contact, "13912345678")
    change(report_id, set_identity, "anonymous")
    with reading() as session:
        assert not [
            e for e in session.scalars(select(ReportEvent)) if PHONE in str(vars(e)) or "13912345678" in str(vars(e))
        ]


# --- reveals ---


@pytest.mark.parametrize(
    ("kind", "identity", "role", "contact", "conversation"),
    [
        ("complaint", "named", "clerk", True, True),
        ("complaint", "confidential", "clerk", False, True),
        ("complaint", "confidential", "coordinator", True, True),
        ("tipoff", "named", "clerk", False, False),
        ("tipoff", "named", "coordinator", True, True),
        ("tipoff", "confidential", "admin", True, True),
    ],
)
def test_who_may_see_who_reported(kind, identity, role, contact, conversation):
    report = Report(kind=kind, identity=identity)
    assert (may_see_contact(report, role), may_read_conversation(report, role)) == (contact, conversation)


def test_a_reveal_needs_a_reason_and_is_kept(told, change, history):
    report_id = told(identity="named")
    with pytest.raises(ReasonMissing):
        change(report_id, reveal_contact, "工作人员 甲", "clerk", " ")
    assert change(report_id, reveal_contact, "工作人员 甲", "clerk", "核实地点") == PHONE
    assert history(report_id)[-2] == "contact.revealed"
    with writing() as session:
        session.add(Conversation(id="web-1", channel="web"))
        session.flush()
        write_notices(session)
    assert [line["text"] for line in transcript("web-1")] == [], "the resident hears of it when they ask"


def test_a_refused_reveal_leaves_no_trace(told, filed, change, history):
    report_id = told(kind="tipoff")
    with pytest.raises(RevealRefused):
        change(report_id, reveal_contact, "工作人员 甲", "clerk", "好奇")
    with pytest.raises(ContactMissing):
        change(filed(), reveal_contact, "工作人员 甲", "admin", "核实")
    assert "contact.revealed" not in history(report_id)


@pytest.fixture
def console(database):
    """Logs a member of staff of a role in to the console; returns their browser."""
    app = FastAPI()
    mount_console(app, transcript)

    def log_in(role: str) -> TestClient:
        with writing() as session:
            add_staff(session, role, "clerk", PASSWORD).role = role
        browser = TestClient(app)
        browser.get("/console/login")
        browser.headers["X-CSRFToken"] = browser.cookies["starlette_admin_csrftoken"]
        answer = browser.post("/console/login", data={"username": role, "password": PASSWORD}, follow_redirects=False)
        assert answer.status_code == 303
        return browser

    return log_in


def reveal(browser: TestClient, report_id: int):
    return browser.post(f"/console/_api/report/row-action?pk={report_id}&name=reveal", data={"reason": "核实地点"})


def exported(browser: TestClient, report_id: int):
    return browser.post(f"/console/_api/report/action?name=export&pks={report_id}", data={"format": "csv"})


def test_no_page_list_or_export_of_the_console_holds_the_contact(console, told, change):
    report_id = told(identity="named", address="漕溪北路77号")
    change(report_id, reveal_contact, "工作人员 甲", "admin", "核实")
    browser = console("admin")
    answers = [
        browser.get("/console/report/list"),
        browser.get(f"/console/report/detail?pk={report_id}"),
        browser.get(f"/console/report/edit?pk={report_id}"),
        browser.get(f"/console/_api/report/inline-edit/row?pk={report_id}"),
        exported(browser, report_id),
    ]
    assert [answer.status_code for answer in answers] == [200] * 5
    assert not [answer.url for answer in answers if PHONE in answer.text]
    assert "漕溪北路77号" in answers[0].text
    assert "路灯坏了" in answers[-1].text
    assert ["138****8000" in answer.text for answer in answers] == [False, True, False, False, False]


def test_the_contact_is_shown_once_to_who_says_why(console, told):
    report_id = told(identity="named")
    browser = console("clerk")
    assert reveal(browser, report_id).status_code == 200
    detail = f"/console/report/detail?pk={report_id}"
    assert [PHONE in browser.get(detail).text for _ in range(2)] == [True, False]
    assert "核实地点" in browser.get(detail).text


def test_a_clerk_sees_neither_contact_nor_conversation_of_a_tipoff(console, told):
    report_id = told(kind="tipoff", identity="named")
    with writing() as session:
        session.add(Conversation(id="web-1", channel="web"))
        journal.take_in(session, "web-1", "m", "我是他们厂里的会计")
    detail = f"/console/report/detail?pk={report_id}"
    clerk, admin = console("clerk"), console("admin")
    refused = reveal(clerk, report_id)
    assert (refused.status_code, PHONE in refused.text) == (400, False)
    assert ["会计" in browser.get(detail).text for browser in (clerk, admin)] == [False, True]
    assert "只有协调员和管理员可以查看" in clerk.get(detail).text


def test_the_conversation_shows_nobody_the_number_that_was_told_in_it(console, told):
    report_id = told(identity="confidential")
    with writing() as session:
        session.add(Conversation(id="web-1", channel="web"))
        journal.take_in(session, "web-1", "m", f"我的手机是{PHONE}")
    page = console("admin").get(f"/console/report/detail?pk={report_id}").text
    assert "我的手机是" in page
    assert PHONE not in page


# --- a resident's rights ---


@pytest.fixture
def resident(told, change) -> tuple[int, int]:
    """Somebody with a report, who joined another's, asked and rated, on two linked channels; the ids of the two reports."""
    own = told(conversation_id="web-1", identity="named")
    others = told(conversation_id="web-9", contact="13912345678")
    change(others, endorse, "web-1", "我家门口也黑")
    change(own, reveal_contact, "工作人员 甲", "admin", "核实地点")
    with writing() as session:
        session.add_all(Conversation(id=name, channel="web") for name in ("web-1", "telegram-1"))
        session.flush()
        for name in ("web-1", "telegram-1"):
            journal.take_in(session, name, "m", "删掉我的信息")
            journal.finish(session, journal.claim(session, name), [Reply("好的")])
        record_gap(session, "怎么领养小猫", "telegram-1", "q1")
        rate_answer(session, True, "guide", "", "web-1", None)
        session.add(Rating(report_id=own, conversation_id="web-1", stars=4, words="不错"))
        use_link_code(session, new_link_code(session, "web-1"), "telegram-1")
        new_link_code(session, "telegram-1")
        mark_abuse(session, "web-1")
    return own, others


def erase_all(conversation_id: str = "web-1") -> int:
    with writing() as session:
        return erase(session, conversation_id)


def carry_out(monkeypatch) -> None:
    monkeypatch.setattr(erasure, "ANSWER_FIRST", timedelta(0))
    erasure.erase_waiting()


def rows_that_name(*conversations: str) -> list[str]:
    """The tables in which a conversation is still named; one that is added later is looked at too."""
    columns = [table.c.conversation_id for table in Base.metadata.sorted_tables if "conversation_id" in table.c]
    with engine().connect() as connection:
        named = [
            column.table.name
            for column in (*columns, Conversation.__table__.c.id)
            if connection.scalar(select(column).where(column.in_(conversations)).limit(1))
        ]
    return sorted(named)


def test_a_resident_sees_everything_that_is_kept_of_them_and_nothing_of_others(resident):
    with reading() as session:
        seen = export_of(session, "telegram-1")
    whole = json.dumps(seen, ensure_ascii=False)
    for part in (
        PHONE,
        "怎么领养小猫",
        "我家门口也黑",
        "核实地点",
        "不错",
        "路灯坏了",
        consent.texts()[consent.CURRENT][:8],
    ):
        assert part in whole
    for part in ("13912345678", "甲", "report."):
        assert part not in whole
    assert seen["abusive_messages"] == 1
    assert [len(seen[part]) for part in ("conversations", "reports", "endorsements", "questions")] == [2, 1, 1, 1]


def test_who_is_nobody_gets_an_empty_export(database):
    with reading() as session:
        assert export_of(session, "web-5")["reports"] == []


def test_after_an_erasure_reports_stay_and_nothing_names_their_resident(resident, history, monkeypatch):
    own, others = resident
    assert erase_all("telegram-1") == 1
    report = the(own)
    assert report.conversation_id.startswith("erased-")
    assert (report.contact, report.consent, report.identity) == (None, None, "anonymous")
    assert "report.unlinked" in history(own)
    assert the(others).contact == "13912345678"
    with reading() as session:
        assert not owns(session, "web-1", report)
        assert find_report(session, report.number).state == report.state
        assert session.scalars(select(Endorsement)).one().text == "我家门口也黑"
        assert session.scalars(select(Gap)).one().conversation_id is None
        assert not session.scalars(select(ResidentLink)).all() + session.scalars(select(LinkCode)).all()
        assert abusive_messages(session, "web-1") == 0
    carry_out(monkeypatch)
    assert rows_that_name("web-1", "telegram-1") == []
    with reading() as session:
        assert all(done.done_at for done in session.scalars(select(Erasure)))


def test_a_second_erasure_finds_nothing_and_does_no_harm(resident, monkeypatch):
    assert [erase_all(), erase_all()] == [1, 0]
    carry_out(monkeypatch)
    assert erase_all() == 0
    carry_out(monkeypatch)
    assert rows_that_name("web-1") == []


def test_the_answer_comes_before_the_conversation_goes(resident):
    erase_all()
    erasure.erase_waiting()
    assert "conversations" in rows_that_name("web-1")


def test_a_message_that_waits_is_answered_before_the_conversation_goes(resident, monkeypatch):
    with writing() as session:
        journal.take_in(session, "web-1", "m2", "还有一件事")
    erase_all()
    carry_out(monkeypatch)
    assert "inbound_messages" in rows_that_name("web-1")
    with writing() as session:
        turn = journal.claim(session, "web-1")
    carry_out(monkeypatch)
    with writing() as session:
        journal.finish(session, turn, [Reply("好的")])
    carry_out(monkeypatch)
    assert rows_that_name("web-1") == []


def test_who_writes_on_after_the_erasure_keeps_what_came_later(resident, monkeypatch):
    erase_all()
    with writing() as session:
        journal.take_in(session, "web-1", "m2", "路灯又坏了")
        journal.finish(session, journal.claim(session, "web-1"), [Reply("收到")])
    carry_out(monkeypatch)
    assert [line["text"] for line in transcript("web-1")] == ["路灯又坏了", "收到"]


def test_an_erased_report_goes_on_and_its_notices_go_nowhere(resident, change, monkeypatch, client):
    own, _ = resident
    erase_all()
    carry_out(monkeypatch)
    change(own, accept, "甲")
    assert deliver_next(client)
    with writing() as session:
        write_notices(session)
    assert the(own).state == "dispatched"
    change(own, withdraw)


def test_rasas_memory_goes_too(resident, monkeypatch):
    with engine().begin() as connection:
        connection.execute(text("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id TEXT, timestamp FLOAT)"))
        for number, sender in enumerate(("web-1", "telegram-1", "web-9")):
            connection.execute(text(f"INSERT INTO events VALUES ({number}, '{sender}', 1.0)"))
    erase_all()
    carry_out(monkeypatch)
    with engine().connect() as connection:
        assert connection.scalars(text("SELECT sender_id FROM events")).all() == ["web-9"]


def test_that_a_department_has_had_the_contact_is_noted_on_erasure(told, change, client, history):
    report_id = told(identity="named")
    change(report_id, accept, "甲")
    deliver_next(client)
    erase_all()
    assert "work_order.outdated" in history(report_id)


def test_a_contact_that_is_erased_makes_anonymous(told):
    report_id = told(identity="named")
    with writing() as session:
        erase_contact(session, "web-1")
    assert (the(report_id).contact, the(report_id).identity) == (None, "anonymous")


# --- retention ---


def test_contacts_of_closed_reports_and_the_record_of_reveals_are_kept_so_long(told, change, monkeypatch, history):
    old, fresh = told(identity="named"), told(identity="named")
    change(old, reveal_contact, "工作人员 甲", "admin", "核实")
    change(old, withdraw)
    late = utcnow() + timedelta(days=settings().keep_contact_days, hours=1)
    monkeypatch.setattr(retention, "utcnow", lambda: late)
    retention.expire()
    assert (the(old).contact, the(fresh).contact) == (None, PHONE)
    assert history(old)[-2] == "report.contact_expired"
    assert "contact.revealed" in history(old)
    late = utcnow() + timedelta(days=settings().keep_reveals_days, hours=1)
    retention.expire()
    assert "contact.revealed" not in history(old)


def test_words_are_forgotten_batch_after_batch_but_none_that_waits(database):
    moment = utcnow()
    with writing() as session:
        session.add(Conversation(id="web-1", channel="web"))
        session.flush()
        for number in range(5):
            journal.take_in(session, "web-1", f"m{number}", "话")
            if number < 4:
                journal.finish(session, journal.claim(session, "web-1"), [Reply("答")])
    forgotten = []
    while not forgotten or forgotten[-1]:
        with writing() as session:
            forgotten.append(forgetting.expire(session, moment + timedelta(hours=1), most=3))
    assert forgotten == [3, 1, 0]
    with reading() as session:
        assert session.scalars(select(InboundMessage.state)).all() == ["waiting"]
        assert not session.scalars(select(OutboundMessage)).all()


# --- export for analysis ---


def test_an_export_tells_of_nobody(told, tmp_path):
    number = the(told(text="3号楼王先生半夜唱歌，打13912345678", subdistrict="徐家汇街道")).number
    told(text="=cmd()")
    for name in ("a.csv", "a.xlsx"):
        assert CliRunner().invoke(command_line, ["export", str(tmp_path / name)]).exit_code == 0
    first, second = csv.DictReader((tmp_path / "a.csv").open(encoding="utf-8-sig"))
    assert first["text"] == "〔门牌〕某先生半夜唱歌，打〔电话〕"
    assert (first["district"], first["subdistrict"]) == ("徐汇区", "徐家汇街道")
    assert second["text"] == "'=cmd()", "no spreadsheet takes it for a formula"
    for secret in (PHONE, number, "web-1", "漕溪北路"):
        assert secret not in (tmp_path / "a.csv").read_text("utf-8")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert [cell.value for cell in sheet[1]] == list(COLUMNS)
    assert sheet.max_row == 3


def test_a_report_has_the_same_pseudonym_in_every_export_and_another_under_another_key(told):
    told()
    with reading() as session:
        assert next(rows(session))[0] == next(rows(session))[0]
    assert pseudonym("n", b"a") != pseudonym("n", b"b")


SCRUBBED = [
    line.split(" => ")
    for line in """
我的电话13800138000，晚上打 => 我的电话〔电话〕，晚上打
幺三八零零幺三八零零零找我 => 〔电话〕找我
座机021-64378888转802 => 座机〔电话〕
微信号abc12345，加我 => 〔微信〕，加我
邮箱 a.b@example.com => 邮箱 〔邮箱〕
身份证310101199001011234 => 身份证〔证件号〕
身份证310101 19900101 123X丢了 => 身份证〔证件号〕丢了
银行卡6222021234567890123被骗 => 银行卡〔号码〕被骗
QQ号12345678 => 〔QQ〕
护照E12345678丢了 => 护照〔号码〕丢了
沪A12345停在消防通道 => 〔车牌〕停在消防通道
苏E·8K6P9占道 => 〔车牌〕占道
沪AD12345绿牌车乱停 => 〔车牌〕绿牌车乱停
编号20261127-ABCD-EFGHJ一直没人管 => 编号〔编号〕一直没人管
网址 https://a.example/x?u=1 骗人 => 网址 〔网址〕 骗人
漕溪北路100号路灯坏了 => 漕溪北路100号路灯坏了
漕溪北路100弄12号302室漏水 => 漕溪北路100弄〔门牌〕漏水
漕溪北路100号302室门口有垃圾 => 漕溪北路100号〔门牌〕门口有垃圾
漕溪北路100号502楼上漏水 => 漕溪北路100号〔门牌〕楼上漏水
田林新村12号楼道堆物 => 田林新村〔门牌〕楼道堆物
幸福小区3号楼2单元501漏水 => 幸福小区〔门牌〕漏水
幸福小区三号楼二单元五零一室漏水 => 幸福小区〔门牌〕漏水
住在3-2-501的人养狗 => 住在〔门牌〕的人养狗
我叫王建国，住在徐汇 => 我叫某某，住在徐汇
联系人：赵小明 => 联系人：某某
店主姓张，不退钱 => 店主姓某，不退钱
老板姓李的不给发票 => 老板姓某的不给发票
王先生天天半夜唱歌 => 某先生天天半夜唱歌
张丽老师打学生 => 某老师打学生
居委会李书记态度很好 => 居委会某书记态度很好
王小明同学被打 => 某同学被打
小王说不归他管 => 小某说不归他管
老百姓出行不便 => 老百姓出行不便
姓名写错了怎么改 => 姓名写错了怎么改
一室一厅的房子群租 => 一室一厅的房子群租
两室户住了十五个人 => 两室户住了十五个人
郊区一幢小楼没有挂牌 => 郊区一幢小楼没有挂牌
1号线3号口电梯坏了 => 1号线3号口电梯坏了
2026年11月27日18:30断电 => 2026年11月27日18:30断电
一栋楼着火了 => 一栋楼着火了
隔壁老师傅装修 => 隔壁老师傅装修
停了3天，100多户没水，费用3000元不退 => 停了3天，100多户没水，费用3000元不退
""".strip().splitlines()
]


@pytest.mark.parametrize(("told_so", "left"), SCRUBBED)
def test_words_lose_what_tells_of_a_person_and_nothing_else(told_so, left):
    assert scrub(told_so) == left
