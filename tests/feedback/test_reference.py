"""The reference dispatch system: its pages, its Open311, its callbacks; and over a real socket each fault it can be told to have."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import Element

import httpx
import pytest
from defusedxml import ElementTree
from fastapi.testclient import TestClient
from PIL import Image

from feedback.dispatch.reference import Callback, create_app
from feedback.dispatch.reference.callbacks import MOST_ATTEMPTS, Caller
from feedback.dispatch.reference.faults import Faults, Switch
from storage import utcnow
from tests.system import eventually, served

KEY = "secret"
REQUEST = {
    "api_key": KEY,
    "service_code": "road.streetlight",
    "address_string": "徐汇区 漕溪北路100号",
    "description": "路灯坏了",
    "attribute[external_id]": "20261128ABCDEFGH1-7",
    "attribute[department]": "交通委",
}


@pytest.fixture
def app(tmp_path):
    return create_app(tmp_path / "reference.db", KEY)


@pytest.fixture
def desk(app) -> TestClient:
    """The program as a worker's browser and a script see it, without a socket."""
    return TestClient(app, base_url="http://desk", client=("127.0.0.1", 50000))


@pytest.fixture
def remote(app) -> Iterator[httpx.Client]:
    """The program over a real socket."""
    with served(app) as base, httpx.Client(base_url=base, timeout=10, trust_env=False) as http:
        yield http


def file(http: httpx.Client, key: str | None = None, form: str = "xml", **changes: str | None) -> httpx.Response:
    fields = {name: value for name, value in (REQUEST | changes).items() if value is not None}
    headers = {"Idempotency-Key": key} if key else {}
    return http.post(f"/open311/v2/requests.{form}", data=fields, headers=headers)


def act(http: httpx.Client, job: int, step: str, note: str = "", **fields) -> httpx.Response:
    return http.post(f"/jobs/{job}/{step}", data={"note": note, **fields}, follow_redirects=False)


def tell(http: httpx.Client, **faults) -> None:
    assert http.put("/faults", json=faults).status_code == 200


def updates(http: httpx.Client) -> list[dict]:
    return http.get("/open311/v2/servicerequestupdates.json").json()


def listed(http: httpx.Client) -> int:
    return len(http.get("/open311/v2/requests.json").json())


def tree(response: httpx.Response) -> Element:
    return ElementTree.fromstring(response.content)


# --- the pages


def enter(desk: TestClient, name: str = "王小明", department: str = "交通委", **fields) -> httpx.Response:
    return desk.post("/door", data={"name": name, "department": department, **fields}, follow_redirects=False)


def test_the_list_shows_the_urgent_first_then_what_is_due_and_the_closed_last(desk):
    file(desk, **{"description": "办完的", "attribute[urgent]": "true"})
    act(desk, 1, "finish", "好了")
    file(desk, description="不急的")
    file(desk, **{"description": "快到期的", "attribute[due]": "2026-11-20T09:00:00+08:00"})
    file(desk, **{"description": "紧急的", "attribute[urgent]": "true"})
    page = desk.get("/").text
    assert sorted(["紧急的", "快到期的", "不急的", "办完的"], key=page.index) == [
        "紧急的",
        "快到期的",
        "不急的",
        "办完的",
    ]
    assert "紧急</strong>" in page
    assert "已超期，期限 11月20日 09:00" in page


def test_the_list_counts_and_can_be_narrowed(desk):
    file(desk)
    file(desk, **{"attribute[department]": "水务局", "description": "河水发黑", "attribute[external_id]": "X2"})
    act(desk, 2, "start")
    assert "待签收 <b>1</b>" in desk.get("/").text
    for narrowed, found in (
        ({"department": "水务局"}, "工单 2"),
        ({"status": "处置中"}, "工单 2"),
        ({"q": "发黑"}, "工单 2"),
        ({"q": "20261128-ABCD-EFGH1"}, "工单 1"),
        ({"q": "20261128abcdefgh1-7"}, "工单 1"),
        ({"q": "2"}, "工单 2"),
    ):
        page = desk.get("/", params=narrowed).text
        assert page.count("<article") == 1, narrowed
        assert found in page, narrowed
    assert "没有找到「%」" in desk.get("/", params={"q": "%"}).text


