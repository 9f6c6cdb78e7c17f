"""Filing over Open311, and what departments' systems tell: what is kept, what is refused, and that nothing is stored then."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import quote

import pytest
from sqlalchemy import func, select

from feedback import Report, WorkOrder, accept
from feedback.alarms.models import Alarm
from feedback.lifecycle import change as change_state
from feedback.models import OutboxMessage, ReportEvent
from feedback.open311.models import Filing
from feedback.privacy import consent
from feedback.settings import settings
from storage import reading, utcnow

LAMP = {"service_code": "road.streetlight", "address_string": "徐汇区漕溪北路100号", "description": "路灯不亮"}


@pytest.fixture
def file(open311, api_key):
    """Files a request with some fields chosen, None for none; returns the answer."""
    key = api_key("file")

    def send(path: str = "requests.json", headers: dict | None = None, **fields):
        form = {"api_key": key} | LAMP | fields
        form = {name.replace("attribute_", "attribute[") + "]" if name.startswith("attribute_") else name: value
                for name, value in form.items() if value is not None}  # fmt: skip
        return open311.post(path, data=form, headers=headers)

    return send


def stored(answer) -> Report:
    """The report that was filed, with all that belongs to it."""
    assert answer.status_code == 200, answer.text
    (filed,) = answer.json()
    with reading() as session:
        report = session.scalars(select(Report).where(Report.public_id == filed["service_request_id"])).one()
        session.refresh(report, ["events", "work_orders", "deadlines"])
        return report


def how_many() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(Report))


def refused(answer, status: int, words: str) -> None:
    assert answer.status_code == status, answer.text
    assert words in "".join(error["description"] for error in answer.json())
    assert {error["code"] for error in answer.json()} == {status}
    assert how_many() == 0


def test_a_request_becomes_a_report_like_any_other(file):
    report = stored(file(lat="31.19", long="121.43", attribute_pole="A12"))
    assert (report.state, report.channel, report.kind) == ("submitted", "open311", "complaint")
    assert (report.category, report.district, report.address) == ("road.streetlight", "徐汇区", "徐汇区漕溪北路100号")
    assert (report.latitude, report.longitude) == (31.19, 121.43)
    assert report.text == "路灯不亮\n灯杆编号：A12"
    assert (
        report.spot and len(report.deadlines) == 0 and [event.name for event in report.events] == ["report.submitted"]
    )
    assert not report.publishable and not report.urgent


def test_the_answer_has_the_id_or_nothing_and_the_number_for_the_resident(file, open311):
    (filed,) = file().json()
    assert list(filed) == ["service_request_id", "service_notice", "account_id"]
    assert "诉求编号" in filed["service_notice"]
    answer = file("requests.xml")
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert b"<service_requests><request><service_request_id>" in answer.content


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"address_string": None, "lat": "31.19", "long": "121.43"}, (None, 31.19)),
        ({"address_string": None, "address_id": "310104-7"}, ("地址编号 310104-7", None)),
        ({"address_string": "", "lat": " 31.19 ", "long": "1.2143e2"}, (None, 31.19)),
    ],
)
def test_any_way_to_tell_the_place_is_enough(file, fields, place):
    report = stored(file(**fields))
    assert (report.address, report.latitude) == place


def test_what_the_attributes_tell_goes_where_it_belongs(file):
    report = stored(
        file(service_code="noise.living", attribute_kind="tipoff", attribute_district="静安区", attribute_publish="yes",
             **{"attribute[hours][]": ["night", "evening"], "attribute[colour]": "red"})
    )  # fmt: skip
    assert (report.kind, report.district, report.publishable) == ("tipoff", "静安区", True)
    assert report.text == "路灯不亮\n时段：深夜、晚上"


def test_no_description_is_a_request_too(file):
    assert stored(file(description=None)).text == "路灯"


def test_four_thousand_characters_fit_and_one_more_does_not(file):
    refused(file(description="路" * 4001), 400, "description 最多 4000 个字")
    assert stored(file(description="路" * 4000)).text == "路" * 4000


def test_a_contact_is_kept_only_with_consent_to_a_text_that_there_is(file):
    answer = file(
        phone="13800001112", email="a@example.org", first_name="三", last_name="张", account_id="7", device_id="d"
    )
    report = stored(answer)
    assert (report.contact, report.identity) == (None, "anonymous")
    assert "联系方式没有保存" in answer.json()[0]["service_notice"]
    told = {"phone": "13800001112", "attribute_consent": consent.CURRENT}
    report = stored(file(**told))
    assert (report.contact, report.consent, report.identity) == ("13800001112", consent.CURRENT, "confidential")
    assert stored(file(**told, attribute_identity="named")).identity == "named"
    assert stored(file(attribute_identity="named")).identity == "anonymous"
    assert file(**told | {"attribute_consent": "1999"}).status_code == 400


def test_the_own_number_does_not_stay_in_the_words(file):
    report = stored(file(description="打 13800001112", phone="13800001112", attribute_consent=consent.CURRENT))
    assert "138" not in report.text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"address_string": None}, "要有地点"),
        ({"address_string": "  "}, "要有地点"),
        ({"lat": "31.19"}, "lat 和 long 要一起给"),
        ({"lat": "39.9", "long": "116.4"}, "不在本市范围内"),
        ({"lat": "121.43", "long": "31.19"}, "不在本市范围内"),
        ({"lat": "north", "long": "121.43"}, "lat 要是数字"),
        ({"lat": "nan", "long": "inf"}, "long 要是数字"),
        ({"service_code": None}, "service_code 必填"),
        ({"service_code": "traffic.transit"}, "attribute[line] 必填"),
        ({"attribute_kind": "emergency"}, "attribute[kind] 只能是"),
        ({"attribute_district": "朝阳区"}, "attribute[district] 只能是"),
        ({"attribute_pole": "A" * 201}, "attribute[pole] 最多 200 个字"),
        ({"attribute_pole": "A\nB"}, "attribute[pole] 不能换行"),
        ({"attribute_pole": ["A", "B"]}, "attribute[pole] 只能有一个值"),
        ({"attribute_pole": "A\x00"}, "attributes 含有不能保存的控制字符"),
        ({"service_code": "market.price", "attribute_business": "店", "attribute_amount": "inf"}, "attribute[amount] 要是数字"),
        ({"service_code": "market.food", "attribute_business": "店", "attribute_happened_at": "2026-11-01"}, "带时区的时间"),
        ({"description": "路灯\x00"}, "description 含有不能保存的控制字符"),
        ({"address_string": "路" * 501}, "address_string 最多 500 个字"),
        ({"phone": "12", "attribute_consent": consent.CURRENT}, "phone 不是电话号码"),
        ({"email": "nobody", "attribute_consent": consent.CURRENT}, "email 不是邮箱地址"),
        ({"media_url": "file:///etc/passwd"}, "media_url 要是 http 或 https"),
        ({"media_url": "http://[::1"}, "media_url 要是 http 或 https"),
    ],
)  # fmt: skip
def test_bad_fields_are_named_and_nothing_is_stored(file, fields, words):
    refused(file(**fields), 400, words)


def test_all_faults_are_told_at_once(file):
    answer = file(service_code="traffic.transit", address_string=None, attribute_kind="x", media_url="x")
    assert len(answer.json()) == 4


def test_an_unknown_or_private_service_is_not_found(file):
    for code in ("nothing", "labor.wages", "crisis.self_harm", "a" * 10_000):
        refused(file(service_code=code), 404, "没有这个 service_code")


def test_filing_needs_a_key_that_may_file(file, open311, api_key):
    refused(file(api_key=None), 403, "api_key 必填")
    refused(file(api_key="msk_wrong"), 403, "api_key 不对")
    refused(file(api_key=api_key("read", "update", name="读")), 403, "没有 file 权限")
    # Who has no key learns nothing of what else is wrong.
    refused(open311.post("requests.json", data={"lat": "x"}), 403, "api_key 必填")


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b'{"service_code": "road.streetlight"}', "application/json", 415),
        (b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "text/xml", 415),
        (b"x", None, 415),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 415),
        (b"description=%ED%A0%80", "application/x-www-form-urlencoded", 400),
        (b"description=\xff", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a%d=1" % n for n in range(201)), "application/x-www-form-urlencoded", 400),
        (b"attribute[" * 5000 + b"=1", "application/x-www-form-urlencoded; charset=utf-8", 403),
        (b"", "application/x-www-form-urlencoded", 403),
    ],
)
def test_what_is_no_form_is_refused_unread(open311, database, body, media_type, status):
    answer = open311.post("requests.json", content=body, headers={"Content-Type": media_type} if media_type else {})
    refused(answer, status, "")


def test_raw_and_escaped_characters_are_read_alike(open311, api_key):
    key = api_key("file")
    raw = f"api_key={key}&service_code=road.streetlight&address_string=漕溪北路&description=路灯 坏&&了".encode()
    escaped = f"api_key={key}&service_code=road.streetlight&address_string={quote('漕溪北路')}&description={quote('路灯')}+{quote('坏')}"
    form = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    for body in (raw, escaped.encode()):
        assert stored(open311.post("requests.json", content=body, headers=form)).text == "路灯 坏"


def test_large_bodies_are_refused(open311, database):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    refused(open311.post("requests.json", content=b"", headers=form | {"Content-Length": "104857600"}), 413, "内容太大")
    refused(open311.post("requests.json", content=b"", headers=form | {"Content-Length": "-1"}), 413, "内容太大")
    answer = open311.post("servicerequestupdates.json", content=b"a=" + b"b" * 200_000, headers=form)
    refused(answer, 413, "内容太大")
    assert answer.headers["connection"] == "close"


def test_the_same_key_or_reference_files_once(file, open311, api_key):
    headers = {"Idempotency-Key": "k1"}
    assert (
        file(headers=headers).json()[0]["service_request_id"] == file(headers=headers).json()[0]["service_request_id"]
    )
    assert stored(file(attribute_external_id="k1")).id == stored(file(attribute_external_id="k1", description="又")).id
    assert how_many() == 2
    other = api_key("file", name="另一个")
    assert stored(file(api_key=other, headers=headers)) and how_many() == 3
    assert stored(file()).id != stored(file()).id
    assert file(headers={"Idempotency-Key": "k" * 201}).status_code == 400
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Filing)) == how_many() == 5


def test_the_same_request_eight_times_at_once_is_one_report(file):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: file(headers={"Idempotency-Key": "k"}), range(8)))
    assert len({stored(answer).id for answer in answers}) == how_many() == 1


def test_what_cannot_wait_goes_out_at_once_and_alarms(file):
    for answer in (
        file(service_code="road.manhole", attribute_cover="missing"),
        file(attribute_urgent="yes"),
        file(service_code="safety.fire", description="楼下着火了"),
    ):
        report = stored(answer)
        assert report.urgent and report.work_orders
        assert "110" in answer.json()[0]["service_notice"]
    assert report.kind == "emergency"
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Alarm)) == 3


def test_despair_is_never_sent_out_whatever_the_service(file):
    report = stored(file(description="我不想活了"))
    assert (report.category, report.urgent, report.work_orders) == ("crisis.self_harm", True, [])


def test_media_are_kept_as_told_from_sites_that_are_allowed(file, monkeypatch):
    url = "https://photos.example.org/a.jpg"
    answer = file(media_url=url)
    assert "照片没有保存" in answer.json()[0]["service_notice"] and url not in stored(answer).text
    monkeypatch.setattr(settings(), "open311_media_hosts", "photos.example.org, other.example.org")
    assert stored(file(media_url=url)).text.endswith(f"照片：{url}")
    for trick in ("https://photos.example.org@evil.example/a.jpg", "https://evil.example/photos.example.org"):
        assert trick not in stored(file(media_url=trick)).text


def test_a_filed_request_can_be_followed_by_whoever_filed_it(file, open311, api_key):
    (filed,) = file().json()
    path = f"requests/{filed['service_request_id']}.json"
    assert open311.get(path).status_code == 404
    assert open311.get(path, params={"api_key": api_key("file", "read", name="另一个")}).status_code == 200
    assert open311.get(path, params={"api_key": api_key("update", name="部门")}).status_code == 404


@pytest.fixture
def order(filed, change):
    """A work order that a department's system knows as 77; returns its report."""
    report_id = filed(publishable=True)
    change(report_id, accept, "甲")

    def deliver(session, report):
        report.work_orders[0].external_id = "77"
        change_state(report, "dispatch", "派单系统", department=report.work_orders[0].department)

    change(report_id, deliver)
    return report_id


