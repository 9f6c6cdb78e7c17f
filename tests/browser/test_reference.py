"""The pages of the reference dispatch system in Chromium: on a telephone, by keyboard, for eyes and for screen readers."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from feedback.dispatch.reference import create_app
from tests.browser.pages import shot
from tests.system import served

TELEPHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}

FAINT = """() => {
    const rgb = colour => colour.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
        .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
    const behind = e => {
        for (; e; e = e.parentElement) {
            const colour = rgb(getComputedStyle(e).backgroundColor);
            if (colour.length < 4 || colour[3] > 0) return colour;
        }
        return [255, 255, 255];
    };
    const ratio = e => {
        const [low, high] = [light(rgb(getComputedStyle(e).color)), light(behind(e))].sort((a, b) => a - b);
        return (high + .05) / (low + .05);
    };
    return [...document.querySelectorAll("body *")]
        .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && ratio(e) < 4.5)
        .map(e => `${e.tagName} ${e.textContent.trim()} ${ratio(e)}`);
}"""
"""Texts whose contrast is under 4.5, by the formula of WCAG 2.1 (relative luminance, contrast ratio)."""

UNNAMED = """() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
    .filter(e => !e.labels.length).map(e => e.outerHTML)"""
SMALL = """() => [...document.querySelectorAll("button, select, summary, .button, input:not([type=hidden])")]
    .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 24).map(e => e.outerHTML)"""
"""What is too small for a finger (WCAG 2.2, 2.5.8: 24 pixels)."""


@pytest.fixture
def base(tmp_path) -> Iterator[str]:
    with served(create_app(tmp_path / "reference.db", "secret")) as address:
        request = {"api_key": "secret", "service_code": "road.manhole", "address_string": "静安区 南京西路1266号"}
        request |= {"description": "井盖不见了。" * 40, "attribute[urgent]": "true", "attribute[department]": "水务局"}
        request |= {"attribute[external_id]": "20261128ABCDEFGH1", "attribute[due]": "2026-11-20T09:00:00+08:00"}
        httpx.post(f"{address}/open311/v2/requests.xml", data=request, trust_env=False).raise_for_status()
        yield address


def check(page: Page, name: str) -> None:
    """What every page must be, at the width it is shown at; and a picture of it."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    assert page.locator("h1").count() == 1
    assert page.locator("main, header, nav[aria-label]").count() >= 3
    assert page.get_by_text("参考派单系统，仅供演示").is_visible()
    for problems in (FAINT, UNNAMED, SMALL):
        assert page.evaluate(problems) == []
    shot(page, f"reference-{page.viewport_size['width']}-{name}")


def enter(page: Page, base: str) -> None:
    page.goto(base)
    page.get_by_role("link", name="登记姓名和部门").click()
    page.get_by_label("姓名").fill("王师傅")
    page.get_by_label("部门").select_option("水务局")
    page.get_by_role("button", name="进入").click()


@pytest.mark.parametrize("viewport", [TELEPHONE, DESK], ids=["telephone", "desk"])
def test_a_job_from_the_list_to_its_end(base, new_page, viewport):
    page = new_page(viewport=viewport)
    page.goto(f"{base}/door")
    check(page, "door")
    enter(page, base)
    expect(page.get_by_text("紧急", exact=True)).to_be_visible()
    check(page, "list")
    page.get_by_role("link", name="工单 1 · 井盖").click()
    page.get_by_role("button", name="签收").click()
    expect(page.get_by_role("status")).to_have_text("已记录：签收。")
    page.locator("summary", has_text="记录进展").click()
    page.get_by_label("进展（必填）").fill("已围挡")
    page.locator("#note-photos").set_input_files(
        {"name": "现场.png", "mimeType": "image/png", "buffer": _picture()},
    )
    check(page, "progress")
    page.get_by_role("button", name="记录进展").click()
    expect(page.locator(".history img")).to_be_visible()
    assert page.locator(".history img").evaluate("image => image.naturalWidth") == 60
    page.locator("summary", has_text="办结").click()
    page.get_by_label("处置结果（必填）").fill("新井盖已装好")
    page.get_by_role("button", name="办结").click()
    expect(page.get_by_text("这张工单已完成，不再需要处理。")).to_be_visible()
    check(page, "done")
    page.goto(f"{base}/faults")
    page.get_by_label("每条更新来两次").check()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("故障模拟已开启。")).to_be_visible()
    check(page, "faults")


def _picture() -> bytes:
    written = BytesIO()
    Image.new("RGB", (60, 40), "orange").save(written, "PNG")
    return written.getvalue()


def test_a_second_page_of_the_same_job_is_told_that_somebody_was_quicker(base, new_page):
    first, second = new_page(viewport=TELEPHONE), new_page(viewport=TELEPHONE)
    for page in (first, second):
        enter(page, base)
        page.goto(f"{base}/jobs/1")
    first.get_by_role("button", name="开始处置").click()
    second.locator("summary", has_text="退单").click()
    second.get_by_label("退单理由（必填）").fill("应由燃气公司办理")
    second.get_by_role("button", name="退单").click()
    expect(second.get_by_role("alert")).to_contain_text("没有退单：王师傅，水务局已在")
    expect(second.get_by_label("退单理由（必填）")).to_have_value("应由燃气公司办理")
    check(second, "too-late")


def test_everything_can_be_done_by_keyboard(base, new_page):
    page = new_page(viewport=DESK)
    enter(page, base)
    page.goto(f"{base}/jobs/1")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="签收")).to_be_focused()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "3px", "one sees where one is"
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.locator("summary", has_text="办结")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("新井盖已装好")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("已记录：办结。")