def test_every_page_says_that_it_is_a_reference(desk):
    file(desk)
    for path in ("/", "/jobs/1", "/jobs/9", "/door", "/faults", "/nothing"):
        assert "参考派单系统，仅供演示" in desk.get(path).text, path


def test_a_worker_gives_a_name_at_the_door_and_the_history_keeps_it(desk):
    file(desk)
    assert "登记姓名和部门" in desk.get("/jobs/1").text
    assert enter(desk, next="/jobs/1").headers["location"] == "/jobs/1"
    act(desk, 1, "receive")
    page = desk.get("/jobs/1").text
    assert "王小明，交通委" in page
    assert "签收</strong>" in page


@pytest.mark.parametrize("next", ["//evil.example", "https://evil.example", "/\\evil.example", ""])
def test_the_door_leads_nowhere_else(desk, next):
    assert enter(desk, next=next).headers["location"].startswith("/?department=")


def test_the_door_needs_a_name_and_a_department(desk):
    assert enter(desk, name=" ").status_code == 422
    assert enter(desk, department="").status_code == 422
    assert enter(desk, name="王" * 31).status_code == 422


def test_steps_lead_on_and_what_needs_words_needs_them(desk):
    file(desk)
    assert act(desk, 1, "receive").status_code == 303
    refused = act(desk, 1, "receive")
    assert (refused.status_code, "没有签收" in refused.text) == (409, True)
    assert act(desk, 1, "start").status_code == 303
    for step, words in (("note", "请写明进展"), ("finish", "请写明处置结果"), ("return", "请写明退单理由")):
        refused = act(desk, 1, step, "  ")
        assert (refused.status_code, words in refused.text) == (422, True)
    assert act(desk, 1, "note", "字" * 2001).status_code == 422
    assert act(desk, 1, "note", "已派人").status_code == 303
    assert act(desk, 1, "finish", "灯泡已换").status_code == 303
    assert act(desk, 1, "return", "不归我们").status_code == 409
    assert act(desk, 1, "vanish").status_code == 404
    assert act(desk, 2, "receive").status_code == 404
    assert [(u["status"], u["description"]) for u in updates(desk)] == [
        ("investigating", ""),
        ("in_progress", ""),
        ("in_progress", "已派人"),
        ("fixed", "灯泡已换"),
    ]


def test_what_was_written_is_still_there_after_a_refusal(desk):
    file(desk)
    enter(desk)
    act(desk, 1, "start")
    refused = act(desk, 1, "note", "写了很久的话", seen="0")
    assert refused.status_code == 409
    assert "写了很久的话</textarea>" in refused.text
    assert "王小明，交通委已在" in refused.text


def test_of_two_who_take_the_same_step_at_once_one_is_told_that_it_was_too_late(remote):
    file(remote)
    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(lambda _: act(remote, 1, "note", "同一句话", seen="0").status_code, range(2)))
    assert sorted(answers) == [303, 409]
    assert len(updates(remote)) == 1


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
@pytest.mark.parametrize("path", ["/jobs/1/start", "/door", "/faults"])
def test_a_form_from_elsewhere_changes_nothing(desk, headers, path):
    file(desk)
    answer = desk.post(path, data={"name": "王", "department": "交通委", "slow": "1"}, headers=headers)
    assert answer.status_code == 403
    assert "别的网站" in answer.text
    assert updates(desk) == []
    assert not desk.cookies


def test_a_form_of_ours_is_taken(desk):
    file(desk)
    ours = {"Origin": "http://desk", "Sec-Fetch-Site": "same-origin"}
    assert desk.post("/jobs/1/start", headers=ours, follow_redirects=False).status_code == 303


def test_what_anybody_writes_stays_text(desk):
    file(desk, description="<script>alert(1)</script>", **{"attribute[service_name]": "<b>灯</b>"})
    act(desk, 1, "note", "<img src=x>")
    for page in (desk.get("/"), desk.get("/jobs/1")):
        assert "<script>" not in page.text
        assert "<img src=x>" not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]


