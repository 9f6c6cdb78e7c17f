"""The whole story in Chromium: a resident asks and reports, a clerk accepts, a department finishes, the resident hears."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.pages import decide, heard, log_in, open_report, press, say, shot
from tests.system import System, number_in


def test_the_whole_story(system: System, new_page):
    resident = new_page(viewport={"width": 900, "height": 1000})
    resident.goto(system.web)
    say(resident, "身份证到期怎么换", "身份证到期换领")
    press(resident, "要带什么", "居民身份证")
    shot(resident, "1-question")
    say(resident, "徐汇区漕溪北路9400号门口路灯坏了三天了", "要不要留一个电话")
    press(resident, "不留", "请核对")
    shot(resident, "2-report")
    number = number_in(press(resident, "提交", "编号"))

    clerk = new_page(viewport={"width": 1280, "height": 900})
    log_in(clerk, system)
    shot(clerk, "3-queue")
    open_report(clerk, system, number)
    expect(clerk.get_by_text("徐汇区漕溪北路9400号门口路灯坏了三天了").first).to_be_visible()
    decide(clerk, "立案派单")
    expect(clerk.get_by_text("已立案，正在派单。")).to_be_visible()
    heard(resident, "已派给交通委处置")

    department = new_page(viewport={"width": 900, "height": 900})
    department.goto(system.reference)
    department.get_by_role("link", name="登记姓名和部门").click()
    department.get_by_label("姓名").fill("王师傅")
    department.get_by_label("部门").select_option("交通委")
    department.get_by_role("button", name="进入").click()
    department.locator("article", has_text=number.replace("-", "")).get_by_role("link").click()
    department.locator("summary", has_text="办结").click()
    department.get_by_label("处置结果").fill("灯泡已更换")
    department.get_by_role("button", name="办结").click()
    shot(department, "4-department")
    heard(resident, "灯泡已更换")
    shot(resident, "5-told")

    open_report(clerk, system, number)
    expect(clerk.get_by_text("处置中 → 已办结").or_(clerk.get_by_text("已派单 → 已办结"))).to_be_visible()
    shot(clerk, "6-timeline")
    say(resident, "很满意", "已结案")


def test_a_clerk_corrects_and_rejects_with_a_reason_that_the_resident_reads(system: System, new_page):
    resident = new_page()
    resident.goto(system.web)
    say(resident, "静安区南京西路1266号门口路灯坏了", "要不要留一个电话")
    press(resident, "不留", "请核对")
    number = number_in(press(resident, "提交", "编号"))

    clerk = new_page(viewport={"width": 1280, "height": 900})
    log_in(clerk, system)
    open_report(clerk, system, number)
    clerk.get_by_role("link", name="编辑").or_(clerk.get_by_role("button", name="编辑")).first.click()
    clerk.locator("input[name=address]").fill("南京西路1268号")
    clerk.get_by_role("button", name="保存", exact=True).click()
    open_report(clerk, system, number)
    expect(clerk.get_by_text("→ 南京西路1268号")).to_be_visible()
    decide(clerk, "不予受理", "这里的灯归商场自己管")
    heard(resident, "这里的灯归商场自己管")


def test_the_conversation_is_still_there_after_a_reload(system: System, new_page):
    page = new_page()
    page.goto(system.web)
    say(page, "你好", "我是民声")
    page.reload()
    expect(page.locator("minsheng-chat li.me p")).to_have_text("你好")
    say(page, "谢谢", "不客气")
    assert page.locator("minsheng-chat li.me").count() == 2


def test_what_anybody_writes_stays_text(system: System, new_page):
    page = new_page()
    page.goto(system.web)
    page.get_by_label("您想说什么").fill("<img src=x onerror=document.title='hacked'>")
    page.keyboard.press("Enter")
    expect(page.locator("minsheng-chat li.me p")).to_contain_text("<img")
    heard(page, "", 1)
    assert page.title() != "hacked"
    assert page.locator("minsheng-chat li img").count() == 0


def test_everything_can_be_done_by_keyboard_and_in_large_text(system: System, new_page):
    page = new_page(viewport={"width": 390, "height": 800})
    page.goto(system.web)
    page.keyboard.press("Tab")  # the link to the public board
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="大字")).to_have_attribute("aria-pressed", "true")
    page.get_by_label("您想说什么").focus()
    page.keyboard.type("门口路灯坏了")
    page.keyboard.press("Enter")
    heard(page, "具体在哪里")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    heard(page, "不提交")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, "nothing runs out of a telephone's screen"
    shot(page, "7-telephone")


@pytest.mark.parametrize("password", ["wrong", "' OR 1=1 --"])
def test_a_wrong_password_stays_outside(system: System, new_page, password):
    page = new_page()
    page.goto(f"{system.web}/console/")
    page.locator("input[name=username]").fill("admin")
    page.locator("input[name=password]").fill(password)
    page.keyboard.press("Enter")
    expect(page.get_by_text("姓名或口令不对")).to_be_visible()
    page.goto(f"{system.web}/console/report/list")
    assert Path(page.url.split("?")[0]).name == "login"
