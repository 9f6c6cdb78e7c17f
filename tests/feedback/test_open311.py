"""The Open311 interface as a reader uses it: what is told to whom, in both formats, by the standard's words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from sqlalchemy import event, update

from feedback import Report, accept, allow_publication, reject, withdraw
from feedback.models import ReportEvent
from feedback.open311.app import create_app
from feedback.open311.models import Filing
from feedback.open311.requests import to_the_minute
from feedback.publication import block_publication
from nlu.categories import categories
from storage import engine, reading, utcnow, writing

FIELDS = [
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description", "agency_responsible",
    "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address", "address_id", "zipcode",
    "lat", "long", "media_url",
]  # fmt: skip
"""Of a request, in the order of the standard's example."""


@pytest.fixture
def published(filed, change):
    """Files a report that anybody may see; returns the id that the public knows it by."""

    def file(**parts) -> str:
        report_id = filed(**({"publishable": True} | parts))
        change(report_id, accept, "甲")
        return change(report_id, lambda _session, report: report.public_id)

    return file


def rewrite(public_id: str, **values) -> None:
    with writing() as session:
        session.execute(update(Report).where(Report.public_id == public_id).values(values))


def ids(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [request["service_request_id"] for request in answer.json()]


def errors(answer) -> str:
    return "\n".join(error["description"] for error in answer.json())


def test_services_are_the_public_categories(open311):
    listed = open311.get("services.json").json()
    assert [service["service_code"] for service in listed] == [c.code for c in categories().values() if c.public]
    assert list(listed[0]) == [
        "service_code", "service_name", "description", "metadata", "type", "keywords", "group",
    ]  # fmt: skip
    assert "crisis.self_harm" not in str(listed)


def test_a_definition_asks_what_belongs_to_its_service_in_order(open311):
    found = open311.get("services/traffic.transit.json").json()
    asked = {attribute["code"]: attribute for attribute in found["attributes"]}
    assert [attribute["order"] for attribute in found["attributes"]] == list(range(1, len(asked) + 1))
    assert asked["line"]["required"] is True and asked["line"]["values"] == []
    assert {"key": "complaint", "name": "投诉"} in asked["kind"]["values"]
    assert len(asked["district"]["values"]) == 16
    assert "pole" not in asked


def test_every_service_has_a_definition_with_codes_used_once(open311):
    for service in open311.get("services.json").json():
        found = open311.get(f"services/{service['service_code']}.json").json()
        codes = [attribute["code"] for attribute in found["attributes"]]
        assert len(codes) == len(set(codes))
        for attribute in found["attributes"]:
            assert bool(attribute["values"]) == attribute["datatype"].endswith("list")


def test_a_request_tells_the_standards_fields(open311, published):
    public_id = published(latitude=31.191234, longitude=121.431234)
    (found,) = open311.get("requests.json").json()
    assert list(found) == FIELDS
    assert found["service_request_id"] == public_id
    assert (found["status"], found["status_notes"]) == ("open", "已立案")
    assert (found["service_code"], found["service_name"]) == ("road.streetlight", "路灯")
    assert found["description"] == "路灯坏了"
    assert found["agency_responsible"]
    assert found["address"] == "漕溪北路100号，徐汇区"
    assert (found["lat"], found["long"]) == (31.1912, 121.4312)
    assert datetime.fromisoformat(found["requested_datetime"]).utcoffset() == timedelta(hours=8)


def test_xml_and_json_say_the_same(open311, published):
    published()
    (told,) = open311.get("requests.json").json()
    root = ElementTree.fromstring(open311.get("requests.xml").content)
    assert root.tag == "service_requests"
    (request,) = root.findall("request")
    assert [(part.tag, part.text) for part in request] == [
        (name, None if value is None else str(value)) for name, value in told.items()
    ]


@pytest.mark.parametrize(
    ("path", "accept", "media_type"),
    [
        ("services.xml", "application/json", "text/xml"),
        ("services.json", "text/xml", "application/json"),
        ("services", "", "text/xml"),
        ("services", "*/*", "text/xml"),
        ("services", "application/json", "application/json"),
        ("services", "text/html, application/json;q=0.5, text/xml;q=0.9", "text/xml"),
        ("services", "application/json;q=x", "text/xml"),
        ("requests/nothing", "application/json", "application/json"),
        ("nowhere.json", "", "application/json"),
        ("nowhere.xml", "application/json", "text/xml"),
    ],
)
def test_the_end_of_the_address_chooses_the_format_and_else_accept(open311, path, accept, media_type):
    answer = open311.get(path, headers={"Accept": accept})
    assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"


def test_xml_leaves_out_what_it_cannot_hold_and_escapes_the_rest(open311, published):
    published(text="路灯\x0b坏了 <script>&amp;</script>\ufffe")
    root = ElementTree.fromstring(open311.get("requests.xml").content)
    assert root.findtext("request/description") == "路灯坏了 <script>&amp;</script>"


def test_only_published_ones_are_seen_without_a_key(open311, published, filed, change):
    shown = published()
    hidden = [filed(), filed(publishable=True)]
    blocked, refused, taken_back = published(), filed(publishable=True), published()
    change(hidden[0], accept, "甲")
    change(refused, reject, "甲", "不属于本市")
    with reading() as session:
        known = {report.public_id: report.id for report in session.query(Report)}
    change(known[blocked], block_publication, "甲", "说到了邻居的病")
    change(known[taken_back], withdraw)
    assert ids(open311.get("requests.json")) == [shown]
    for public_id in known.keys() - {shown}:
        assert open311.get(f"requests/{public_id}.json").status_code == 404
        assert open311.get(f"tokens/{public_id}.json").status_code == 404
    assert {u["service_request_id"] for u in open311.get("servicerequestupdates.json").json()} == {shown}


def test_no_contact_name_or_number_is_told_to_anybody(open311, published, api_key):
    published(text="王先生家门口路灯坏了，打13912345678", contact="13800001112")
    with reading() as session:
        number = session.query(Report).one().number
    for path in ("requests.json", "requests.xml", "servicerequestupdates.json"):
        for key in ("", api_key("read", name=path)):
            told = open311.get(path, params={"api_key": key, "extensions": "true"}).text
            assert not any(secret in told for secret in ("王先生", "139", "138", number))


def test_where_somebody_lives_is_told_without_house_and_pin(open311, published):
    published(category="noise.living", address="漕溪北路100号", latitude=31.19, longitude=121.43)
    (found,) = open311.get("requests.json").json()
    assert found["address"] == "漕溪北路〔门牌〕，徐汇区"
    assert (found["lat"], found["long"]) == (None, None)


def test_a_key_that_may_read_sees_more_but_no_more_than_our_rules_allow(open311, filed, api_key):
    filed(text="王先生家门口路灯坏了", latitude=31.19, longitude=121.43)
    filed(kind="tipoff")
    filed(category="labor.wages")
    filed(category="health.service")
    (found,) = open311.get("requests.json", params={"api_key": api_key("read")}).json()
    assert found["description"] == "某先生家门口路灯坏了"
    assert (found["address"], found["lat"], found["long"]) == ("徐汇区", None, None)


def test_a_key_that_files_sees_its_own_in_full_and_nobody_elses(open311, filed, api_key, change):
    own, other = filed(text="王先生家门口"), filed()
    with writing() as session:
        api_key("file")
        session.add(Filing(report_id=own, api_key_id=1))
    key = api_key("file", name="另一个")
    assert ids(open311.get("requests.json", params={"api_key": key})) == []
    with writing() as session:
        session.execute(update(Filing).values(api_key_id=2))
    (found,) = open311.get("requests.json", params={"api_key": key}).json()
    assert found["description"] == "王先生家门口"
    change(own, reject, "甲", "不属于本市")
    (found,) = open311.get(f"requests/{found['service_request_id']}.json", params={"api_key": key}).json()
    assert (found["status"], found["status_notes"]) == ("closed", "不予受理：不属于本市")
    assert other


def test_filters(open311, published):
    lamp, cover = published(), published(category="road.manhole")
    done = published(category="road.manhole")
    rewrite(done, state="closed", resolved_at=datetime(2026, 1, 1, tzinfo=UTC))
    get = lambda **query: ids(open311.get("requests.json", params=query))  # noqa: E731
    assert get() == [done, cover, lamp]
    assert get(service_code="road.manhole") == [done, cover]
    assert get(service_code="road.manhole,road.streetlight") == get(service_code=["road.manhole", "road.streetlight"])
    assert get(status="open") == [cover, lamp]
    assert get(status="closed") == [done]
    assert get(status="open,closed") == get(status="") == get(service_code="") == [done, cover, lamp]
    assert get(service_request_id=f"{lamp},{done}", status="open", start_date="2020-01-01T00:00:00Z") == [done, lamp]
    assert get(service_request_id="0" * 16) == []
    (found,) = open311.get(f"requests/{done}.json").json()
    assert (found["status"], found["updated_datetime"]) == ("closed", "2026-01-01T08:00:00+08:00")


def test_pages_follow_one_another(open311, published):
    filed = [published() for _ in range(5)][::-1]
    pages = [ids(open311.get("requests.json", params={"page": page, "page_size": 2})) for page in (1, 2, 3, 4)]
    assert pages == [filed[:2], filed[2:4], filed[4:], []]


def test_dates_default_to_ninety_days_and_a_single_one_to_ninety_from_it(open311, published):
    now = utcnow()
    filed = {days: published() for days in (200, 100, 89, 1)}
    for days, public_id in filed.items():
        rewrite(public_id, created_at=now - timedelta(days=days))
    days_ago = lambda days: (now - timedelta(days=days)).isoformat()  # noqa: E731
    get = lambda **query: ids(open311.get("requests.json", params=query))  # noqa: E731
    assert get() == [filed[1], filed[89]]
    assert get(start_date=days_ago(150)) == [filed[89], filed[100]]
    assert get(end_date=days_ago(95)) == [filed[100]]
    assert get(start_date=days_ago(210), end_date=days_ago(190)) == [filed[200]]


def test_a_told_time_finds_what_it_was_told_of(open311, published):
    public_id = published()
    rewrite(public_id, created_at=to_the_minute(utcnow()) + timedelta(seconds=37))
    (found,) = open311.get("requests.json", params={"end_date": (utcnow() + timedelta(days=1)).isoformat()}).json()
    told = found["requested_datetime"]
    assert told.endswith(":00+08:00")
    assert ids(open311.get("requests.json", params={"start_date": told, "end_date": told})) == [public_id]
    # A plus that a client forgot to escape arrives as a space.
    assert open311.get(f"requests.json?start_date={told}&end_date={told}").status_code == 200


def test_extensions_add_what_the_city_knows(open311, published):
    published()
    (found,) = open311.get("requests.json", params={"extensions": "true"}).json()
    assert list(found) == [*FIELDS, "extended_attributes"]
    assert found["extended_attributes"]["state"] == "accepted"
    root = ElementTree.fromstring(open311.get("requests.xml?extensions=true").content)
    assert root.findtext("request/extended_attributes/state_name") == "已立案"


def test_a_request_is_its_own_token(open311, published):
    public_id = published()
    assert open311.get(f"tokens/{public_id}.json").json() == [{"service_request_id": public_id, "token": public_id}]
    root = ElementTree.fromstring(open311.get(f"tokens/{public_id}.xml").content)
    assert root.findtext("request/service_request_id") == public_id


def test_updates_tell_each_step_oldest_first(open311, published):
    public_id = published()
    told = open311.get("servicerequestupdates.json").json()
    assert list(told[0]) == [
        "update_id", "service_request_id", "status", "updated_datetime", "description", "media_url",
    ]  # fmt: skip
    assert [(u["service_request_id"], u["status"], u["description"]) for u in told] == [
        (public_id, "OPEN", "市民提交"),
        (public_id, "OPEN", "已立案"),
    ]
    assert open311.get("servicerequestupdates.json", params={"page_size": 1, "page": 2}).json() == told[1:]
    assert open311.get("servicerequestupdates.json", params={"start_date": "2020-01-01T00:00:00Z"}).json() == []
    root = ElementTree.fromstring(open311.get("servicerequestupdates.xml").content)
    assert [u.findtext("update_id") for u in root.findall("request_update")] == [u["update_id"] for u in told]
    with reading() as session:
        assert told[1]["update_id"] == str(session.query(ReportEvent).filter_by(name="report.accepted").one().id)


def test_discovery_names_this_interface(open311):
    found = open311.get("discovery.json").json()
    (endpoint,) = found["endpoints"]
    assert endpoint["url"] == "http://city/open311/v2"
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint["formats"] == ["text/xml", "application/json"]
    root = ElementTree.fromstring(open311.get("discovery.xml").content)
    assert [f.text for f in root.iterfind("endpoints/endpoint/formats/format")] == endpoint["formats"]
    assert open311.get("", headers={"Accept": "application/json"}).json() == found


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("start_date=2026-11-01", "start_date 要是带时区的时间"),
        ("start_date=2026-11-01T00:00:00", "start_date 要是带时区的时间"),
        ("end_date=2026-13-01T00:00:00Z", "end_date 不是一个存在的时间"),
        ("end_date=9999-12-31T23:59:59Z", "end_date 的年份"),
        ("start_date=0001-01-01T00:00:00%2B14:00", "start_date 的年份"),
        ("start_date=yesterday", "start_date"),
        ("start_date=2026-01-01T00:00:00Z&end_date=2026-06-01T00:00:00Z", "最多 90 天"),
        ("start_date=2026-02-01T00:00:00Z&end_date=2026-01-01T00:00:00Z", "start_date 不能晚于 end_date"),
        ("status=fixed", "status 只能是 open 或 closed"),
        ("page=0", "page 不能小于 1"),
        ("page=1e9", "page 要是整数"),
        ("page=99999999999999999999", "page 不能大于"),
        ("page_size=1001", "page_size 不能大于 1000"),
        ("page_size=-1", "page_size 不能小于 1"),
        ("page_size=" + "9" * 5000, "page_size"),
        ("extensions=perhaps", "extensions 只能是 true 或 false"),
        ("service_request_id=%00", "service_request_id 含有不能保存的控制字符"),
        ("service_request_id=" + ",".join("a" * 1001), "service_request_id 最多 1000 个"),
    ],
)
def test_a_wrong_parameter_is_named(open311, query, words):
    answer = open311.get(f"requests.json?{query}")
    assert answer.status_code == 400
    assert words in errors(answer)
    assert {error["code"] for error in answer.json()} == {400}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "nowhere.json", 404),
        ("GET", "services/nothing.json", 404),
        ("GET", "services/labor.wages.json", 404),
        ("GET", "services/crisis.self_harm.json", 404),
        ("GET", "requests/%00.json", 404),
        ("GET", "requests/%ED%A0%80.json", 404),
        ("GET", "requests/a%0Ab.json", 404),
        ("GET", "requests/" + "a" * 5000 + ".json", 404),
        ("GET", "requests/..%2f..%2fetc%2fpasswd.json", 404),
        ("GET", "tokens/1.json", 404),
        ("GET", "requests.json?service_code=nothing", 404),
        ("GET", "requests.json?api_key=wrong", 403),
        ("GET", "requests.json?api_key=%ED%A0%80", 403),
        ("DELETE", "requests.json", 405),
        ("PUT", "services.json", 405),
    ],
)
def test_refusals_have_the_standards_body_in_both_formats(open311, method, path, status):
    answer = open311.request(method, path)
    assert answer.status_code == status
    assert all(error["code"] == status and error["description"] for error in answer.json())
    root = ElementTree.fromstring(open311.request(method, path.replace(".json", ".xml")).content)
    assert (root.tag, root.findtext("error/code")) == ("errors", str(status))
    assert root.findtext("error/description") == answer.json()[0]["description"]