def test_a_body_that_is_too_long_is_refused_before_it_is_read(desk):
    for path in ("/jobs/1/note", "/open311/v2/requests.xml"):
        check_error(desk.post(path, content=b"", headers={"Content-Length": "100000000"}), 413, "xml")
        check_error(desk.post(path, headers={"Transfer-Encoding": "chunked"}), 411, "xml")


def test_when_the_program_itself_fails_it_says_so_in_the_form_that_was_asked_for(app, tmp_path):
    desk = TestClient(app, raise_server_exceptions=False)
    with sqlite3.connect(tmp_path / "reference.db") as broken:
        broken.executescript("DROP TABLE photos; DROP TABLE job_updates; DROP TABLE jobs;")
    answer = desk.get("/")
    assert (answer.status_code, "系统出了差错" in answer.text) == (500, True)
    check_error(desk.get("/open311/v2/requests.json"), 500, "json")


# --- photos


def picture(size: tuple[int, int] = (40, 30), form: str = "JPEG", **options) -> bytes:
    written = BytesIO()
    Image.new("RGB", size, "orange").save(written, form, **options)
    return written.getvalue()


def with_place() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "a telephone"
    exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 11.0, 40.0), 3: "E", 4: (121.0, 26.0, 15.0)})
    return picture(exif=exif, comment=b"at home")


def attach(desk: TestClient, *contents: bytes) -> httpx.Response:
    files = [("photos", (f"{n}.jpg", content)) for n, content in enumerate(contents)]
    return desk.post("/jobs/1/note", data={"note": "现场"}, files=files, follow_redirects=False)


def test_photos_go_out_with_the_update_and_tell_nothing_but_the_picture(desk):
    file(desk)
    original = with_place()
    assert Image.open(BytesIO(original)).getexif().get_ifd(0x8825), "the test's own picture tells the place"
    assert attach(desk, original, picture(form="PNG")).status_code == 303
    urls = updates(desk)[0]["media_url"]
    root = tree(desk.get("/open311/v2/servicerequestupdates.xml"))
    assert [e.text for e in root.iterfind("request_update/media_url")] == urls
    assert len(urls) == 2
    kept = desk.get(urls[0])
    image = Image.open(BytesIO(kept.content))
    assert kept.headers["content-type"] == "image/jpeg"
    assert (image.size, dict(image.getexif()), image.info.get("comment")) == ((40, 30), {}, None)
    assert urls[0].removeprefix("http://desk") in desk.get("/jobs/1").text


def test_a_large_photo_is_made_smaller_and_turned_upright(desk):
    file(desk)
    exif = Image.Exif()
    exif[0x0112] = 6
    attach(desk, picture((3200, 1600), exif=exif))
    assert Image.open(BytesIO(desk.get(updates(desk)[0]["media_url"][0]).content)).size == (800, 1600)


@pytest.mark.parametrize(
    "contents",
    [
        [b"<svg xmlns='http://www.w3.org/2000/svg'/>"],
        [picture(form="GIF")],
        [picture()[:300]],
        [picture((10_000, 6_000), "PNG")],
        [picture() + b"0" * 8_000_000],
        [picture()] * 5,
    ],
    ids=["svg", "gif", "cut off", "too many pixels", "too many bytes", "too many"],
)
def test_what_is_no_fit_photo_is_refused_and_the_step_not_taken(desk, contents):
    file(desk)
    refused = attach(desk, *contents)
    assert refused.status_code == 422
    assert "照片请重新选择" in refused.text
    assert updates(desk) == []


# --- Open311


def test_services_and_their_definition(desk):
    root = tree(desk.get("/open311/v2/services.xml"))
    names = {s.findtext("service_code"): s.findtext("service_name") for s in root.iterfind("service")}
    assert names["road.streetlight"] == "路灯"
    assert {s["type"] for s in desk.get("/open311/v2/services.json").json()} == {"realtime"}
    definition = tree(desk.get("/open311/v2/services/road.streetlight.xml"))
    codes = [a.findtext("code") for a in definition.iterfind("attributes/attribute")]
    assert "external_id" in codes
    assert definition.findtext("attributes/attribute/required") == "false"
    assert desk.get("/open311/v2/services/road.streetlight.json").json()["service_code"] == "road.streetlight"


