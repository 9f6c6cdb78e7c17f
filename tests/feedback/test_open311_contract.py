"""The Open311 interface held against what others wrote: its own OpenAPI document, the standard's text, a public client."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from datetime import datetime
from xml.etree.ElementTree import Element

import pytest
import schemathesis
import uvicorn
from defusedxml import ElementTree
from fastapi import FastAPI
from georeport import GeoReport
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import CHECKS, load_all_checks
from sqlalchemy import func, select

from feedback import Report, accept
from feedback.open311.app import PATH, mount_open311
from storage import reading

EXAMPLES = 60
"""Of each operation."""


@pytest.fixture
def base(database) -> Iterator[str]:
    """The interface on a real socket; its address."""
    app = FastAPI()
    mount_open311(app)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}{PATH}"
        server.should_exit = True
        thread.join()


@pytest.fixture
def published(filed, change) -> str:
    """The id of a request that anybody may see."""
    report_id = filed(publishable=True, latitude=31.19, longitude=121.43)
    change(report_id, accept, "甲")
    return change(report_id, lambda _session, report: report.public_id)


# What the standard's text says of each element: which children it has, in which order, and what they hold.
TEXT, TRUTH, MOMENT, NUMBER, MAYBE = "text", ("true", "false"), "moment", "number", "maybe "
RULES = {
    "services": ["service"],
    "service": {
        "service_code": TEXT, "service_name": TEXT, "description": TEXT, "metadata": TRUTH,
        "type": ("realtime", "batch", "blackbox"), "keywords": TEXT, "group": TEXT,
    },
    "service_definition": {"service_code": TEXT, "attributes": ["attribute"]},
    "attribute": {
        "variable": TRUTH, "code": TEXT,
        "datatype": ("string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"), "required": TRUTH,
        "datatype_description": MAYBE + TEXT, "order": NUMBER, "description": TEXT, "values": ["value"],
    },
    "value": {"key": TEXT, "name": TEXT},
    "service_requests": ["request"],
    "request": {
        "service_request_id": TEXT, "status": ("open", "closed"), "status_notes": MAYBE + TEXT, "service_name": TEXT,
        "service_code": TEXT, "description": MAYBE + TEXT, "agency_responsible": MAYBE + TEXT,
        "service_notice": MAYBE + TEXT, "requested_datetime": MOMENT, "updated_datetime": MOMENT,
        "expected_datetime": MAYBE + MOMENT, "address": MAYBE + TEXT, "address_id": MAYBE + TEXT,
        "zipcode": MAYBE + TEXT, "lat": MAYBE + NUMBER, "long": MAYBE + NUMBER, "media_url": MAYBE + TEXT,
    },
    "service_request_updates": ["request_update"],
    "request_update": {
        "update_id": TEXT, "service_request_id": TEXT, "status": ("OPEN", "CLOSED"), "updated_datetime": MOMENT,
        "description": MAYBE + TEXT, "media_url": MAYBE + TEXT,
    },
    "errors": ["error"],
    "error": {"code": NUMBER, "description": TEXT},
    "discovery": {"changeset": TEXT, "contact": TEXT, "key_service": TEXT, "endpoints": ["endpoint"]},
    "endpoint": {
        "specification": TEXT, "url": TEXT, "changeset": TEXT, "type": ("production", "test"), "formats": ["format"],
    },
}  # fmt: skip


def check(element: Element, rule=None) -> None:
    """Hold an element and all below it against the rules."""
    assert not element.attrib and "}" not in element.tag
    rule = rule or RULES.get(element.tag, TEXT)
    if isinstance(rule, list):
        assert {child.tag for child in element} <= set(rule)
        for child in element:
            check(child)
    elif isinstance(rule, dict):
        assert [child.tag for child in element] == list(rule)
        for child in element:
            check(child, rule[child.tag])
    else:
        assert len(element) == 0
        check_value(element.text, rule)


def check_value(value: str | None, rule: str | tuple[str, ...]) -> None:
    if isinstance(rule, tuple):
        assert value in rule
    elif value is None:
        assert rule.startswith(MAYBE)
    elif rule.endswith(MOMENT):
        assert datetime.fromisoformat(value).tzinfo and "T" in value
    elif rule.endswith(NUMBER):
        float(value)


@pytest.mark.parametrize(
    ("path", "root"),
    [
        ("discovery", "discovery"),
        ("services", "services"),
        ("services/market.food", "service_definition"),
        ("services/nothing", "errors"),
        ("requests", "service_requests"),
        ("requests/{id}", "service_requests"),
        ("requests?start_date=x&page=y", "errors"),
        ("requests/nothing", "errors"),
        ("servicerequestupdates", "service_request_updates"),
    ],
)
def test_xml_keeps_the_standards_rules(open311, published, path, root):
    path, _, query = path.format(id=published).partition("?")
    answer = open311.get(f"{path}.xml?{query}")
    assert answer.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    tree = ElementTree.fromstring(answer.content)
    assert tree.tag == root and len(tree) > 0
    check(tree)
    told = open311.get(f"{path}.json?{query}").json()
    assert isinstance(told, list) == isinstance(RULES[root], list)


def test_the_rules_find_what_breaks_them():
    for broken in (
        "<services><request/></services>",
        "<error><code>x</code><description>a</description></error>",
        "<value/>",
    ):
        with pytest.raises((AssertionError, ValueError)):
            check(ElementTree.fromstring(broken))


@pytest.mark.parametrize("output_format", ["json", "xml"])
def test_the_public_client_georeport_reads_everything(base, published, output_format):
    client = GeoReport(base, output_format=output_format)
    assert client.get_service_list()[0]["service_code"] == "sanitation.garbage"
    assert client.get_service_definition("road.streetlight")["service_code"] == "road.streetlight"
    found = client.get_service_requests(status="open", service_code="road.streetlight")
    found = found if isinstance(found, list) else [found]  # its XML reader makes no list of one
    assert [request["service_request_id"] for request in found] == [published]
    found = client.get_service_request(published)
    found = found[0] if isinstance(found, list) else found
    assert "路灯" in json.dumps(found, ensure_ascii=False)


def test_a_socket_hears_that_a_body_is_too_large_without_sending_it(base):
    """A client that declares 100 MB is answered at once and cut off."""
    host, port = base.split("/")[2].split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(
            f"POST {PATH}/requests.xml HTTP/1.1\r\nHost: city\r\nContent-Length: 104857600\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n\r\ndescription=".encode()
        )
        heard = b""
        while part := connection.recv(65536):
            heard += part
    assert heard.startswith(b"HTTP/1.1 413") and b"<code>413</code>" in heard


def test_whatever_is_sent_the_document_is_kept_and_nothing_is_stored(base, published):
    """Schemathesis sends what the document allows and what it forbids: no answer of 500, none that the document doesn't name."""
    load_all_checks()
    checks = CHECKS.get_by_names(
        ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"]
    )
    for result in schemathesis.openapi.from_url(f"{base}/openapi.json").get_all_operations():

        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=result.ok().as_strategy())
        def send(case) -> None:
            case.call_and_validate(checks=checks)

        send()
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Report)) == 1
