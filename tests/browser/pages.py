"""What the browser tests do on the pages: talk in the widget, log in to the console, decide."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.system import ROOT, System

SCREENSHOTS = ROOT / "var" / "screenshots"
PATIENCE = 40_000
"""Milliseconds within which a step must have come about."""


def shot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.bring_to_front()  # Chromium can't capture a page that it no longer draws
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def say(page: Page, text: str, expected: str) -> str:
    """Write a message and wait for words in a later reply; returns that reply."""
    replies = page.locator("minsheng-chat li.bot p, minsheng-chat li.notice p")
    before = replies.count()
    page.get_by_label("您想说什么").fill(text)
    page.keyboard.press("Enter")
    return heard(page, expected, before)


def press(page: Page, title: str, expected: str) -> str:
    before = page.locator("minsheng-chat li.bot p, minsheng-chat li.notice p").count()
    page.get_by_role("button", name=title, exact=True).click()
    return heard(page, expected, before)


def heard(page: Page, expected: str, before: int = 0) -> str:
    page.wait_for_function(
        """([words, before]) => [...document.querySelector("minsheng-chat").shadowRoot
            .querySelectorAll("li.bot p, li.notice p")].slice(before).some(p => p.textContent.includes(words))""",
        arg=[expected, before],
        timeout=PATIENCE,
    )
    return page.locator("minsheng-chat li p").filter(has_text=expected).last.inner_text()


def log_in(page: Page, system: System) -> None:
    page.goto(f"{system.web}/console/")
    page.locator("input[name=username]").fill("admin")
    page.locator("input[name=password]").fill(system.password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/report/list**")


def open_report(page: Page, system: System, number: str) -> None:
    page.goto(f"{system.web}/console/report/list")
    page.locator("tr", has_text=number).locator("a[href*=detail]").click()
    expect(page.get_by_role("heading", name=f"诉求 {number}")).to_be_visible()


def decide(page: Page, action: str, reason: str | None = None) -> None:
    """Press a decision of the report's page and confirm it."""
    page.get_by_role("button", name=action).first.click()
    if reason is not None:
        page.locator("#modal-action textarea[name=reason]").fill(reason)
    page.locator("#modal-action").get_by_role("button", name=action).click()