def test_a_request_is_filed_and_read_in_both_formats(desk):
    assert tree(file(desk)).findtext("request/service_request_id") == "1"
    assert (
        file(desk, form="json", lat="31.19", long="121.43", address_string=None).json()[0]["service_request_id"] == "2"
    )
    act(desk, 1, "finish", "灯泡已换")
    first = tree(desk.get("/open311/v2/requests/1.xml")).find("request")
    assert {e.tag: e.text for e in first if e.tag in ("status", "status_notes", "agency_responsible", "address")} == {
        "status": "closed",
        "status_notes": "灯泡已换",
        "agency_responsible": "交通委",
        "address": "徐汇区 漕溪北路100号",
    }
    second = desk.get("/open311/v2/requests/2.json").json()[0]
    assert (second["status"], second["lat"], second["service_name"]) == ("open", 31.19, "路灯")
    assert second["requested_datetime"].endswith("+00:00")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["3", "2", "1"]),
        ("service_request_id=1,3,99,x", ["3", "1"]),
        ("service_request_id=99999999999999999999999", []),
        ("external_id=B", ["2"]),
        ("service_code=road.manhole", ["2"]),
        ("service_code=road.manhole,road.streetlight&status=open", ["3", "2"]),
        ("status=closed", ["1"]),
        ("status=open,closed&page=2&page_size=2", ["1"]),
        ("start_date=2001-01-01T00:00:00Z&end_date=2001-02-01T00:00:00Z", []),
        ("start_date=&end_date=&status=", ["3", "2", "1"]),
        ("end_date=2001-01-01T00:00:00+08:00", []),
    ],
)
def test_requests_are_filtered(desk, query, found):
    file(desk)
    file(desk, service_code="road.manhole", **{"attribute[external_id]": "B"})
    file(desk)
    act(desk, 1, "finish", "好了")
    assert [row["service_request_id"] for row in desk.get(f"/open311/v2/requests.json?{query}").json()] == found


def test_our_own_number_is_told_with_extensions_only(desk):
    file(desk)
    assert "extended_attributes" not in desk.get("/open311/v2/requests.json").json()[0]
    extended = tree(desk.get("/open311/v2/requests.xml?external_id=20261128ABCDEFGH1-7&extensions=true"))
    assert extended.findtext("request/extended_attributes/external_id") == "20261128ABCDEFGH1-7"
    assert extended.findtext("request/extended_attributes/detailed_status") == "open"


@pytest.mark.parametrize("form", ["xml", "json"])
@pytest.mark.parametrize(
    ("status", "path"),
    [
        (404, "services/nothing.{}"),
        (404, "requests/7.{}"),
        (404, "tokens/none.{}"),
        (404, "nothing.{}"),
        (400, "requests.{}?status=resolved"),
        (400, "requests.{}?start_date=2026-01-01T00:00:00"),
        (400, "requests.{}?start_date=yesterday"),
        (400, "requests.{}?start_date=2026-01-01T00:00:00Z&end_date=2026-05-01T00:00:00Z"),
        (400, "requests.{}?start_date=2026-02-01T00:00:00Z&end_date=2026-01-01T00:00:00Z"),
        (400, "requests.{}?page=0"),
        (400, "servicerequestupdates.{}?start_date=x"),
    ],
)
def test_errors_have_the_standards_body(desk, form, status, path):
    answer = desk.get("/open311/v2/" + path.format(form))
    check_error(answer, status, form)


@pytest.mark.parametrize("form", ["xml", "json"])
@pytest.mark.parametrize(
    ("status", "changes"),
    [
        (403, {"api_key": None}),
        (403, {"api_key": "密"}),
        (400, {"service_code": None}),
        (404, {"service_code": "nothing"}),
        (400, {"address_string": None}),
        (400, {"address_string": None, "lat": "31"}),
        (400, {"lat": "north", "long": "121"}),
        (400, {"lat": "91", "long": "121"}),
        (400, {"lat": "nan", "long": "121"}),
        (400, {"description": "字" * 4001}),
        (400, {"attribute[due]": "2026-11-20 09:00"}),
    ],
)
def test_a_wrong_request_is_refused_and_nothing_kept(desk, form, status, changes):
    check_error(file(desk, form=form, **changes), status, form)
    assert listed(desk) == 0


