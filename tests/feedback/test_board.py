"""The public board as a reader without a browser gets it: what is shown, what never is, feeds and open data."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from xml.etree import ElementTree

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from feedback import Report, allow_publication, answer, attach, endorse, lifecycle, reject
from feedback.attachments.approval import approve
from feedback.board import mount_board, numbers
from feedback.board.data import FIELDS
from feedback.board.numbers import FEWEST
from feedback.board.places import DISTRICTS
from feedback.models import SELF_HARM
from feedback.publication import block_publication
from nlu.places import districts
from storage import reading, utcnow, writing
from tests.pictures import jpeg

ATOM = "{http://www.w3.org/2005/Atom}"
PAGES = ("", "reports", "feed.atom", "data/reports.csv", "data/reports.json")
"""Wherever words of reports are shown."""


@pytest.fixture
def board(database) -> TestClient:
    numbers.forget()
    app = FastAPI()
    mount_board(app)
    return TestClient(app, base_url="https://city.example/board/")


@pytest.fixture
def solved(shown, change):
    """Files a report that the public may see and the department solved; returns its id."""

    def make(note: str = "", **parts) -> int:
        report_id = shown(**parts)
        change(report_id, lambda session, report: lifecycle.change(report, "dispatch", "交通委", department="交通委"))
        change(report_id, lambda session, report: lifecycle.change(report, "resolve", "交通委", note=note))
        return report_id

    return make


def public_id(report_id: int) -> str:
    with reading() as session:
        return session.get_one(Report, report_id).public_id


def rows(board: TestClient, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(board.get(address).content.decode("utf-8-sig"))))


def entries(board: TestClient, address: str = "feed.atom") -> list[ElementTree.Element]:
    return ElementTree.fromstring(board.get(address).content).findall(f"{ATOM}entry")


def test_a_published_report_is_on_every_page_with_its_own_words(board, solved):
    report_id = solved(text="桂林路口路灯整排不亮")
    for page in PAGES:
        assert "桂林路口路灯整排不亮" in board.get(page).text, page
    assert "桂林路口路灯整排不亮" in board.get(public_id(report_id)).text


SECRET = "只有他自己知道的事"


@pytest.mark.parametrize(
    "parts",
    [
        {"publishable": False},
        {"kind": "tipoff"},
        {"category": SELF_HARM, "text": f"{SECRET}，不想活了"},
        {"category": "health.service"},
        {"category": "security.domestic_violence"},
        {"kind": "emergency", "urgent": True},
        {"urgent": True},
    ],
)
def test_what_is_nobodys_business_is_nowhere(board, shown, parts):
    check_hidden(board, shown(**({"text": SECRET} | parts)))


@pytest.mark.parametrize(
    "hide",
    [
        lambda session, report: block_publication(session, report, "甲", "说到了邻居"),
        lambda session, report: allow_publication(session, report, False),
    ],
)
def test_what_is_taken_back_is_gone_from_everywhere(board, solved, change, hide):
    report_id = solved(text=SECRET)
    assert board.get(public_id(report_id)).status_code == 200
    change(report_id, hide)
    check_hidden(board, report_id)


def test_what_nobody_has_looked_at_or_staff_refused_is_nowhere(board, filed, change):
    report_id = filed(publishable=True, text=SECRET)
    check_hidden(board, report_id)
    change(report_id, reject, "甲", "不属于本市")
    check_hidden(board, report_id)


def check_hidden(board: TestClient, report_id: int) -> None:
    """Nowhere, and its address answers as one that never was."""
    hidden, unknown = board.get(public_id(report_id)), board.get("0" * 16)
    assert (hidden.status_code, unknown.status_code) == (404, 404)
    assert hidden.text == unknown.text
    assert "没有这个页面，或者这件诉求没有公开" in unknown.text
    for page in (*PAGES, f"reports?words={SECRET}"):
        assert SECRET not in board.get(page).text.replace(f'value="{SECRET}"', ""), page
        assert public_id(report_id) not in board.get(page).text, page


def test_nothing_tells_who_wrote_or_worked_on_it(board, solved, change):
    report_id = solved(
        "王先生13912345678的灯换好了", text="我叫李小明，家门口路灯坏了，打13912345678", contact="13912345678"
    )
    change(report_id, endorse, "web-77", "我家张阿姨也遇到")
    change(report_id, lambda session, report: lifecycle.record(report, "report.reviewed", "工作人员 甲", "问过了"))
    change(report_id, lambda session, report: lifecycle.change(report, "reopen", "工作人员 甲", "内部的理由"))
    change(report_id, lambda session, report: lifecycle.change(report, "dispatch", "交通委"))
    change(report_id, lambda session, report: lifecycle.change(report, "bounce", "交通委", "不归我们", note="踢给别人"))
    with reading() as session:
        report = session.get_one(Report, report_id)
        secrets = (report.number, report.number[:8] + "-" + report.number[8:12], report.conversation_id, "web-77")
    pages = [board.get(page).text for page in (*PAGES, public_id(report_id))]
    for secret in (
        *secrets,
        "13912345678",
        "李小明",
        "王先生",
        "张阿姨",
        "工作人员 甲",
        "内部的理由",
        "问过了",
        "不归我们",
        "踢给别人",
    ):
        assert not any(secret in page for page in pages), secret


def test_the_number_that_the_owner_knows_opens_nothing(board, shown):
    with reading() as session:
        report = session.get_one(Report, shown())
    assert board.get(report.number).status_code == 404
    assert board.get(str(report.id)).status_code == 404


def test_one_report_tells_its_steps_place_department_and_how_to_join(board, shown, change):
    report_id = shown()
    change(report_id, lambda session, report: lifecycle.change(report, "dispatch", "系统", department="交通委"))
    change(report_id, endorse, "web-2", "")
    page = board.get(public_id(report_id)).text
    for words in ("徐汇区", "漕溪北路100号", "市民提交", "已派给交通委处置", "1 人附议"):
        assert words in page
    for words in ("附议", "关注"):
        assert f'href="/?say={words.encode().hex("%").upper().join(("%", ""))}+{public_id(report_id)}"' in page


def test_a_merged_one_leads_to_the_other_if_that_is_public(board, shown, change):
    leading, other = shown(), shown()
    change(other, lambda session, report: merge_into(session, report, leading))
    assert f'/board/{public_id(leading)}"' in board.get(public_id(other)).text
    change(leading, allow_publication, False)
    assert public_id(leading) not in board.get(public_id(other)).text


def merge_into(session, report: Report, leading: int) -> None:
    from feedback import merge

    merge(session, report, session.get_one(Report, leading), "甲", "同一件")


def test_adopted_suggestions_are_shown_and_others_are_not(board, shown, change):
    for outcome, text in (("adopted", "多放几张长椅"), ("declined", "少放几张长椅")):
        report_id = shown(kind="suggestion", category="greening.park", text=text)
        change(report_id, answer, "甲", "今年安排", outcome)
    page = board.get("").text
    assert "多放几张长椅" in page and "少放几张长椅" not in page
    assert "建议没有采纳：" not in page


def test_markup_stays_text_everywhere(board, solved):
    report_id = solved("<b>修好了</b>", text='<script>alert(1)</script>"><img src=x>', address="<i>路</i>1号")
    for page in ("", "reports", public_id(report_id), "reports?words=<script>&district=<b>&before=<b>"):
        content = board.get(page).text
        assert not any(tag in content for tag in ("<script", "<img", "<i>", "<b>修", '<b>"')), page
    (entry,) = entries(board)
    assert "<script" not in entry.find(f"{ATOM}summary").text, "the summary is HTML"


def test_every_answer_lets_a_browser_load_nothing_from_elsewhere(board):
    for page in (*PAGES, "data/", "data/dataset.jsonld", "static/board.css", "nothing", "data/reports.csv?month=x"):
        headers = board.get(page).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"], page
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert " style=" not in board.get("").text


def test_nothing_can_be_sent_to_it(board):
    for page in ("", "reports", "0" * 16):
        assert board.post(page).status_code == 405


@pytest.mark.parametrize(
    "query", ["words=%00", "district=%F0%9F%98%80", "order=x", "state=x", "before=x", "words=%25_", "a=1&a=2"]
)
def test_odd_questions_find_nothing_or_everything_but_never_fail(board, shown, query):
    shown()
    for page in ("reports", "feed.atom", ""):
        assert board.get(f"{page}?{query}").status_code == 200


def test_the_list_is_read_page_by_page(board, shown):
    ids = [public_id(shown()) for _ in range(45)]
    seen, address = [], "reports?district=徐汇区"
    while address:
        page = board.get(address).text
        seen += [part[:16] for part in page.split('<a href="/board/')[1:] if part[:16] in ids]
        address = (
            page.split('rel="next" href="/board/')[1].split('"')[0].replace("&amp;", "&")
            if 'rel="next"' in page
            else ""
        )
    assert seen == ids[::-1]


def test_an_id_in_the_search_leads_to_its_report(board, shown):
    report_id = shown()
    assert board.get(f"reports?words={public_id(report_id)}").url.path == f"/board/{public_id(report_id)}"


def test_figures_of_few_cases_are_not_told(board, filed):
    for _ in range(FEWEST):
        filed()
    filed(district="静安区")
    by_district = {row["key"]: row for row in board.get("data/figures.json").json()["figures"]}
    assert by_district["徐汇区"]["received"] == FEWEST
    assert by_district["静安区"]["received"] is None
    assert by_district["徐汇区"]["solved_rate"] is None, "nobody has said anything yet"
    assert rows(board, "data/figures.csv")[-1]["收到"] == ""
    page = board.get("").text
    assert f'<dd class="number">{FEWEST + 1}</dd>' in page, "the whole city is enough to be told"
    assert "样本不足" in page and ">静安区</b>\n        <span>收到 样本不足</span>" in page


def test_despair_is_in_no_figure(board, filed):
    for _ in range(FEWEST):
        filed(category=SELF_HARM, urgent=True, district="金山区")
    assert board.get("data/figures.json?by=category").json()["figures"] == []
    assert "心理危机" not in board.get("").text + board.get("reports").text + board.get("data/").text


def test_figures_are_kept_for_a_while(board, filed):
    for _ in range(FEWEST):
        filed()
    assert board.get("data/figures.json").json()["figures"][0]["received"] == FEWEST
    filed()
    assert board.get("data/figures.json").json()["figures"][0]["received"] == FEWEST
    numbers.forget()
    assert board.get("data/figures.json").json()["figures"][0]["received"] == FEWEST + 1


def test_tables_are_sorted_by_links_and_what_is_not_told_comes_last(board, filed):
    for district, count in (("徐汇区", 5), ("静安区", 6), ("黄浦区", 1)):
        for _ in range(count):
            filed(district=district)
    for sort, expected in (("received", ["静安区", "徐汇区", "黄浦区"]), ("-received", ["徐汇区", "静安区", "黄浦区"])):
        table = board.get(f"?sort={sort}").text.split('<th scope="row">')
        assert [row.split("</a>")[0].split(">")[-1] for row in table[1:4]] == expected


def test_the_map_has_every_district_once_and_no_two_in_one_place():
    assert set(DISTRICTS) == set(districts())
    assert len(set(DISTRICTS.values())) == len(DISTRICTS) == 16


def test_the_feed_is_valid_atom_with_lasting_ids(board, shown):
    report_id = shown(text="路灯坏了\x0b")
    shown(category="road.manhole", district="静安区")
    feed = ElementTree.fromstring(board.get("feed.atom").content)
    for element in (feed, *feed.findall(f"{ATOM}entry")):
        assert all(element.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated"))
        assert datetime.fromisoformat(element.findtext(f"{ATOM}updated")).tzinfo
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links["self"] == "https://city.example/board/feed.atom"
    ids = [entry.findtext(f"{ATOM}id") for entry in entries(board)]
    assert len(set(ids)) == 2 and all(name.startswith("urn:uuid:") for name in ids)
    other = [entry.findtext(f"{ATOM}id") for entry in entries(board, "https://elsewhere.example/board/feed.atom")]
    assert other == ids
    for narrowed in ("feed.atom?district=徐汇区", "feed.atom?category=road.streetlight"):
        (entry,) = entries(board, narrowed)
        assert entry.find(f"{ATOM}link").get("href").endswith(public_id(report_id))


def test_addresses_are_the_operators_if_told(board, shown, monkeypatch):
    from feedback.settings import settings

    monkeypatch.setenv("MINSHENG_PUBLIC_URL", "https://12345.example/")
    settings.cache_clear()
    try:
        assert board.get("data/dataset.jsonld").json()["url"] == "https://12345.example/board/data/"
    finally:
        settings.cache_clear()


def test_open_data_says_the_same_in_csv_and_json(board, solved, shown):
    solved(text="路灯，\n坏了"), shown()
    written, told = rows(board, "data/reports.csv"), board.get("data/reports.json").json()["reports"]
    assert [list(row.values()) for row in written] == [
        ["" if report[field] is None else str(report[field]) for field in FIELDS] for report in told
    ]
    assert written[0]["内容"] == "路灯，\n坏了"
    assert board.get("data/reports.csv").content.startswith(b"\xef\xbb\xbf"), "Excel reads UTF-8 by this mark"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "\t="])
def test_no_cell_is_a_formula(board, shown, start):
    shown(text=f"{start}HYPERLINK(1)", address=f"{start}1路")
    (row,) = rows(board, "data/reports.csv")
    assert row["内容"].startswith("'") and row["地点"].startswith("'")


def test_open_data_is_of_a_month_in_the_city_and_comes_in_batches(board, shown, monkeypatch):
    monkeypatch.setattr("feedback.board.data.BATCH", 2)
    ids = [public_id(shown()) for _ in range(5)]
    for report_id, moment in ((1, "2026-01-31T15:59:59+00:00"), (2, "2026-01-31T16:00:00+00:00")):
        with writing() as session:
            session.get_one(Report, report_id).created_at = datetime.fromisoformat(moment)
    now = utcnow().astimezone().strftime("%Y-%m")
    assert [row["公开编号"] for row in rows(board, "data/reports.csv?month=2026-01")] == ids[:1]
    assert [row["公开编号"] for row in rows(board, "data/reports.csv?month=2026-02")] == ids[1:2]
    assert [row["公开编号"] for row in rows(board, f"data/reports.csv?month={now}")] == ids[2:]
    assert [row["id"] for row in json.loads(board.get(f"data/reports.json?month={now}").text)["reports"]] == ids[2:]
    assert board.get("data/reports.json?month=2020-12").json()["reports"] == []
    for nonsense in ("2026-13", "x", "2026-1", "9999-01"):
        assert board.get(f"data/reports.csv?month={nonsense}").status_code == 404


def test_who_has_the_latest_is_told_so_and_who_has_not_is_not(board, shown, change):
    report_id = shown()
    for page in (*PAGES[1:], public_id(report_id)):
        first = board.get(page)
        assert first.headers["Cache-Control"] == "public, max-age=60"
        again = board.get(page, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b""), page
    known = {page: board.get(page).headers["ETag"] for page in (*PAGES[1:], public_id(report_id))}
    change(report_id, endorse, "web-2", "")
    change(report_id, lambda session, report: lifecycle.change(report, "dispatch", "系统"))
    for page, tag in known.items():
        assert board.get(page, headers={"If-None-Match": tag}).status_code == 200, page


def test_a_database_that_is_away_is_no_blank_page(board, monkeypatch):
    from sqlalchemy.exc import OperationalError

    def away():
        raise OperationalError("SELECT", {}, Exception("away"))

    monkeypatch.setattr("feedback.board.pages.reading", away)
    answered = board.get("reports")
    assert (answered.status_code, answered.headers["Cache-Control"]) == (503, "no-store")
    assert "系统正忙" in answered.text


def test_photos_are_shown_once_staff_approved_them(board, shown, change):
    report_id = shown()
    change(report_id, lambda session, report: attach(session, report, jpeg(), "resident", "市民"))
    page = public_id(report_id)
    assert "<img" not in board.get(page).text
    change(report_id, lambda session, report: approve(session, report, "甲", [report.attachments[0].key]))
    assert "第 1 张照片" in board.get(page).text
