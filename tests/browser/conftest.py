"""A real Chromium, and pages that may load nothing from elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.pages import PATIENCE

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-gpu"],
        )
        yield launched
        launched.close()


@pytest.fixture
def new_page(browser: Browser):
    """Makes a page in a browser profile of its own; at the end nothing may have been loaded from elsewhere."""
    outside: list[str] = []
    errors: list[str] = []
    contexts = []

    def make(**options) -> Page:
        context = browser.new_context(locale="zh-CN", **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "request",
            lambda r: outside.append(r.url) if "//127.0.0.1:" not in r.url and r.url.startswith("http") else None,
        )
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert outside == []
    assert errors == []
