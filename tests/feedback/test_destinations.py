"""Destinations: their file, and each kind against a strict stand-in over a real socket."""

from __future__ import annotations

import csv
import hashlib
import hmac
import json
from datetime import datetime, timedelta

import httpx
import pytest
from openpyxl import load_workbook
from pydantic import SecretStr

from feedback import Report, accept, withdraw
from feedback.dispatch.addresses import guarded_client
from feedback.dispatch.delivery import deliver_next
from feedback.dispatch.destinations import Sent, config, connect
from feedback.dispatch.destinations import destinations as the_destinations
from feedback.dispatch.destinations.config import FilesConfig, Open311Config, WebhookConfig, WrongFile, load
from feedback.dispatch.destinations.files import write_files
from feedback.dispatch.destinations.models import DispatchToken, FileBatch, FileRow
from feedback.dispatch.destinations.open311 import Open311
from feedback.dispatch.destinations.webhook import Webhook
from feedback.dispatch.errors import CannotTell, DispatchRefused, DispatchUnavailable
from feedback.dispatch.numbering import ask_for_numbers
from feedback.models import OutboxMessage, WorkOrder
from feedback.settings import settings
from storage import reading, utcnow, writing
from tests.feedback.stand_in import DROP, Asked, StandIn, serving

LONG_AGO = datetime.fromisoformat("2026-01-01T00:00:00+08:00")
REQUEST = {
    "service_code": "road.streetlight",
    "description": "路灯坏了 <b>&",
    "address_string": "徐汇区 漕溪北路100号",
    "attribute[external_id]": "20261128ABCDEFGHJ-7",
    "attribute[urgent]": "false",
    "attribute[department]": "交通委",
}


@pytest.fixture
def server():
    with serving(StandIn()) as running:
        yield running


def open311(server: StandIn, **chosen) -> Open311:
    made = Open311Config(kind="open311", name="city", address=f"{server.base}/v2", network="loopback", **chosen)
    return Open311(made, guarded_client(made.hosts()), SecretStr("secret"))


def webhook(server: StandIn, **chosen) -> Webhook:
    made = WebhookConfig(
        kind="webhook", name="lamps", address=f"{server.base}/orders", network="loopback", secret="X", **chosen
    )
    return Webhook(made, guarded_client(made.hosts()), SecretStr("shared"))


def xml(inner: str, root: str = "service_requests") -> tuple[int, str]:
    return 200, f'<?xml version="1.0" encoding="utf-8"?><{root}>{inner}</{root}>'


FILED = {
    "xml": xml("<request><service_request_id>638344</service_request_id></request>"),
    "json": (200, '[{"service_request_id": 638344, "service_notice": null}]'),
}


# The file


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Writes a file of destinations that the settings name; returns its path."""

    def write(text: str):
        file = tmp_path / "destinations.yml"
        file.write_text(text, "utf-8")
        monkeypatch.setenv("MINSHENG_DESTINATIONS", str(file))
        _forget()
        return file

    yield write
    monkeypatch.delenv("MINSHENG_DESTINATIONS", raising=False)
    _forget()


def _forget() -> None:
    for cached in (settings, config.configured, the_destinations):
        cached.cache_clear()


THREE = """- name: lamps
  kind: webhook
  address: https://lamps.example.cn/orders
  secret: LAMPS_SECRET
  takes: {departments: [交通委], categories: [road.streetlight, traffic]}
- name: river
  kind: files
  folder: /tmp
  takes: {categories: [water], districts: [徐汇区, 长宁区]}
- name: city
  kind: open311
  address: https://dispatch.example.cn/open311/v2
  api_key: CITY_KEY
