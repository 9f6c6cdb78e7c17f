"""Photos over the web channel."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from bot.web import create_app
from channels.models import InboundMessage
from feedback import Attachment, FileReport, Report, file_report
from feedback.attachments import files
from feedback.attachments.photo import MOST_BYTES
from storage import reading, writing
from tests.channels.conftest import events
from tests.pictures import SECRET, bomb, jpeg, opened, picture, tags, written
from tests.system import eventually


def send(web, session, content=None, message_id="1", name="photo.jpg", media_type="image/jpeg"):
    form = {"session": session, "id": message_id}
    return web.post("/web/photos", data=form, files={"photo": (name, content or jpeg(), media_type)})


def stored() -> list[Attachment]:
    with reading() as db:
        return list(db.scalars(select(Attachment).order_by(Attachment.id)))


def look(web, key: str, session: str | None = None, query: str = ""):
    return web.get(f"/attachments/{key}{query}", headers={"Authorization": f"Bearer {session}"} if session else {})


def test_a_photo_is_stored_shown_to_its_owner_and_told_to_the_assistant(web, session, rasa):
    answer = send(web, session, written(picture(), exif=tags()))
    assert answer.status_code == 202
    shown = look(web, answer.json()["key"], session)
    assert opened(shown.content).size == (640, 480)
    assert SECRET not in shown.content
    assert events(web, session)[0]["text"] == "听到：[图片]"
    assert rasa.heard == ["[图片]"]


def test_nobody_else_sees_it(web, session):
    key = send(web, session).json()["key"]
    other = web.post("/web/sessions").json()["session"]
    assert look(web, key, other).status_code == 404
    assert look(web, key).status_code == 404
    assert web.get(f"/attachments/{key}?session={session}").status_code == 404, "no token in an address"
    assert look(web, key, "\ud83d".encode("utf-8", "replace").decode()).status_code == 404


def test_a_repeat_is_dropped_and_answered_as_before(web, session, rasa):
    first, again = send(web, session), send(web, session)
    assert first.json() == again.json()
    assert len(stored()) == 1
    events(web, session)
    assert rasa.heard == ["[图片]"]


def test_photos_in_a_row_are_one_message(web, session, rasa):
    for number in range(3):
        assert send(web, session, message_id=str(number)).status_code == 202
    web.post("/web/messages", json={"session": session, "id": "words", "text": "井盖没了"})
    eventually(lambda: rasa.heard == ["[图片]", "井盖没了"])
    assert len(stored()) == 3


def test_photos_go_along_with_the_report_of_the_conversation(web, session):
    send(web, session)
    conversation = stored()[0].conversation_id
    with writing() as db:
        filed = file_report(db, FileReport(conversation, "m", "井盖没了", "complaint", "road.manhole"))
    send(web, session, message_id="2")
    assert [photo.report_id for photo in stored()] == [filed.id, filed.id]
    with reading() as db:
        assert db.scalar(select(Report)).channel == "web"


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (b"<svg onload='alert(1)'/>", "photo.jpg", "image/jpeg"),
        (b"MZ" + bytes(1000), "photo.jpg", "image/jpeg"),
        (written(picture(), "GIF"), "photo.jpg", "image/jpeg"),
        (jpeg()[:2000], "photo.jpg", "image/jpeg"),
        (b" ", "../../photo.jpg", "image/jpeg"),
    ],
    ids=["svg", "program", "gif", "half", "space"],
)
def test_what_is_no_photo_is_refused_in_words_and_leaves_nothing(web, session, content, name, media_type):
    answer = send(web, session, content, name=name, media_type=media_type)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "not_a_photo"
    assert "照片" in answer.json()["error"]["message"]
    assert (stored(), heard()) == ([], 0)
    assert not files.folder().exists()


def heard() -> int:
    with reading() as db:
        return db.query(InboundMessage).count()


@pytest.mark.parametrize("name", ["../../../etc/passwd", "..\\x.exe", "a" * 3000, "照片.svg"])
def test_neither_name_nor_type_matter(web, session, name):
    key = send(web, session, name=name, media_type="text/html").json()["key"]
    assert look(web, key, session).headers["content-type"] == "image/jpeg"
    written_files = [file for file in files.folder().parent.rglob("*") if file.is_file() and "attachments" in str(file)]
    assert {file.parent.parent for file in written_files} == {files.folder()}


def test_bombs_and_giants_are_refused(web, session):
    answer = send(web, session, bomb())
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "photo_too_large")
    answer = send(web, session, jpeg() + bytes(30_000_000))
    assert answer.status_code == 413
    assert "太大" in answer.json()["error"]["message"]
    answer = send(web, session, jpeg() + bytes(MOST_BYTES - 1000))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "photo_too_large")
    assert stored() == []


@pytest.mark.parametrize(
    ("headers", "most"), [({b"content-length": b"30000000"}, 0), ({}, MOST_BYTES // 1_000_000 + 1)]
)
def test_a_giant_is_not_read_to_its_end(database, headers, most):
    """Whoever says how much will come is not let begin; whoever doesn't is stopped on the way."""
    read, answered = [], []

    async def receive():
        read.append(1)
        begun = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n' if len(read) == 1 else b""
        return {"type": "http.request", "body": begun + b"a" * 1_000_000, "more_body": True}

    async def send(message):
        answered.append(message)

    form = {b"content-type": b"multipart/form-data; boundary=x", **headers}
    scope = {
        "type": "http", "method": "POST", "path": "/web/photos", "raw_path": b"/web/photos", "query_string": b"",
        "headers": list(form.items()), "http_version": "1.1", "scheme": "http", "server": ("x", 80), "root_path": "",
    }  # fmt: skip
    with ThreadPoolExecutor(1) as thread:  # the browser tests leave a loop running in this one
        thread.submit(asyncio.run, create_app()(scope, receive, send)).result()
    assert answered[0]["status"] == 413
    assert len(read) == most


def test_other_addresses_take_no_more_than_before(web, session):
    body = b'{"session": "%s", "id": "1", "text": "' % session.encode() + b"a" * 2_000_000 + b'"}'
    answer = web.post("/web/messages", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"session": "x" * 30, "id": "1"},
        {"session": "short", "id": "1"},
        {"id": "1"},
        {"session": "%s"},
        {"session": "%s", "id": ""},
        {"session": "%s", "id": "1" * 101},
        {"session": "%s", "id": "照片"},
    ],
)
def test_bad_forms_get_a_clear_error(web, session, form):
    form = {name: value.replace("%s", session) for name, value in form.items()}
    answer = web.post("/web/photos", data=form, files={"photo": ("p.jpg", jpeg(), "image/jpeg")})
    assert answer.status_code in (401, 422)
    assert answer.json()["error"]["message"]
    assert stored() == []


def test_a_form_without_a_photo_gets_a_clear_error(web, session):
    for request in ({"data": {"photo": "words"}}, {"json": {"photo": 1}}, {"content": b"\xff"}, {}):
        assert web.post("/web/photos", **request).status_code == 422


def test_nobody_fills_the_store(web, session, monkeypatch):
    monkeypatch.setattr("feedback.attachments.taking.MOST_AT_ONCE", 2)
    assert [send(web, session, message_id=str(number)).status_code for number in range(3)] == [202, 202, 429]
    assert send(web, session, message_id="1").status_code == 202, "a repeat is none more"
