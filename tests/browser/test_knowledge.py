"""The knowledge base in the console: a question without an answer gets one, and an edit is found at once."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.pages import heard, log_in, press, say, shot
from tests.system import System, eventually

QUESTION = "家里养的乌龟要不要去登记上户口"
GUIDE = {
    "id": "turtle",
    "title": "乌龟登记",
    "questions": "养乌龟要登记吗\n乌龟上户口去哪里办\n家里的乌龟要不要去登记",
    "summary": "乌龟不用登记。",
}


def test_a_question_without_an_answer_gets_one_and_the_resident_is_told(system: System, new_page):
    resident = new_page()
    resident.goto(system.web)
    ask_in_vain(resident, QUESTION)

    clerk = new_page(viewport={"width": 1280, "height": 900})
    log_in(clerk, system)
    write_guide(clerk, system)
    clerk.goto(f"{system.web}/console/questions")
    card = clerk.locator("section.card", has_text=QUESTION)
    shot(clerk, "8-questions")
    card.get_by_label("指南").fill("turtle 乌龟登记")
    card.get_by_role("button", name="用它回答").click()
    expect(clerk.get_by_text("提问的市民会收到")).to_be_visible()
    heard(resident, "现在有答案了")
    press(resident, "看看怎么办", "乌龟不用登记")
    shot(resident, "9-answered")

    other = new_page()
    other.goto(system.web)
    eventually(lambda: "乌龟不用登记" in say(other, "乌龟上户口去哪里办", ""), 5)


def test_an_edit_is_answered_within_seconds_and_a_stale_one_is_refused(system: System, new_page):
    clerk, colleague = new_page(viewport={"width": 1280, "height": 900}), new_page()
    for page in (clerk, colleague):
        log_in(page, system)
        page.goto(f"{system.web}/console/guide-row/edit?pk=bulky-waste")
    clerk.locator("textarea[name=summary]").fill("请先打电话预约，再放到指定的地方。")
    clerk.get_by_role("button", name="保存", exact=True).click()
    expect(clerk.get_by_text("历次修改").or_(clerk.get_by_role("heading", name="办事指南"))).to_be_visible()
    colleague.locator("textarea[name=summary]").fill("别的说法。")
    colleague.get_by_role("button", name="保存", exact=True).click()
    expect(colleague.get_by_text("别人刚刚改过")).to_be_visible()

    resident = new_page()
    resident.goto(system.web)
    eventually(lambda: "请先打电话预约" in say(resident, "旧沙发大件垃圾怎么扔", "大件垃圾"), 5)


def ask_in_vain(page: Page, question: str) -> None:
    """Ask what no guide answers; if guides are offered, none of them is it."""
    said = say(page, question, "")
    if "哪一件" in said:
        said = press(page, "都不是", "记下来")
    assert "记下来" in said, said


def write_guide(page: Page, system: System) -> None:
    page.goto(f"{system.web}/console/guide-row/create")
    for name, text in GUIDE.items():
        page.locator(f"[name={name}]").fill(text)
    page.locator("select[name=field]").select_option("城市生活、公用事业、法律与消费维权", force=True)
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_url("**/guide-row/list**")