def check_error(answer: httpx.Response, status: int, form: str) -> None:
    assert answer.status_code == status
    if form == "json":
        (error,) = answer.json()
    else:
        assert tree(answer).tag == "errors"
        error = {e.tag: e.text for e in tree(answer).find("error")}
    assert str(error["code"]) == str(status)
    assert error["description"]


def test_an_unknown_format_or_method_is_said_in_xml(desk):
    check_error(desk.get("/open311/v2/requests.pdf"), 404, "xml")
    check_error(desk.delete("/open311/v2/requests.xml"), 405, "xml")


def test_what_xml_cannot_carry_is_left_out(desk):
    file(desk, description="灯\x00坏\x1f了\ufffe😀")
    assert tree(desk.get("/open311/v2/requests.xml")).findtext("request/description") == "灯坏了😀"


def test_the_same_key_is_the_same_job_also_at_once(remote):
    with ThreadPoolExecutor(4) as several:
        answers = list(several.map(lambda _: file(remote, key="k").text, range(8)))
    assert len(set(answers)) == 1
    assert listed(remote) == 1
    file(remote, key="another")
    assert listed(remote) == 2


def test_updates_are_listed_from_a_moment_on(desk):
    file(desk)
    act(desk, 1, "start")
    ahead = (utcnow() + timedelta(hours=1)).isoformat()
    ask = "/open311/v2/servicerequestupdates.json"
    assert len(desk.get(ask).json()) == 1
    assert desk.get(ask, params={"start_date": ahead}).json() == []
    assert len(desk.get(ask, params={"end_date": ahead}).json()) == 1


# --- faults, over a real socket


def test_told_to_fail_it_does_not_act_and_says_when_to_come_back(remote):
    tell(remote, fail=1, status=429, retry_after=7)
    answer = file(remote)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    tell(remote)
    assert listed(remote) == 0


def test_told_to_drop_it_acts_and_the_connection_ends(remote):
    tell(remote, drop=1)
    with pytest.raises(httpx.RemoteProtocolError):
        file(remote)
    tell(remote)
    assert listed(remote) == 1


def test_told_to_answer_garbage_it_acts_and_nobody_can_read_the_answer(remote):
    tell(remote, garbage=1)
    answer = file(remote)
    with pytest.raises(ElementTree.ParseError):
        tree(answer)
    with pytest.raises(ValueError):
        answer.json()
    tell(remote)
    assert listed(remote) == 1


def test_told_to_be_slow_it_acts_and_answers_later(remote):
    tell(remote, slow=600)
    with pytest.raises(httpx.ReadTimeout):
        remote.post("/open311/v2/requests.xml", data=REQUEST, timeout=httpx.Timeout(10, read=0.3))
    tell(remote)
    eventually(lambda: listed(remote) == 1)


def test_a_share_of_requests_fails_and_the_same_seed_fails_the_same(remote):
    def run(seed: int) -> list[int]:
        tell(remote, fail=0.5, seed=seed)
        return [remote.get("/open311/v2/services/other.xml").status_code for _ in range(30)]

    first = run(1)
    assert 5 < first.count(500) < 25
    assert run(1) == first
    assert run(2) != first


def test_told_to_repeat_and_reorder_it_does(remote):
    file(remote)
    for number in range(6):
        act(remote, 1, "note", str(number))
    tell(remote, repeat=True)
    assert [u["update_id"] for u in updates(remote)] == [str(n) for n in range(1, 7) for _ in range(2)]
    tell(remote, reorder=True, seed=1)
    shuffled = [u["update_id"] for u in updates(remote)]
    assert shuffled != sorted(shuffled)
    assert sorted(shuffled) == [str(n) for n in range(1, 7)]


@pytest.mark.parametrize(
    ("lie", "told"),
    [
        ("unfixed", [("1", "1", "fixed"), ("1-unfixed", "1", "in_progress")]),
        ("unknown_status", [("1", "1", "teleported")]),
        ("wrong_id", [("1", "2", "fixed")]),
    ],
)
def test_told_to_lie_it_does(remote, lie, told):
    file(remote)
    file(remote)
    act(remote, 1, "finish", "好了")
    tell(remote, lie=lie)
    assert [(u["update_id"], u["service_request_id"], u["status"]) for u in updates(remote)] == told
    moments = [u["updated_datetime"] for u in updates(remote)]
    assert moments == sorted(moments)


