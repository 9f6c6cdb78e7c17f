"""The public board in Chromium: on a telephone and a desk, in the dark, with large letters, on paper, without JavaScript."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from bot.web import create_app
from feedback import FileReport, accept, file_report, lifecycle
from feedback.board import numbers
from storage import writing
from tests.browser.pages import shot
from tests.system import free_ports

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
LOOKS = {
    "phone": {"viewport": PHONE},
    "desk": {"viewport": DESK},
    "dark": {"viewport": DESK, "color_scheme": "dark"},
    "phone in the dark": {"viewport": PHONE, "color_scheme": "dark"},
}
LARGEST = 320
"""CSS pixels to which a page must be readable without scrolling sideways (WCAG 2.2, 1.4.10: 1280 at 400 %)."""


@pytest.fixture
def board(database) -> Iterator[str]:
    """The address of a board with some reports, one of them with everything that can be shown."""
    numbers.forget()
    with writing() as session:
        for number in range(8):
            report = file_report(session, FileReport(
                f"web-{number}", f"m{number}", "桂林路口的路灯整排不亮，晚上看不清路", "complaint", "road.streetlight", district="徐汇区",
                subdistrict="虹梅路街道", address="桂林路100号", publishable=True,
            ))  # fmt: skip
            accept(session, report, "甲")
        lifecycle.change(report, "dispatch", "交通委", department="交通委")
        lifecycle.change(report, "start", "交通委", note="已派人查看")
        report.supervised = True
    server = uvicorn.Server(uvicorn.Config(create_app(), port=(port := free_ports(1)[0]), log_config=None, ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.05)
    yield f"http://127.0.0.1:{port}/board/"
    server.should_exit = server.force_exit = True
    thread.join()


only_once = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""A browser sees no difference between databases."""


def addresses(page: Page, board: str) -> dict[str, str]:
    page.goto(f"{board}reports")
    one = page.locator("article a").first.get_attribute("href").removeprefix("/board/")
    return {"overview": "", "reports": "reports?district=徐汇区", "report": one, "data": "data/", "nothing": "nothing"}


@only_once
@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_accessible_and_as_wide_as_its_window(board, new_page, look):
    page = new_page(bypass_csp=True, **LOOKS[look])  # axe itself is a script
    for name, address in addresses(page, board).items():
        page.goto(board + address)
        found = Axe().run(page, options={"runOnly": WCAG}).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found] == [], name
        width = page.viewport_size["width"]
        assert page.evaluate("document.documentElement.scrollWidth") == width, name
        shot(page, f"board-{look}-{name}")


@only_once
def test_large_letters_need_no_scrolling_sideways(board, new_page):
    page = new_page(viewport={"width": LARGEST, "height": 600}, bypass_csp=True)
    for name, address in addresses(page, board).items():
        page.goto(board + address)
        page.add_style_tag(content="html { font-size: 200% }")
        assert page.evaluate("document.documentElement.scrollWidth") == LARGEST, name


@only_once
def test_the_map_lies_like_the_city_on_a_desk_and_is_a_list_on_a_telephone(board, new_page):
    page = new_page(viewport=DESK)
    page.goto(board)
    place = {
        name: page.locator(".map a", has_text=name).bounding_box()
        for name in ("崇明区", "金山区", "青浦区", "浦东新区")
    }
    assert place["崇明区"]["y"] < place["青浦区"]["y"] < place["金山区"]["y"]
    assert place["青浦区"]["x"] < place["浦东新区"]["x"]
    page.set_viewport_size(PHONE)
    assert page.locator(".map li").first.bounding_box()["width"] > 140


@only_once
def test_it_is_read_by_keyboard_and_without_javascript(board, new_page):
    page = new_page(java_script_enabled=False, viewport=PHONE)
    page.goto(board)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="跳到正文")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.get_by_role("link", name="徐汇区", exact=True).click()
    expect(page.get_by_role("article")).to_have_count(8)
    page.get_by_label("状态").select_option("已办结")
    page.get_by_role("button", name="查看").click()
    expect(page.get_by_text("没有找到公开的诉求")).to_be_visible()


@only_once
def test_on_paper_there_is_nothing_to_press(board, new_page):
    page = new_page(viewport=DESK)
    page.emulate_media(media="print", color_scheme="dark")
    for name, address in addresses(page, board).items():
        page.goto(board + address)
        for unwanted in ("nav", "form"):
            assert page.locator(f"{unwanted}:visible").count() == 0, name
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@only_once
def test_who_joins_finds_the_words_ready_and_sends_them_alone(board, new_page):
    page = new_page(viewport=PHONE)
    address = addresses(page, board)["report"]
    for link, word in (("我也遇到了，附议", "附议"), ("只想知道进展，关注", "关注")):
        page.goto(board + address)
        page.get_by_role("link", name=link).click()
        expect(page.get_by_label("您想说什么")).to_have_value(f"{word} {address}")
        assert page.locator("minsheng-chat li.me").count() == 0, "nothing is sent by itself"
        assert "say" not in page.url, "a reload would bring the words back"
