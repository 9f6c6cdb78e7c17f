"""What systems of departments tell by themselves: signed, once, in any order."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from feedback import Report, accept, withdraw
from feedback.dispatch import callbacks, photos
from feedback.dispatch.addresses import host_of
from feedback.dispatch.delivery import deliver_next
from feedback.dispatch.destinations import config
from feedback.dispatch.photos import DispatchPhoto, fetch_photos
from feedback.dispatch.reference.callbacks import headers as reference_headers
from feedback.dispatch.signatures import WINDOW_SECONDS, sign
from feedback.models import DispatchUpdate
from feedback.settings import settings
from storage import reading, utcnow, writing
from tests.feedback.hearing import told
from tests.feedback.stand_in import StandIn, serving
from tests.pictures import jpeg

SECRET = SecretStr("what both sides know")
AT = "/dispatch/callbacks/default"


def forget() -> None:
    for cached in (settings, config.configured):
        cached.cache_clear()


@pytest.fixture
def caller(database, monkeypatch):
    """Their side: a client of the web application."""
    monkeypatch.setenv("MINSHENG_DISPATCH_CALLBACK_SECRET", SECRET.get_secret_value())
    monkeypatch.setenv("MINSHENG_MEDIA_HOSTS", "photos.example.cn")
    forget()
    app = FastAPI()
    app.include_router(callbacks.router)
    yield TestClient(app)
    monkeypatch.undo()
    forget()


@pytest.fixture
def dispatched(caller, filed, change, client) -> int:
    """A report whose order the dispatch system knows as 1."""
    report_id = filed()
    change(report_id, accept, "甲")
    deliver_next(client)
    told()
    return report_id


def update(update_id: str, status: str = "in_progress", description: str = "", **more) -> dict:
    return {
        "update_id": update_id,
        "service_request_id": "1",
        "status": status,
        "updated_datetime": utcnow().isoformat(),
        "description": description,
    } | more


def call(caller: TestClient, content: dict | bytes, at: str = AT, **headers: str):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return caller.post(at, content=body, headers=sign(SECRET, "1", body, utcnow()) | headers)


def test_a_step_with_a_note_is_carried_out_once(caller, dispatched, history):
    answer = call(caller, update("u1", description="已派人"))
    assert (answer.status_code, answer.json()) == (200, {"status": "carried_out"})
    assert any("已派人" in words for words in told()["web-1"])
    before = history(dispatched)
    assert call(caller, update("u1", description="已派人")).json() == {"status": "known"}
    assert history(dispatched) == before
    assert before[-1] == "in_progress"


def test_a_late_step_changes_nothing(caller, dispatched, history):
    call(caller, update("u2", "fixed", "灯泡已换"))
    before = history(dispatched)
    assert before[-1] == "resolved"
    assert call(caller, update("u1", "in_progress", "已派人")).status_code == 200
    assert history(dispatched) == before


def test_a_note_without_a_step_reaches_the_resident_once(caller, dispatched, history):
    call(caller, update("u1", description="已派人"))
    told()
    call(caller, update("u2", description="材料已到"))
    assert ["材料已到" in words for words in told()["web-1"]] == [True]
    call(caller, update("u3", description="材料已到"))
    assert told() == {}
    assert history(dispatched).count("report.progressed") == 1


def test_a_return_needs_a_reason(caller, dispatched, history):
    refused = call(caller, update("u1", "not_responsible", "  "))
    assert refused.status_code == 422
    assert refused.json()["error"] == {"code": "reason_missing", "message": "退单要在 description 里写明理由。"}
    assert history(dispatched)[-1] == "dispatched"
    assert call(caller, update("u1", "returned", "不归我们管")).status_code == 200
    assert history(dispatched)[-2:] == ["report.returned", "accepted"]


def test_an_order_is_known_by_our_reference_too(caller, dispatched, history):
    with reading() as session:
        reference = session.get_one(Report, dispatched).work_orders[0].message.payload["attribute[external_id]"]
    answer = call(caller, update("u1", reference=reference, service_request_id=""))
    assert answer.json() == {"status": "carried_out"}
    for wrong in (reference[:-1] + "9", reference[1:], reference + "0", "X-1"):
        assert call(caller, update("u2", reference=wrong, service_request_id="")).status_code == 404


def test_an_order_that_is_still_on_its_way_has_to_wait(caller, filed, change):
    report_id = filed()
    change(report_id, accept, "甲")
    with reading() as session:
        reference = session.get_one(Report, report_id).work_orders[0].message.payload["attribute[external_id]"]
    answer = call(caller, update("u1", reference=reference, service_request_id=""))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_yet")
    assert int(answer.headers["Retry-After"]) > 0


def test_the_reference_program_signs_so(caller, dispatched):
    body = json.dumps(update("u1")).encode()
    answer = caller.post(AT, content=body, headers=reference_headers(SECRET.get_secret_value(), body, utcnow()))
    assert answer.status_code == 200


def signed(body: bytes, secret: str = SECRET.get_secret_value(), age: float = 0, key_id: str = "1") -> dict[str, str]:
    return sign(SecretStr(secret), key_id, body, utcnow() - timedelta(seconds=age))


BODY = json.dumps(update("u1")).encode()


@pytest.mark.parametrize(
    "made",
    [
        dict,
        lambda: signed(BODY, "another"),
        lambda: signed(BODY, ""),
        lambda: signed(BODY + b" "),
        lambda: signed(BODY, age=WINDOW_SECONDS + 60),
        lambda: signed(BODY, age=-WINDOW_SECONDS - 60),
        lambda: signed(BODY, key_id="2"),
        lambda: signed(BODY) | {"X-Minsheng-Timestamp": "now"},
        lambda: signed(BODY) | {"X-Minsheng-Timestamp": "1e9"},
        lambda: signed(BODY) | {"X-Minsheng-Timestamp": str(int(utcnow().timestamp()) + 1)},
        lambda: signed(BODY) | {"X-Minsheng-Signature": "sha256="},
        lambda: signed(BODY) | {"X-Minsheng-Signature": "é".encode("latin-1").decode("latin-1")},
    ],
)
def test_what_is_not_signed_rightly_is_refused(caller, dispatched, history, made, caplog):
    before = history(dispatched)
    encoded = {name: value.encode("latin-1") for name, value in made().items()}
    with caplog.at_level(logging.DEBUG):
        refused = caller.post(AT, content=BODY, headers=encoded)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "bad_signature")
    assert history(dispatched) == before
    assert SECRET.get_secret_value() not in caplog.text + refused.text


def test_secrets_change_without_a_gap(caller, dispatched, monkeypatch):
    two = config.configured()[0].model_copy(update={"callback_secrets": {"old": "OLD", "new": "NEW"}})
    monkeypatch.setattr(callbacks, "configured", lambda: (two,))
    monkeypatch.setenv("OLD", "old secret")
    monkeypatch.setenv("NEW", "new secret")
    for number, (key_id, secret) in enumerate((("old", "old secret"), ("new", "new secret"), ("", "old secret"))):
        body = json.dumps(update(f"u{number}")).encode()
        assert caller.post(AT, content=body, headers=signed(body, secret, key_id=key_id)).status_code == 200
    assert caller.post(AT, content=BODY, headers=signed(BODY, "old secret", key_id="new")).status_code == 401


@pytest.mark.parametrize(
    ("content", "code", "named"),
    [
        (b"", "invalid", "JSON"),
        (b"\xff", "invalid", "JSON"),
        (b"[" * 50_000, "invalid", "JSON"),
        (b"[1]", "invalid", ""),
        ({}, "invalid", "status"),
        (update("u1", updated_datetime="2026-11-28T10:00:00"), "invalid", "updated_datetime"),
        (update("u1", updated_datetime="yesterday"), "invalid", "updated_datetime"),
        (update(""), "invalid", "update_id"),
        (update("u" * 101), "invalid", "update_id"),
        (update(7), "invalid", "update_id"),
        (update("u1", service_request_id=""), "invalid", "reference"),
        (update("u1", service_request_id="\0"), "invalid", "service_request_id"),
        (update("u1", description="字" * 5000), "invalid", "description"),
        (update("u1", media_url=[f"https://photos.example.cn/{n}" for n in range(10)]), "invalid", "media_url"),
        (update("u1", description="\ud800"), "invalid", "description"),
        (update("u1", "dancing"), "unknown_status", "dancing"),
        (update("u1", media_url="https://evil.example.cn/a.jpg"), "photo_forbidden", "evil.example.cn"),
        (update("u1", media_url="http://169.254.169.254/latest"), "photo_forbidden", "169.254.169.254"),
    ],
)
def test_what_cannot_be_taken_is_said_and_changes_nothing(caller, dispatched, history, content, code, named):
    before = history(dispatched)
    refused = call(caller, content)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, code)
    assert named in refused.json()["error"]["message"]
    assert history(dispatched) == before
    with reading() as session:
        assert session.query(DispatchUpdate).count() == 0


def test_other_ways_to_be_wrong(caller, dispatched):
    assert call(caller, update("u1", service_request_id="77")).status_code == 404
    assert call(caller, update("u1"), "/dispatch/callbacks/nobody").status_code == 404
    assert call(caller, b"x" * 100_000).status_code == 413
    assert caller.get(AT).status_code == 405


def test_a_destination_without_a_secret_takes_no_callbacks(caller, monkeypatch):
    monkeypatch.setenv("MINSHENG_DISPATCH_CALLBACK_SECRET", "")
    forget()
    body = json.dumps(update("u1")).encode()
    assert caller.post(AT, content=body, headers=signed(body, "")).status_code == 404


def test_characters_that_no_database_takes_do_no_harm(caller, dispatched, report_text):
    body = json.dumps(update("u1", description="好\0了")).encode()
    assert call(caller, body).status_code == 200
    assert report_text(dispatched) == "好了"


@pytest.fixture
def report_text():
    def read(report_id: int) -> str:
        with reading() as session:
            return session.get_one(Report, report_id).events[-1].data["note"]

    return read


def test_a_withdrawn_report_stays_so(caller, dispatched, change, history):
    change(dispatched, withdraw)
    assert call(caller, update("u1", "fixed", "好了")).status_code == 200
    assert history(dispatched)[-1] == "withdrawn"


# Photos


def attached(report_id: int) -> list[str]:
    """Who the photos of a report are from."""
    with reading() as session:
        return [photo.actor for photo in session.get_one(Report, report_id).attachments]


@pytest.fixture
def gallery(caller, monkeypatch):
    """Their server of photos, which is allowed."""
    with serving(StandIn()) as running:
        host = host_of(running.base)
        monkeypatch.setattr(photos, "allowed_hosts", lambda: {host: "loopback"})
        yield running


def waiting() -> list[tuple[bool, str | None]]:
    with reading() as session:
        rows = session.query(DispatchPhoto).order_by(DispatchPhoto.id)
        return [(photo.next_attempt_at is not None, photo.error) for photo in rows]


def due() -> None:
    with writing() as session:
        for photo in session.query(DispatchPhoto).where(DispatchPhoto.next_attempt_at.is_not(None)):
            photo.next_attempt_at = utcnow()


def test_photos_are_fetched_later_and_each_once(caller, dispatched, gallery, history, clerk):
    gallery.answer = lambda asked: (200, jpeg())
    urls = [f"{gallery.base}/1.jpg", f"{gallery.base}/2.jpg"]
    assert call(caller, update("u1", "fixed", "好了", media_url=urls)).status_code == 200
    assert gallery.asked == []
    fetch_photos()
    assert attached(dispatched) == ["交通委"] * 2
    fetch_photos()
    assert len(gallery.asked) == 2
    assert waiting() == [(False, None), (False, None)]
    assert "work_order.photos_told" in history(dispatched)
    assert clerk.get(f"/console/report/detail?pk={dispatched}").text.count(gallery.base) == 2


def test_a_photo_that_does_not_come_is_tried_again_and_given_up_in_the_end(caller, dispatched, gallery, history):
    gallery.answer = lambda asked: (503, "")
    call(caller, update("u1", media_url=f"{gallery.base}/1.jpg"))
    for attempt in range(photos.MOST_ATTEMPTS):
        assert waiting()[0][0], attempt
        due()
        fetch_photos()
    assert waiting() == [(False, "对方返回 503")]
    assert "work_order.photo_failed" in history(dispatched)


def test_what_is_no_photo_or_sends_us_elsewhere_comes_to_no_report(caller, dispatched, gallery, history):
    gallery.answers = [(200, "<svg/>"), (302, "", {"Location": "http://127.0.0.1:1/"})]
    call(caller, update("u1", media_url=[f"{gallery.base}/1.svg", f"{gallery.base}/2.jpg"]))
    fetch_photos()
    assert attached(dispatched) == []
    assert waiting() == [(False, "这不是能收的照片，请发 JPEG、PNG 或 WebP 格式的。"), (True, "对方返回 302")]
    assert len(gallery.asked) == 2