def test_several_faults_are_told_at_once(open311):
    assert len(open311.get("requests.json?page=0&status=x&start_date=1").json()) == 3


def test_another_jurisdiction_is_refused_where_ours_is_named(open311, monkeypatch):
    assert open311.get("services.json?jurisdiction_id=city.gov").status_code == 200
    monkeypatch.setattr("feedback.open311.app.settings", lambda: type("S", (), {"jurisdiction_id": "shanghai.gov.cn"}))
    for path in ("services.json", "services/road.manhole.json", "requests.json", "requests/1.json", "tokens/1.json"):
        answer = open311.get(path, params={"jurisdiction_id": "city.gov"})
        assert (answer.status_code, "jurisdiction_id" in errors(answer)) == (404, True)
    assert open311.get("services.json?jurisdiction_id=shanghai.gov.cn").status_code == 200
    assert open311.get("services.json").status_code == 200


def test_a_fault_of_ours_tells_nothing_of_its_cause(open311, monkeypatch):
    def away(*_):
        raise RuntimeError("secret words")

    monkeypatch.setattr("feedback.open311.requests.find", away)
    answer = open311.get("requests.json")
    assert answer.status_code == 500
    assert answer.json()[0]["code"] == 500
    assert "secret" not in answer.text


def test_a_list_needs_as_many_statements_for_many_as_for_few(open311, published):
    def statements() -> int:
        counted = []
        listen = lambda *_: counted.append(1)  # noqa: E731
        event.listen(engine(), "before_cursor_execute", listen)
        open311.get("requests.json", params={"extensions": "true"})
        event.remove(engine(), "before_cursor_execute", listen)
        return len(counted)

    published()
    few = statements()
    for _ in range(5):
        published()
    assert statements() == few <= 5


def test_the_document_has_every_address_of_the_standard():
    document = create_app().openapi()
    assert set(document["paths"]) == {
        "/discovery.{format}", "/services.{format}", "/services/{service_code}.{format}", "/requests.{format}",
        "/requests/{service_request_id}.{format}", "/tokens/{token}.{format}", "/servicerequestupdates.{format}",
    }  # fmt: skip
    assert set(document["paths"]["/requests.{format}"]) == {"get", "post"}


def test_publication_taken_back_is_taken_back_here(open311, published, change):
    public_id = published()
    with reading() as session:
        report_id = session.query(Report).filter_by(public_id=public_id).one().id
    change(report_id, allow_publication, False)
    assert ids(open311.get("requests.json")) == []
