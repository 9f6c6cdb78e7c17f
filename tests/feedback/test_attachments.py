"""Photos of reports: what is taken and what of it is kept, where it lies, who sees it, and when it goes."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from sqlalchemy import select, update

from feedback import (
    Attachment,
    Report,
    accept,
    attach,
    endorse,
    erase,
    export_of,
    hold_back_photos,
    latest_photo_report,
    location_of,
    pause,
    public_photos,
    waiting_photos,
)
from feedback.attachments import files, sweeping, taking
from feedback.attachments.approval import approve, hide
from feedback.attachments.pages import mount_attachments
from feedback.attachments.photo import LONGEST_SIDE, MOST_BYTES, SMALL_SIDE, clean
from feedback.attachments.waiting import MOST
from feedback.errors import NotAPhoto, PhotoTooLarge, ReasonMissing, TooManyPhotos, WordsMissing
from feedback.privacy import retention
from storage import migrate, reading, utcnow, writing
from storage.encrypted import add_key, keys
from storage.encrypted import settings as storage_settings
from tests.feedback.conftest import token
from tests.pictures import SECRET, SHANGHAI, bomb, jpeg, opened, picture, tags, written

# --- what is taken ---


@pytest.mark.parametrize(
    "content",
    [
        jpeg(),
        written(picture(), "PNG"),
        written(picture(), "WEBP"),
        written(picture(mode="CMYK")),
        written(picture(mode="L")),
        written(picture(mode="P"), "PNG", transparency=0),
        written(picture(mode="RGBA"), "WEBP"),
        written(picture(mode="1"), "PNG"),
        written(Image.new("I;16", (60, 40)), "PNG"),
    ],
)
def test_photos_of_every_kind_become_plain_jpegs(content):
    photo = clean(content)
    for kept in (photo.large, photo.small):
        assert (opened(kept).format, opened(kept).mode) == ("JPEG", "RGB")
    assert max(opened(photo.small).size) <= SMALL_SIDE


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        written(picture(), "GIF"),
        written(picture(), "BMP"),
        written(picture(), "TIFF"),
        b"%PDF-1.7\n" + jpeg(),
        b"\xff\xd8\xff\xe0" + bytes(500),
        jpeg()[: len(jpeg()) // 2],
        written(picture(), "PNG")[:300],
        b"\0\0\0\x18ftypheic" + bytes(500),
    ],
    ids=["empty", "text", "svg", "gif", "bmp", "tiff", "pdf", "head only", "half a jpeg", "half a png", "heic"],
)
def test_what_is_no_whole_photo_is_refused_in_words(content):
    with pytest.raises(NotAPhoto, match="照片"):
        clean(content)


def test_a_bomb_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda image: pytest.fail("it was decoded"))
    for side in (8_000, 12_000, 50_000):  # above what we take; above where Pillow warns; above where Pillow refuses
        with pytest.raises(PhotoTooLarge, match="尺寸"):
            clean(bomb(side))
        with pytest.raises(PhotoTooLarge, match="尺寸"):
            location_of(bomb(side))


def test_too_many_bytes_are_refused_unread(monkeypatch):
    monkeypatch.setattr("PIL.Image.open", lambda *_, **__: pytest.fail("it was read"))
    with pytest.raises(PhotoTooLarge, match="MB"):
        clean(jpeg() + bytes(MOST_BYTES))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([jpeg((60, 40)), written(picture((60, 40)), "PNG")]), st.data())
def test_whatever_is_damaged_is_either_drawn_or_refused(content, data):
    damaged = bytearray(content)
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with suppress(NotAPhoto, PhotoTooLarge):
        assert opened(clean(bytes(damaged)).large).format == "JPEG"
    with suppress(NotAPhoto, PhotoTooLarge):
        location_of(bytes(damaged))


# --- what of it is kept ---


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_pixels_is_kept(form):
    options = {"exif": tags(), "xmp": b"<x>" + SECRET + b"</x>", "icc_profile": _profile()}
    if form == "JPEG":
        options["comment"] = SECRET
    content = written(picture(), form, **options)
    assert SECRET in content
    for kept in (clean(content).large, clean(content).small):
        assert SECRET not in kept
        assert b"Exif" not in kept
        image = opened(kept)
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert location_of(kept) is None


def _profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def test_what_hides_behind_or_in_a_photo_stays_behind():
    archive = b"PK\x03\x04" + SECRET
    page = b"<script>alert(1)</script>"
    for content in (jpeg() + archive, written(picture(), comment=page) + page, written(picture(), "PNG") + archive):
        kept = clean(content).large
        assert SECRET not in kept
        assert page not in kept


def test_only_the_first_frame_of_an_animation_is_kept():
    frames = [picture(), Image.new("RGB", (640, 480), "blue")]
    content = written(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    kept = opened(clean(content).large)
    assert getattr(kept, "n_frames", 1) == 1
    assert kept.getpixel((5, 5))[0] > 150, "the red mark of the first"


@pytest.mark.parametrize(("orientation", "corner"), [(1, "upper left"), (3, "lower right"), (6, "upper right")])
def test_a_photo_is_kept_upright(orientation, corner):
    kept = opened(clean(written(picture(), exif=tags(orientation))).large)
    at = {"upper left": (5, 5), "lower right": (kept.width - 5, kept.height - 5), "upper right": (kept.width - 5, 5)}
    assert [name for name, place in at.items() if kept.getpixel(place)[0] > 200] == [corner]


def test_a_large_photo_is_made_smaller_and_a_small_one_is_left():
    assert opened(clean(jpeg((4000, 1000))).large).size == (LONGEST_SIDE, LONGEST_SIDE // 4)
    assert opened(clean(jpeg((100, 50))).large).size == (100, 50)


def test_what_is_transparent_becomes_white():
    kept = opened(clean(written(Image.new("RGBA", (50, 50), (255, 0, 0, 0)), "PNG")).large)
    assert min(kept.getpixel((25, 25))) > 250


@pytest.mark.parametrize("content", [written(picture(), exif=tags()), written(picture(), "PNG", exif=tags())])
def test_the_place_can_be_had_before_it_goes(content):
    assert location_of(content) == SHANGHAI


def test_a_place_that_cannot_be_is_none():
    exif = tags()
    exif.get_ifd(0x8825)[2] = (200.0, 0.0, 0.0)
    assert location_of(written(picture(), exif=exif)) is None
    assert location_of(jpeg()) is None


# --- where it lies ---


@pytest.fixture
def add(change):
    """Adds a photo to a report; returns its row."""
    return lambda report_id, source="department", by="绿化市容局": change(report_id, attach, jpeg(), source, by)


def send(message_id: str = "1", conversation_id: str = "web-1") -> Attachment:
    """A resident sends a photo."""
    with writing() as session:
        return taking.receive(session, conversation_id, message_id, taking.keep(jpeg()))


def rows() -> list[Attachment]:
    with reading() as session:
        return list(session.scalars(select(Attachment).order_by(Attachment.id)))


def stored() -> set[str]:
    """The names of all files."""
    return {file.name for file in files.folder().rglob("*") if file.is_file()}


def age(hours: float) -> None:
    """Let all photos and their files be so old."""
    with writing() as session:
        session.execute(update(Attachment).values(created_at=utcnow() - timedelta(hours=hours)))
    for file in files.folder().rglob("*"):
        moment = (utcnow() - timedelta(hours=hours)).timestamp()
        os.utime(file, (moment, moment))


def test_files_are_encrypted_and_readable_for_this_user_alone(filed, add):
    photo = add(filed())
    assert stored() == {photo.sha256, photo.sha256 + files.SMALL}
    for file in files.folder().rglob("*"):
        if file.is_file():
            assert file.read_bytes().startswith(b"gAAAA")
            assert file.stat().st_mode & 0o077 == 0
    assert opened(files.read(photo.sha256)).size == (640, 480)
    assert max(opened(files.read(photo.sha256, small=True)).size) == SMALL_SIDE


def test_the_same_photo_twice_has_files_of_its_own(filed, add):
    report = filed()
    assert add(report).sha256 != add(report).sha256


def test_without_its_file_there_is_no_row(filed, change, monkeypatch):
    report = filed()

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError):
        change(report, attach, jpeg(), "department", "局")
    assert rows() == []


def test_files_without_a_row_are_swept_when_they_are_old_enough(filed, change, add):
    report = filed()
    kept = add(report)

    def crash(session, report):
        attach(session, report, jpeg(), "department", "局")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        change(report, crash)
    (files.folder() / kept.sha256[:2] / f"{kept.sha256}.0123").write_bytes(b"half writ")
    assert len(stored()) == 5
    sweeping.sweep()
    assert len(stored()) == 5, "a row may still come"
    age(2)
    sweeping.sweep()
    assert stored() == {kept.sha256, kept.sha256 + files.SMALL}


def test_the_folder_can_be_another(filed, add, tmp_path, monkeypatch):
    from feedback.settings import settings as feedback_settings

    monkeypatch.setattr(feedback_settings(), "attachments_folder", str(tmp_path / "shared"))
    photo = add(filed())
    assert (tmp_path / "shared" / photo.sha256[:2] / photo.sha256).exists()


def test_after_a_rotation_of_keys_the_old_one_may_go(filed, add):
    old = add(filed())
    add_key()
    assert sweeping.rotate() == 1
    assert sweeping.rotate() == 0
    (storage_settings().var / "data_keys").write_text(keys()[0])
    import storage.encrypted

    storage.encrypted.cipher.cache_clear()
    (new,) = rows()
    assert new.sha256 != old.sha256
    assert opened(files.read(new.sha256)).size == (640, 480)
    assert opened(files.read(new.sha256, small=True)).format == "JPEG"
    age(2)
    sweeping.sweep()
    assert old.sha256 not in stored()


# --- how it comes to a report ---


def of(report_id: int) -> list[int]:
    """The photos of a report."""
    return [photo.id for photo in rows() if photo.report_id == report_id]


def test_photos_wait_for_the_report_and_go_along(filed):
    sent = [send("1").id, send("2").id]
    other = send("1", "web-2").id
    report = filed()
    assert of(report) == sent
    with reading() as session:
        assert [photo.id for photo in waiting_photos(session, "web-2")] == [other]


def test_a_photo_after_filing_goes_to_the_fresh_open_report(filed, history, change):
    report = filed()
    assert send().report_id == report
    assert history(report)[-2] == "report.photo_added"
    with reading() as session:
        assert latest_photo_report(session, "web-1").id == report


def test_a_photo_goes_to_no_old_ended_or_foreign_report(filed, change):
    old, ended, foreign = filed(), filed(), filed(conversation_id="web-2")
    with writing() as session:
        session.execute(update(Report).where(Report.id == old).values(created_at=utcnow() - timedelta(hours=2)))
        session.execute(update(Report).where(Report.id == ended).values(state="withdrawn"))
    assert send().report_id is None
    assert of(foreign) == []


def test_photos_sent_while_another_matter_is_told_wait_for_that(filed, history):
    with_it = send("0").id
    first = filed()
    send("1"), send("2")
    with writing() as session:
        assert hold_back_photos(session, "web-1") == 2
    send("3")
    second = filed()
    assert of(first) == [with_it]
    assert len(of(second)) == 3
    assert "report.photo_removed" in history(first)


def test_who_joins_a_report_brings_their_photos(filed, change):
    report = filed()
    photo = send(conversation_id="web-2")
    change(report, endorse, "web-2", "也没亮")
    assert of(report) == [photo.id]


def test_a_repeated_message_is_one_photo(database):
    send("1")
    with reading() as session:
        assert taking.received(session, "web-1", "1").id == rows()[0].id
        assert taking.received(session, "web-2", "1") is None


def test_a_report_takes_nine_photos_from_each_side(filed, add):
    for number in range(MOST):
        send(str(number))
    with pytest.raises(TooManyPhotos, match="9"):
        send("more")
    report = filed()
    with pytest.raises(TooManyPhotos, match="9"):
        send("more")
    for _ in range(MOST):
        add(report)
    with pytest.raises(TooManyPhotos, match="9"):
        add(report)
    assert len(of(report)) == 2 * MOST


def test_a_conversation_sends_only_so_many_in_a_time(filed, monkeypatch):
    monkeypatch.setattr(taking, "MOST_AT_ONCE", 2)
    with reading() as session:
        taking.check_pace(session, "web-1")
    send("1"), send("2")
    with reading() as session, pytest.raises(TooManyPhotos, match="太快"):
        taking.check_pace(session, "web-1")
    age(1)
    with reading() as session:
        taking.check_pace(session, "web-1")


def test_a_photo_answers_what_the_resident_was_asked_and_one_of_the_department_does_not(filed, change, add):
    report = filed()
    change(report, accept, "甲")
    change(report, pause, "甲", "请发照片")
    add(report)
    with reading() as session:
        assert session.get_one(Report, report).waiting_since
    send()
    with reading() as session:
        assert session.get_one(Report, report).waiting_since is None


def test_a_photo_for_which_no_report_was_filed_goes_after_a_day(database):
    send()
    age(25)
    with reading() as session:
        assert waiting_photos(session, "web-1") == []
    sweeping.sweep()
    assert rows() == []
    assert stored() == set()


# --- who sees it ---


@pytest.fixture
def everybody(database) -> TestClient:
    """Anybody; the token of a web session is here the conversation itself."""
    app = FastAPI()
    mount_attachments(app, lambda token: token or None)
    return TestClient(app)


def seen(client: TestClient, photo: Attachment, conversation: str = "") -> int:
    headers = {"Authorization": f"Bearer {conversation}"} if conversation else {}
    return client.get(f"/attachments/{photo.key}", headers=headers).status_code


def test_a_photo_is_its_owners_and_nobody_elses(everybody, filed):
    photo = send()
    assert seen(everybody, photo, "web-1") == 200
    filed(publishable=True)
    assert seen(everybody, photo, "web-1") == 200
    assert seen(everybody, photo, "web-2") == 404
    assert seen(everybody, photo) == 404


def test_a_departments_photo_is_for_the_owner_unless_staff_hide_it(everybody, filed, change, add):
    report = filed()
    photo = add(report)
    joined = send(conversation_id="web-2")
    change(report, endorse, "web-2", "也没亮")
    assert seen(everybody, photo, "web-1") == 200
    assert seen(everybody, photo, "web-2") == 404
    assert seen(everybody, joined, "web-1") == 404, "what another resident sent"
    change(report, hide, "甲", [photo.key], "有人脸")
    assert seen(everybody, photo, "web-1") == 404


def test_the_public_sees_what_staff_approved_of_a_published_report(everybody, filed, change):
    photo = send()
    report = filed(publishable=True)
    change(report, accept, "甲")
    assert seen(everybody, photo) == 404
    change(report, approve, "甲", [photo.key])
    assert seen(everybody, photo) == 200
    with reading() as session:
        assert [p.key for p in public_photos(session.get_one(Report, report))] == [photo.key]
    change(report, hide, "甲", [photo.key], "有车牌")
    assert seen(everybody, photo) == 404
    change(report, approve, "甲", [photo.key])
    with writing() as session:
        session.get_one(Report, report).publishable = False
    assert seen(everybody, photo) == 404, "approved, but the report is no longer published"


def test_decisions_need_a_photo_and_hiding_a_reason(filed, change, add):
    report, other = filed(), filed()
    photo = add(report)
    for keys_ in ([], ["x"], [add(other).key]):
        with pytest.raises(WordsMissing):
            change(report, approve, "甲", keys_)
    with pytest.raises(ReasonMissing):
        change(report, hide, "甲", [photo.key], " ")


def test_a_photo_is_served_so_that_nothing_in_it_can_run(everybody, filed):
    photo = send()
    answer = everybody.get(f"/attachments/{photo.key}", headers={"Authorization": "Bearer web-1"})
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["content-disposition"].startswith("inline")
    assert answer.headers["cache-control"].startswith("private")
    small = everybody.get(f"/attachments/{photo.key}?size=small", headers={"Authorization": "Bearer web-1"})
    assert max(opened(small.content).size) == SMALL_SIDE


@pytest.mark.parametrize(
    "key", ["x", "../data_keys", "..%2fdata_keys", "%2e%2e/%2e%2e/etc/passwd", "%00", "'--", "a" * 5000]
)
def test_no_key_leads_anywhere_else(everybody, key):
    assert everybody.get(f"/attachments/{key}", headers={"Authorization": "Bearer web-1"}).status_code == 404


def test_the_hash_is_no_key_and_a_lost_file_is_not_found(everybody, filed):
    photo = send()
    assert everybody.get(f"/attachments/{photo.sha256}", headers={"Authorization": "Bearer web-1"}).status_code == 404
    for file in files.folder().rglob(f"{photo.sha256}*"):
        file.unlink()
    assert seen(everybody, photo, "web-1") == 404


# --- the console ---


def test_staff_see_photos_on_the_reports_page_and_decide(clerk, filed, add, history):
    mount_attachments(clerk.app, lambda token: None)
    sent = send()
    report = filed(publishable=True)
    shown = add(report)
    page = clerk.get(f"/console/report/detail?pk={report}").text
    for photo in (sent, shown):
        assert f'src="/attachments/{photo.key}?size=small"' in page
        assert seen(clerk, photo) == 200
    assert 'alt="照片 1：市民' in page
    assert 'alt="照片 2：绿化市容局' in page
    decide(clerk, report, "approve_photos", photo=sent.key)
    decide(clerk, report, "hide_photos", photo=shown.key, reason="有人脸")
    approved, hidden = rows()
    assert approved.approved_at and hidden.hidden_at
    assert history(report)[-3:-1] == ["photo.approved", "photo.hidden"]
    page = clerk.get(f"/console/report/detail?pk={report}").text
    assert "可以公开" in page and "已隐藏" in page and "照片 2：有人脸" in page


def decide(clerk: TestClient, report: int, action: str, **form) -> None:
    page = f"/console/report/detail?pk={report}"
    where = f"/console/_api/report/row-action?pk={report}&name={action}"
    answer = clerk.post(where, data=form, headers={"X-CSRFToken": token(clerk, page)["csrftoken"]})
    assert answer.status_code == 200, answer.text


def test_who_is_logged_out_or_was_switched_off_sees_nothing(clerk, filed):
    from feedback.models import Staff

    mount_attachments(clerk.app, lambda token: None)
    photo = send()
    assert seen(clerk, photo) == 200
    with writing() as session:
        session.execute(update(Staff).values(active=False))
    assert seen(clerk, photo) == 404


# --- when it goes ---


def test_an_erased_residents_photos_stay_with_the_report_and_belong_to_nobody(everybody, filed, change):
    photo = send()
    report = filed(publishable=True)
    change(report, accept, "甲")
    change(report, approve, "甲", [photo.key])
    with writing() as session:
        session.execute(update(Report).values(created_at=utcnow() - timedelta(hours=2)))
    unfiled = send("later")
    with writing() as session:
        erase(session, "web-1")
    (left,) = rows()
    assert (left.id, left.report_id) == (photo.id, report)
    assert (left.conversation_id, left.message_id, left.approved_at) == (None, None, None)
    assert seen(everybody, photo) == seen(everybody, photo, "web-1") == 404
    age(2)
    sweeping.sweep()
    assert stored() == {photo.sha256, photo.sha256 + files.SMALL}
    assert unfiled.sha256 not in stored()


def test_a_resident_can_have_the_list_of_their_photos(filed):
    photo = send()
    filed()
    with reading() as session:
        (told,) = export_of(session, "web-1")["reports"]
    assert told["photos"][0]["address"] == f"/attachments/{photo.key}"


def test_photos_are_kept_so_long_after_a_report_was_closed(filed):
    send()
    report = filed()
    with writing() as session:
        session.get_one(Report, report).closed_at = utcnow() - timedelta(days=10)
    with writing() as session:
        assert retention.expire_photos(session, utcnow() - timedelta(days=11)) == 0
    with writing() as session:
        assert retention.expire_photos(session, utcnow() - timedelta(days=9)) == 1
    assert rows() == []


def test_migrations_go_down_and_up_with_photos(filed):
    send()
    filed()
    migrate("base")
    migrate()
    assert rows() == []