"""


def test_the_first_destination_that_fits_takes_the_order(written, monkeypatch):
    monkeypatch.setenv("LAMPS_SECRET", "s")
    monkeypatch.setenv("CITY_KEY", "k")
    written(THREE)

    def chosen(department: str, category: str, district: str | None = "徐汇区") -> str:
        return config.choose(WorkOrder(department=department, report=Report(category=category, district=district)))

    assert chosen("交通委", "road.streetlight") == "lamps"
    assert chosen("交通委", "traffic.parking", None) == "lamps"
    assert chosen("城管局", "road.streetlight") == "city"
    assert chosen("水务局", "water.river") == "river"
    assert chosen("水务局", "water.river", "浦东新区") == chosen("水务局", "water.river", None) == "city"
    assert list(the_destinations()) == ["lamps", "river", "city"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("kind: webhook", "kind: webhok"), "第 1 行，第 1 个去处：kind 只能是"),
        (("address: https://lamps.example.cn/orders", "adress: x"), "第 1 行，第 1 个去处 address：缺少这一项"),
        (("https://lamps", "http://lamps"), "第 1 行，第 1 个去处：要用 https"),
        (("https://lamps", "https://me:word@lamps"), "第 3 行，第 1 个去处 address：不是 https 网址"),
        (("[water]", "[watr]"), "第 9 行，第 2 个去处 takes.categories：没有类别「watr」"),
        (("长宁区]", "长宁]"), "第 9 行，第 2 个去处 takes.districts：没有区「长宁」"),
        (("folder: /tmp", "folder: tmp"), "第 8 行，第 2 个去处 folder：要写完整路径"),
        (("name: river", "name: lamps"), "lamps：这个名字用了两次"),
        (("CITY_KEY", "CITY_KEY\n  takes: {categories: [road]}"), "最后一个去处"),
        (("  takes: {categories: [water], districts: [徐汇区, 长宁区]}\n", ""), "最后一个去处"),
        (("LAMPS_SECRET", "NOT_SET"), "lamps.secret：环境变量 NOT_SET 没有值"),
        (("- name: lamps", "name: lamps"), "读不了"),
        (("  folder: /tmp", "  folder: /tmp\n  every_minutes: 0"), "第 9 行，第 2 个去处 every_minutes：不能小于 1"),
    ],
)
def test_what_is_wrong_in_the_file_is_told_by_line_and_key(written, monkeypatch, change, told):
    monkeypatch.setenv("LAMPS_SECRET", "s")
    monkeypatch.setenv("CITY_KEY", "k")
    with pytest.raises(WrongFile) as wrong:
        load(written(THREE.replace(*change)))
    assert told in str(wrong.value)


def test_a_secret_that_somebody_wrote_into_the_file_is_not_repeated(written):
    with pytest.raises(WrongFile) as wrong:
        load(written(THREE.replace("secret: LAMPS_SECRET", "secret: [hunter2]\n  key_id: 'hunter2!'")))
    assert "hunter2" not in str(wrong.value)


def test_without_a_file_there_is_the_one_of_the_settings(monkeypatch):
    _forget()
    (only,) = config.configured()
    assert (only.name, only.network, only.honours_keys) == ("default", "loopback", True)
    monkeypatch.setenv("MINSHENG_DISPATCH_URL", "https://dispatch.example.cn/v2/")
    _forget()
    (only,) = config.configured()
    assert (only.address, only.network, only.honours_keys) == ("https://dispatch.example.cn/v2", "public", False)
    monkeypatch.undo()
    _forget()


@pytest.mark.parametrize(
    "address", ["http://dispatch.example.cn/v2", "dispatch.example.cn", "https://me:word@dispatch.example.cn"]
)
def test_an_address_of_the_settings_that_cannot_be_used_is_told_by_name(monkeypatch, address):
    monkeypatch.setenv("MINSHENG_DISPATCH_URL", address)
    _forget()
    with pytest.raises(WrongFile, match="MINSHENG_DISPATCH_URL：.*https"):
        config.configured()
    monkeypatch.undo()
    _forget()


# Open311


@pytest.mark.parametrize("form", ["xml", "json"])
def test_a_request_arrives_in_their_words_with_key_and_jurisdiction(server, form):
    server.answer = lambda asked: FILED[form]
    place = open311(
        server,
        format=form,
        jurisdiction_id="shanghai.cn",
        services={"road": "100", "road.streetlight": "101", "default": "999"},
        fields={"attribute[department]": "attribute[dept]", "attribute[urgent]": None},
        constants={"attribute[source]": "minsheng"},
    )
    assert place.send(REQUEST | {"media_url": "https://photos.example.cn/1.jpg"}, "key-1") == "638344"
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", f"/v2/requests.{form}")
    assert asked.headers["Idempotency-Key"] == "key-1"
    assert asked.form == {
        "api_key": "secret",
        "jurisdiction_id": "shanghai.cn",
        "service_code": "101",
        "description": "路灯坏了 <b>&",
        "address_string": "徐汇区 漕溪北路100号",
        "attribute[external_id]": "20261128ABCDEFGHJ-7",
        "attribute[dept]": "交通委",
        "attribute[source]": "minsheng",
        "media_url": "https://photos.example.cn/1.jpg",
    }


def test_categories_they_have_no_code_for(server):
    server.answer = lambda asked: FILED["xml"]
    place = open311(server, services={"road": "100", "default": "999"})
    for ours, theirs in (("road.surface", "100"), ("noise.living", "999")):
        place.send(REQUEST | {"service_code": ours}, "k")
        assert server.asked[-1].form["service_code"] == theirs
    open311(server).send(REQUEST, "k")
    assert server.asked[-1].form["service_code"] == "road.streetlight"


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x><request><token>&b;</token></request></x>'
EXTERNAL = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x><request><token>&a;</token></request></x>'


@pytest.mark.parametrize(
    ("answer", "acted", "retry_after"),
    [
        ((429, "", {"Retry-After": "17"}), False, 17.0),
        ((503, "", {"Retry-After": "-5"}), None, 0.0),
        ((503, "", {"Retry-After": "nan"}), None, None),
        ((500, "<html>oops</html>"), None, None),
        ((302, "", {"Location": "http://127.0.0.1:1/"}), False, None),
        ((403, "bad key"), False, None),
        ((200, ""), None, None),
        ((200, "<html>ok</html>"), None, None),
        ((200, "\x00\xff"), None, None),
        ((200, BOMB), None, None),
        ((200, EXTERNAL), None, None),
        ((200, '<?xml version="1.0" encoding="gb2312"?><x/>'), None, None),
        (xml("<request><service_request_id/></request>"), None, None),
        (xml(f"<request><service_request_id>{'9' * 101}</service_request_id></request>"), None, None),
        (DROP, None, None),
    ],
)
def test_an_answer_that_is_none_means_another_try(server, answer, acted, retry_after):
    server.answer = lambda asked: answer
    with pytest.raises(DispatchUnavailable) as unavailable:
        open311(server).send(REQUEST, "key-1")
    assert (unavailable.value.acted, unavailable.value.retry_after) == (acted, retry_after)
    assert "secret" not in str(unavailable.value)


@pytest.mark.parametrize(
    "content", ["[" * 100_000, "{}", "null", '"text"', "[1, 2]", '[{"service_request_id": ["a", "b"]}', ""]
)
def test_json_that_is_no_answer_means_another_try(server, content):
    server.answer = lambda asked: (200, content)
    with pytest.raises(DispatchUnavailable):
        open311(server, format="json").send(REQUEST, "key-1")


def test_nobody_there_means_that_nothing_was_done(server):
    place = open311(server)
    gone = httpx.URL(server.base).copy_with(port=9)
    place._config = place._config.model_copy(update={"address": str(gone)})
    with pytest.raises(DispatchUnavailable) as unavailable:
        place.send(REQUEST, "key-1")
    assert unavailable.value.acted is False


def test_a_refusal_says_what_they_said(server):
    server.answer = lambda asked: (
        400,
        "<errors><error><code>400</code><description>no such service</description></error></errors>",
    )
    with pytest.raises(DispatchRefused, match="no such service"):
        open311(server).send(REQUEST, "key-1")


def test_a_server_of_the_other_format_is_not_understood(server):
    server.answer = lambda asked: FILED["json"]
    with pytest.raises(DispatchUnavailable, match="不是 XML"):
        open311(server).send(REQUEST, "key-1")


UPDATES = xml(
    """<request_update><update_id>2</update_id><service_request_id>7</service_request_id><status>FIXED</status>
    <updated_datetime>2026-11-28T10:00:00+08:00</updated_datetime><description>灯泡已换</description>
    <media_url>https://photos.example.cn/1.jpg</media_url><media_url>https://photos.example.cn/2.jpg</media_url></request_update>
    <request_update><update_id>1</update_id><service_request_id>7</service_request_id><status>派工</status>
    <updated_datetime>2026-11-28T09:00:00</updated_datetime></request_update>
    <request_update><update_id>3</update_id><service_request_id>7</service_request_id><status>fixed</status>
    <updated_datetime>yesterday</updated_datetime></request_update>
    <request_update><update_id>4</update_id><service_request_id>8</service_request_id><status>closed</status>
    <updated_datetime>2999-01-01T00:00:00Z</updated_datetime></request_update>""",
    "service_request_updates",
)


def test_updates_come_in_order_and_in_our_words_and_what_cannot_be_read_keeps_none_back(server):
    server.answer = lambda asked: UPDATES
    found = open311(server, states={"派工": "in_progress"}).updates(LONG_AGO)
    assert [(update.update_id, update.status) for update in found] == [
        ("1", "in_progress"),
        ("2", "fixed"),
        ("4", "closed"),
    ]
    assert found[1].photos == ("https://photos.example.cn/1.jpg", "https://photos.example.cn/2.jpg")
    assert found[0].updated_at == datetime.fromisoformat("2026-11-28T09:00:00+08:00"), "city time where no zone is told"
    assert found[2].updated_at <= utcnow(), "the future would hide all that comes until then"
    assert server.asked[0].query == {"start_date": LONG_AGO.isoformat()}, "no key in an address"


def requests(**rows: str):
    """A server without `servicerequestupdates`, and how requests stand there."""

    def answer(asked: Asked):
        if asked.path != "/v2/requests.json":
            return 404, ""
        wanted = asked.query["service_request_id"].split(",")
        shown = [
            {"service_request_id": n, "status": s, "updated_datetime": "2026-11-28T10:00:00Z"} for n, s in rows.items()
        ]
        return 200, json.dumps([row for row in shown if row["service_request_id"] in (*wanted, "x9")])

    return answer


def test_without_servicerequestupdates_open_orders_are_asked_for_in_batches(server):
    server.answer = requests(a="open", b="closed", c="open", x9="closed")
    place = open311(server, format="json", batch=2, round_minutes=0)
    place._numbers = lambda: ["a", "b", "c"]
    for _ in range(2):
        found = place.updates(LONG_AGO)
        assert [(update.service_request_id, update.status) for update in found] == [("b", "closed")]
    paths = [asked.path for asked in server.asked]
    assert paths == ["/v2/servicerequestupdates.json"] + 4 * ["/v2/requests.json"], "what isn't there is asked for once"
    assert server.asked[1].query["service_request_id"] == "a,b"


def test_a_round_through_all_open_orders_has_its_time(server):
    server.answer = requests(a="closed")
    place = open311(server, format="json", updates="requests")
    place._numbers = lambda: ["a"]
    assert len(place.updates(LONG_AGO)) == 1
    assert place.updates(LONG_AGO) == []
    assert len(server.asked) == 1


def test_a_state_may_stand_in_an_element_of_its_own(server):
    row = {"service_request_id": "a", "status": "closed", "extended_attributes": {"detailed_status": "退回"}}
    server.answer = lambda asked: (200, json.dumps([row]))
    place = open311(
        server, format="json", state_field="extended_attributes/detailed_status", states={"退回": "returned"}
    )
    assert place.standings([Sent("R-1", "a"), Sent("R-2", None)])["R-1"].status == "returned"


def test_our_reference_is_looked_up_only_where_they_can(server):
    with pytest.raises(CannotTell):
        open311(server).find("R-1")
    place = open311(server, format="json", lookup="external_id")
    server.answer = lambda asked: (200, "[]")
    assert place.find("R-1") is None
    server.answer = lambda asked: (200, '[{"service_request_id": "5", "external_id": "R-1"}]')
    assert place.find("R-1") == "5"
    server.answer = lambda asked: (200, '[{"service_request_id": "5", "external_id": "R-2"}]')
    assert place.find("R-1") is None
    server.answer = lambda asked: (200, '[{"service_request_id": "5"}]')
    with pytest.raises(CannotTell):
        place.find("R-1")


def test_a_check_tells_which_of_our_categories_they_do_not_take(server):
    server.answer = lambda asked: xml("<service><service_code>101</service_code></service>", "services")
    takes = {"categories": ["road"]}
    faults = open311(server, takes=takes, services={"road.streetlight": "101", "road": "102"}).check()
    assert any("road.surface（对方的服务代码 102）" in fault for fault in faults)
    assert not any("streetlight" in fault or "noise" in fault for fault in faults)
    server.answer = lambda asked: (500, "")
    assert open311(server).check() == ["派单系统返回 500"]


def test_a_token_becomes_a_number_later(filed, change, history, server, written, monkeypatch):
    monkeypatch.setenv("CITY_KEY", "k")
    written(f"- {{name: city, kind: open311, address: {server.base}, network: loopback, api_key: CITY_KEY}}")
    server.answer = lambda asked: xml("<request><token>12/34</token></request>")
    report_id = filed()
    change(report_id, accept, "甲")
    assert deliver_next(the_destinations())
    assert history(report_id)[-1] == "dispatched"
    server.answer = lambda asked: xml("<request><service_request_id/><token>12/34</token></request>")
    ask_for_numbers()
    assert number_of(report_id) is None
    ask_for_numbers()
    assert len(server.asked) == 2, "it is asked again only later"
    with writing() as session:
        session.query(DispatchToken).one().next_attempt_at = utcnow()
    server.answer = lambda asked: FILED["xml"]
    ask_for_numbers()
    assert server.asked[-1].path == "/tokens/12%2F34.xml"
    assert number_of(report_id) == "638344"
    ask_for_numbers()
    assert len(server.asked) == 3


def number_of(report_id: int) -> str | None:
    with reading() as session:
        return session.get_one(Report, report_id).work_orders[0].external_id


# Webhook


def test_an_order_is_signed_json_and_its_number_is_optional(server):
    place = webhook(server, fields={"description": "content", "urgent": None}, key_id="2026a")
    server.answer = lambda asked: (201, '{"service_request_id": "L-5"}')
    assert place.send(REQUEST, "key-1") == "L-5"
    (asked,) = server.asked
    stamp = asked.headers["X-Minsheng-Timestamp"]
    digest = hmac.new(b"shared", f"{stamp}.".encode() + asked.body, hashlib.sha256).hexdigest()
    assert asked.headers["X-Minsheng-Signature"] == f"sha256={digest}"
    assert abs(int(stamp) - utcnow().timestamp()) < 60
    assert (asked.headers["X-Minsheng-Key-Id"], asked.headers["Idempotency-Key"]) == ("2026a", "key-1")
    order = json.loads(asked.body)
    assert (order["reference"], order["content"]) == ("20261128ABCDEFGHJ-7", "路灯坏了 <b>&")
    assert "urgent" not in order and not any("[" in name for name in order)
    for nothing in ((204, ""), (200, "ok"), (200, "[]")):
        server.answer = lambda asked, nothing=nothing: nothing
        assert place.send(REQUEST, "key-1") is None


def test_a_webhook_is_asked_how_orders_stand_only_where_it_can(server):
    with pytest.raises(CannotTell):
        webhook(server).find("R-1")
    place = webhook(server, lookup=f"{server.base}/lookup", states={"办好": "done"})
    rows = [{"reference": "R-1", "service_request_id": "L-5", "status": "办好"}, {"reference": "R-9", "status": "x"}]
    server.answer = lambda asked: (200, json.dumps(rows))
    assert place.find("R-1") == "L-5"
    assert place.find("R-2") is None
    standings = place.standings([Sent("R-1", "L-5"), Sent("R-2", None)])
    assert {reference: found.status for reference, found in standings.items()} == {"R-1": "done"}
    assert json.loads(server.asked[-1].body) == {"references": ["R-1", "R-2"]}
    assert "X-Minsheng-Signature" in server.asked[-1].headers


# Files


@pytest.fixture
def folder(tmp_path, written):
    """A folder that orders go to as files of a kind."""

    def make(form: str = "csv", most: int = 1000):
        place = tmp_path / "orders"
        place.mkdir(exist_ok=True)
        written(f"- {{name: river, kind: files, folder: {place}, format: {form}, most: {most}}}")
        return place

    return make


def send(*numbers: str) -> None:
    for number in numbers:
        order = REQUEST | {"attribute[external_id]": number, "description": "=HYPERLINK(1)", "phone": "13800000000"}
        assert the_destinations()["river"].send(order, f"key-{number}") is None


def wait_over() -> None:
    with writing() as session:
        for row in session.query(FileRow):
            row.created_at = utcnow() - timedelta(hours=2)


def in_files(place) -> list[str]:
    """The numbers that stand in the files that anybody can see."""
    return [row["工单编号"] for file in sorted(place.glob("*.csv")) for row in rows_of(file)]


def rows_of(file) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def test_orders_wait_for_each_other_and_come_in_one_file(database, folder):
    place = folder()
    send("A-1", "A-2")
    send("A-1")  # again: kept once
    write_files()
    assert in_files(place) == []
    wait_over()
    write_files()
    assert in_files(place) == ["A-1", "A-2"]
    (file,) = place.iterdir()
    assert file.read_bytes().startswith(b"\xef\xbb\xbf"), "Excel reads Chinese only with the mark"
    row = rows_of(file)[0]
    assert (row["内容"], row["部门"], row["电话"]) == ("'=HYPERLINK(1)", "交通委", "13800000000")
    with reading() as session:
        assert {json.dumps(kept.fields) for kept in session.query(FileRow)} == {"{}"}, "no copy of the contact stays"
    write_files()
    assert in_files(place) == ["A-1", "A-2"]


def test_a_full_file_does_not_wait(database, folder):
    place = folder(most=2)
    send("A-1", "A-2", "A-3")
    write_files()
    assert in_files(place) == ["A-1", "A-2"]


def test_a_workbook_holds_text_and_no_formulas(database, folder):
    place = folder("xlsx")
    send("A-1")
    wait_over()
    write_files()
    (file,) = place.iterdir()
    headings, row = load_workbook(file).active.iter_rows()
    cells = {heading.value: cell for heading, cell in zip(headings, row, strict=True)}
    assert (cells["内容"].value, cells["内容"].data_type) == ("'=HYPERLINK(1)", "s")


class Died(Exception):
    """As if the worker had been killed."""


@pytest.mark.parametrize("at", ["_write", "sync", "part.rename", "after rename"])
def test_whenever_the_worker_dies_each_order_is_in_exactly_one_file(database, folder, monkeypatch, at):
    place = folder()
    send("A-1", "A-2")
    wait_over()
    with monkeypatch.context() as patched, pytest.raises(Died):
        kill(patched, at)
        write_files()
    taken_away = [place.joinpath(file.name).rename(place.parent / file.name) for file in place.glob("*.csv")]
    for _ in range(2):
        write_files()
    assert sorted(in_files(place) + in_files_of(taken_away)) == ["A-1", "A-2"]
    assert not list(place.glob(".*"))
    with reading() as session:
        assert [batch.state for batch in session.query(FileBatch)] == ["published"]


def in_files_of(files) -> list[str]:
    return [row["工单编号"] for file in files for row in rows_of(file)]


def kill(patched, at: str) -> None:
    """Let the worker die when it comes to a step, or right after renaming."""
    from pathlib import Path

    real = Path.rename

    def dies(*arguments):
        raise Died

    def renames_and_dies(self, target):
        real(self, target)
        raise Died

    if at.endswith("rename"):
        patched.setattr(Path, "rename", dies if at == "part.rename" else renames_and_dies)
    else:
        patched.setattr(f"feedback.dispatch.destinations.files.{at}", dies)


def test_an_order_that_was_taken_back_comes_into_no_file(filed, change, folder):
    place = folder()
    report_id = filed()
    change(report_id, accept, "甲")
    assert deliver_next(the_destinations())
    change(report_id, withdraw)
    wait_over()
    write_files()
    assert in_files(place) == []


def test_what_stands_in_no_file_long_after_its_time_is_told(database, folder):
    place = folder()
    send("A-1")
    wait_over()
    with writing() as session:
        session.query(FileRow).one().created_at = utcnow() - timedelta(hours=9)
    assert the_destinations()["river"].check() == ["1 张工单还没有写进文件"]
    place.rmdir()
    assert "不存在" in the_destinations()["river"].check()[0]


def test_a_kind_for_each(tmp_path, monkeypatch):
    monkeypatch.setenv("X", "shared")
    assert connect(FilesConfig(kind="files", name="river", folder=tmp_path)).honours_keys
    assert connect(
        WebhookConfig(kind="webhook", name="lamps", address="https://lamps.example.cn", secret="X")
    ).honours_keys
    assert not connect(Open311Config(kind="open311", name="city", address="https://city.example.cn")).honours_keys


def test_orders_go_to_the_destination_that_was_chosen_when_they_were_made(filed, change, server, written, monkeypatch):
    monkeypatch.setenv("LAMPS_SECRET", "s")
    written(
        f"- {{name: lamps, kind: webhook, address: {server.base}/orders, network: loopback, secret: LAMPS_SECRET,"
        " takes: {categories: [road]}}\n"
        "- {name: rest, kind: files, folder: /tmp}"
    )
    server.answer = lambda asked: (200, '{"service_request_id": "L-5"}')
    report_id = filed()
    change(report_id, accept, "甲")
    with reading() as session:
        assert session.query(OutboxMessage).one().destination == "lamps"
    assert deliver_next(the_destinations())
    assert number_of(report_id) == "L-5"