def test_told_to_ignore_keys_it_makes_a_job_each_time(remote):
    tell(remote, ignore_keys=True)
    file(remote, key="k")
    file(remote, key="k")
    assert len(remote.get("/open311/v2/requests.json?external_id=20261128ABCDEFGH1-7").json()) == 2


def test_told_to_answer_with_tokens_it_gives_the_number_later(remote):
    tell(remote, tokens=True, token_seconds=3600)
    answer = tree(file(remote, key="k"))
    token = answer.findtext("request/token")
    assert answer.find("request/service_request_id") is None
    assert tree(file(remote, key="k")).findtext("request/token") == token
    assert remote.get(f"/open311/v2/tokens/{token}.json").json() == [{"service_request_id": None, "token": token}]
    tell(remote, tokens=True)
    assert tree(remote.get(f"/open311/v2/tokens/{token}.xml")).findtext("request/service_request_id") == "1"
    assert remote.get("/open311/v2/services.json").json()[0]["type"] == "batch"


@pytest.mark.parametrize("faults", [{"fail": 2}, {"fail": 0.6, "drop": 0.6}, {"lie": "x"}, {"slow": -1}, {"typo": 1}])
def test_faults_that_make_no_sense_are_refused(remote, faults):
    assert remote.put("/faults", json=faults).status_code == 422
    assert file(remote).status_code == 200


def test_faults_are_set_on_the_page_too_and_every_page_says_so(desk):
    assert desk.post("/faults", data={"fail": "0.5", "repeat": "true", "seed": ""}).status_code == 200
    assert desk.app.state.switch.faults == Faults(fail=0.5, repeat=True)
    assert "故障模拟已开启" in desk.get("/").text
    assert "没有保存" in desk.post("/faults", data={"fail": "7"}).text
    desk.post("/faults")
    assert "故障模拟已开启" not in desk.get("/").text


def test_faults_are_set_from_this_machine_only(app):
    elsewhere = TestClient(app, client=("10.0.0.9", 50000))
    assert elsewhere.put("/faults", json={"fail": 1}).status_code == 403
    assert elsewhere.post("/faults", data={"fail": "1"}).status_code == 403
    assert file(elsewhere).status_code == 200


# --- callbacks