@pytest.fixture
def tell(open311, api_key):
    """Tells an update as a department's system does; returns the answer."""
    key = api_key("update")

    def send(**fields):
        form = {"api_key": key, "service_request_id": "77", "update_id": "1", "status": "fixed"}
        form |= {"updated_datetime": utcnow().isoformat(), "description": "灯泡已更换"} | fields
        return open311.post("servicerequestupdates.json", data={k: v for k, v in form.items() if v is not None})

    return send


def state_of(report_id: int) -> str:
    with reading() as session:
        return session.get_one(Report, report_id).state


def test_a_departments_update_is_carried_out_once(order, tell, open311):
    for _ in range(3):
        assert tell().json() == [{"update_id": "1"}]
    assert state_of(order) == "resolved"
    with reading() as session:
        resolved = select(func.count()).select_from(ReportEvent).where(ReportEvent.name == "report.resolved")
        assert session.scalar(resolved) == 1
    (found,) = open311.get("requests.json").json()
    assert (found["status"], found["status_notes"]) == ("closed", "已办结：灯泡已更换")
    assert open311.get("servicerequestupdates.json").json()[-1]["status"] == "CLOSED"


def test_a_department_returns_what_is_not_theirs_with_a_reason(order, tell):
    assert tell(status="NOT_RESPONSIBLE", description=None).status_code == 400
    assert tell(status="NOT_RESPONSIBLE", description="属于区里").status_code == 200
    assert state_of(order) == "accepted"


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"api_key": None}, 403, "api_key 必填"),
        ({"service_request_id": "78"}, 404, "没有这张工单"),
        ({"service_request_id": None}, 400, "service_request_id 必填"),
        ({"service_request_id": "7" * 101}, 400, "service_request_id 最多 100 个字"),
        ({"update_id": None}, 400, "update_id 必填"),
        ({"status": "perhaps"}, 400, "status 只能是"),
        ({"updated_datetime": "2026-11-28T00:00:00"}, 400, "updated_datetime 要是带时区的时间"),
        ({"updated_datetime": (utcnow() + timedelta(days=2)).isoformat()}, 400, "updated_datetime 在将来"),
        ({"description": "\x00"}, 400, "description 含有"),
    ],
)
def test_an_update_that_cannot_be_is_refused_and_changes_nothing(order, tell, fields, status, words):
    answer = tell(**fields)
    assert (answer.status_code, words in answer.text) == (status, True)
    assert state_of(order) == "dispatched"


def test_a_key_that_may_only_file_tells_no_updates(order, tell, api_key):
    assert tell(api_key=api_key("file", "read", name="读")).status_code == 403
    assert state_of(order) == "dispatched"
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(WorkOrder)) == 1
        assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 1
