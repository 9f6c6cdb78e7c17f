"""Photos in a browser: chosen, sent and looked at in the widget at a phone's width, decided on in the console."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import FileChooser, Page, expect
from sqlalchemy import select

from bot.web import create_app
from feedback import Attachment, FileReport, Report, accept, attach, file_report
from feedback.accounts import add_staff
from feedback.attachments import files
from storage import reading, writing
from tests.browser.pages import decide, say, shot
from tests.channels.conftest import EchoRasa
from tests.pictures import SECRET, jpeg, opened, picture, tags, written
from tests.system import eventually, free_ports

PHONE = {"viewport": {"width": 360, "height": 740}}
PASSWORD = "a long password"
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@contextmanager
def serving(port: int) -> Iterator[str]:
    """The web application, without Rasa."""
    server = uvicorn.Server(uvicorn.Config(create_app(EchoRasa()), port=port, ws="none", log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    eventually(lambda: server.started)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def address(database) -> Iterator[str]:
    (port,) = free_ports(1)
    with serving(port) as address:
        yield address


@pytest.fixture
def photo(tmp_path) -> Path:
    """A photo as a telephone takes it."""
    file = tmp_path / "IMG_0001.jpg"
    file.write_bytes(written(picture((4000, 3000)), exif=tags(6), quality=95))
    return file


def choose(page: Page, *chosen: Path) -> None:
    with page.expect_file_chooser() as asked:
        page.get_by_role("button", name="照片", exact=True).click()
    asked.value.set_files(chosen)


def sent(page: Page):
    return page.get_by_role("button", name="我发的照片")


def stored() -> list[Attachment]:
    with reading() as session:
        return list(session.scalars(select(Attachment).order_by(Attachment.id)))


def is_shown(page: Page, image) -> None:
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=image.element_handle())


def test_a_photo_is_looked_at_sent_and_still_there_after_a_reload(address, new_page, photo):
    page = new_page(**PHONE)
    page.goto(address)
    choose(page, photo, photo)
    is_shown(page, page.get_by_alt_text("要发的照片 2"))
    page.get_by_role("button", name="不发照片 2").click()
    page.get_by_label("您想说什么").fill("漕溪北路的井盖没了")
    shot(page, "photos-1-chosen")
    page.get_by_role("button", name="发送").click()
    expect(sent(page)).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("照片已发送。")
    shot(page, "photos-2-sent")
    (kept,) = stored()
    image = opened(files.read(kept.sha256))
    assert image.size == (1536, 2048), "upright, and made smaller before it was sent"
    assert SECRET not in files.read(kept.sha256)

    page.reload()
    is_shown(page, sent(page).locator("img"))
    sent(page).click()
    is_shown(page, page.get_by_alt_text("照片的大图"))
    shot(page, "photos-3-large")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_all_of_it_works_with_the_keyboard(address, new_page, photo):
    page = new_page(**PHONE)
    page.goto(address)
    asked: list[FileChooser] = []
    page.on("filechooser", lambda chooser: asked.append(chooser))
    page.get_by_label("您想说什么").focus()
    page.keyboard.press("Tab")
    with page.expect_event("filechooser"):
        page.keyboard.press("Enter")
    asked[0].set_files(photo)
    is_shown(page, page.get_by_alt_text("要发的照片 1"))
    page.keyboard.press("Enter")  # on the button that sends
    expect(sent(page)).to_be_visible()
    sent(page).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_what_is_no_photo_and_what_did_not_arrive_is_said_in_words(address, new_page, photo, tmp_path):
    page = new_page(**PHONE)
    page.goto(address)
    page.route("**/web/photos", lambda route: route.abort())
    choose(page, photo)
    page.get_by_role("button", name="发送").click()
    expect(page.get_by_text("照片没有发出去。")).to_be_visible()
    shot(page, "photos-4-not-sent")
    page.unroute("**/web/photos")
    page.get_by_role("button", name="再发一次").click()
    expect(sent(page)).to_be_visible()

    no_photo = tmp_path / "notes.jpg"
    no_photo.write_bytes(b"hello")
    choose(page, no_photo)
    page.get_by_role("button", name="发送").click()
    expect(page.get_by_text("这不是能收的照片")).to_be_visible()
    expect(page.get_by_role("button", name="再发一次")).to_be_hidden()
    shot(page, "photos-5-refused")
    assert len(stored()) == 1


def test_staff_look_at_photos_and_let_the_public_see_them(address, new_page, photo):
    resident = new_page(**PHONE)
    resident.goto(address)
    say(resident, "漕溪北路的井盖没了", "听到")
    choose(resident, photo)
    resident.get_by_role("button", name="发送").click()
    expect(sent(resident)).to_be_visible()
    report = file(stored()[0].conversation_id)
    key = stored()[0].key

    clerk = new_page(viewport={"width": 1280, "height": 900})
    clerk.goto(f"{address}/console/")
    clerk.locator("input[name=username]").fill("甲")
    clerk.locator("input[name=password]").fill(PASSWORD)
    clerk.keyboard.press("Enter")
    clerk.wait_for_url("**/report/list**")
    clerk.goto(f"{address}/console/report/detail?pk={report}")
    is_shown(clerk, clerk.get_by_alt_text("照片 1：市民"))
    is_shown(clerk, clerk.get_by_alt_text("照片 2：市政养护所"))
    shot(clerk, "photos-6-console")
    anybody = new_page()
    assert anybody.goto(f"{address}/attachments/{key}").status == 404
    decide(clerk, "公开照片", "看不清人脸")
    expect(clerk.get_by_text("这些照片会随诉求一起公开")).to_be_visible()
    assert anybody.goto(f"{address}/attachments/{key}").status == 200
    clerk.goto(f"{address}/console/report/detail?pk={report}")
    clerk.get_by_role("button", name="隐藏照片").click()
    shot(clerk, "photos-7-hide")


def file(conversation_id: str) -> int:
    """A published report with a photo of the department too, and a clerk to look at it."""
    matter = FileReport(
        conversation_id, "m", "井盖没了", "complaint", "road.manhole", district="徐汇区", publishable=True
    )
    with writing() as session:
        add_staff(session, "甲", "clerk", PASSWORD)
        report = file_report(session, matter)
        accept(session, report, "工作人员 甲")
        attach(session, report, jpeg((800, 600)), "department", "市政养护所")
        return session.get_one(Report, report.id).id