class Receiver(ThreadingHTTPServer):
    """Takes callbacks whose signature is right; `refuse` answers that many with 503 first."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[dict] = []
        self.refuse = 0

    @property
    def callback(self) -> Callback:
        return Callback(f"http://127.0.0.1:{self.server_port}/callbacks", "shared", "http://reference")


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signed = f"{self.headers['X-Minsheng-Timestamp']}.".encode() + body
        wanted = "sha256=" + hmac.new(b"shared", signed, hashlib.sha256).hexdigest()
        fresh = abs(int(self.headers["X-Minsheng-Timestamp"]) - utcnow().timestamp()) < 60
        if self.server.refuse or not fresh or self.headers["X-Minsheng-Signature"] != wanted:
            self.server.refuse -= 1
            return self.send_response_only(503) or self.end_headers()
        self.server.taken.append(json.loads(body))
        self.send_response_only(204)
        self.end_headers()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_each_step_is_called_back_signed(tmp_path, receiver):
    with served(create_app(tmp_path / "reference.db", KEY, receiver.callback)) as base:
        http = httpx.Client(base_url=base, trust_env=False)
        file(http)
        act(http, 1, "finish", "灯泡已换")
        eventually(lambda: "已回传" in http.get("/jobs/1").text)
    assert [(u["update_id"], u["status"], u["description"]) for u in receiver.taken] == [("1", "fixed", "灯泡已换")]


def test_a_callback_that_is_refused_comes_again_later_and_later_and_is_given_up_in_the_end(desk, receiver):
    file(desk)
    attach(desk, picture())
    caller = Caller(desk.app.state.store, receiver.callback, Switch())
    receiver.refuse = 2
    now = utcnow()
    caller.tell(now)
    caller.tell(now)
    assert receiver.refuse == 1, "the second attempt isn't due yet"
    assert "等待再次回传" in desk.get("/jobs/1").text
    caller.tell(now + timedelta(seconds=3))
    caller.tell(now + timedelta(seconds=10))
    assert [u["media_url"][0].startswith("http://reference/photos/") for u in receiver.taken] == [True]

    act(desk, 1, "start")
    receiver.refuse = 100
    for hour in range(1, 20):
        caller.tell(now + timedelta(hours=hour))
    assert receiver.refuse == 100 - MOST_ATTEMPTS
    assert "回传没有成功" in desk.get("/jobs/1").text


def test_callbacks_meet_the_faults_of_updates(desk, receiver):
    switch = Switch()
    switch.set(Faults(repeat=True, lie="unfixed"))
    file(desk)
    act(desk, 1, "finish", "好了")
    Caller(desk.app.state.store, receiver.callback, switch).tell(utcnow())
    assert [u["update_id"] for u in receiver.taken] == ["1", "1", "1-unfixed", "1-unfixed"]


# --- as a program


def test_the_program_answers_to_no_name_but_its_own_and_calls_back_where_it_is_told(monkeypatch, tmp_path):
    from bot import reference_dispatch
    from bot.settings import settings as bot_settings
    from feedback.settings import settings

    monkeypatch.setenv("MINSHENG_VAR", str(tmp_path))
    monkeypatch.setenv("MINSHENG_REFERENCE_CALLBACK_URL", "http://127.0.0.1:9/callbacks")
    settings.cache_clear()
    bot_settings.cache_clear()
    try:
        program = reference_dispatch.program()
        assert reference_dispatch.callback() is None, "no secret, no callback"
        monkeypatch.setenv("MINSHENG_REFERENCE_CALLBACK_SECRET", "shared")
        bot_settings.cache_clear()
        assert reference_dispatch.callback().url == "http://127.0.0.1:9/callbacks"
        assert "shared" not in repr(reference_dispatch.callback())
    finally:
        settings.cache_clear()
        bot_settings.cache_clear()
    assert TestClient(program, base_url="http://127.0.0.1:8031").get("/").status_code == 200
    assert TestClient(program, base_url="http://evil.example").get("/").status_code == 400


@pytest.mark.parametrize(("url", "started"), [("", True), ("https://dispatch.example/open311/v2", False)])
def test_it_is_not_started_where_a_real_dispatch_system_is_named(monkeypatch, url, started):
    from bot.processes import processes
    from feedback.settings import settings

    monkeypatch.setenv("MINSHENG_DISPATCH_URL", url)
    settings.cache_clear()
    try:
        assert ("bot.reference_dispatch" in [p.module for p in processes(Path("model"))]) == started
    finally:
        settings.cache_clear()


def test_a_file_of_the_first_version_goes_on(tmp_path):
    with sqlite3.connect(tmp_path / "old.db") as old:
        old.executescript("""
            CREATE TABLE jobs (id INTEGER PRIMARY KEY, idempotency_key VARCHAR UNIQUE, reference VARCHAR,
                service_code VARCHAR NOT NULL, service_name VARCHAR, description VARCHAR NOT NULL, address VARCHAR,
                status VARCHAR NOT NULL, created_at DATETIME NOT NULL);
            CREATE TABLE job_updates (id INTEGER PRIMARY KEY, job_id INTEGER NOT NULL REFERENCES jobs (id),
                status VARCHAR NOT NULL, note VARCHAR NOT NULL, created_at DATETIME NOT NULL);
            INSERT INTO jobs VALUES (1, 'k', 'R', 'road.streetlight', '路灯', '灯坏了', '某路', 'investigating', '2026-11-20 00:00:00');
            INSERT INTO job_updates VALUES (1, 1, 'investigating', '', '2026-11-20 01:00:00');
        """)
    desk = TestClient(create_app(tmp_path / "old.db", KEY))
    assert "灯坏了" in desk.get("/").text
    assert "已签收" in desk.get("/jobs/1").text
    assert tree(file(desk, key="k")).findtext("request/service_request_id") == "1"
    assert act(desk, 1, "finish", "好了").status_code == 303
