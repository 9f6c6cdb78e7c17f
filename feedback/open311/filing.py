"""Takes a request in: it becomes a report like any other, in the same queue and with the same life.

What a resident told of themselves is kept as our rules say (`feedback/privacy`): a contact only with consent to a text
of the register, and names, accounts and devices not at all.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from feedback.city_time import day
from feedback.deadlines.queries import due_of
from feedback.intake import FileReport, file_report
from feedback.models import SELF_HARM, Report
from feedback.open311.attributes import Attribute, attributes_of
from feedback.open311.errors import Refused
from feedback.open311.models import ApiKey, Filing
from feedback.open311.parameters import NewRequest
from feedback.open311.services import service
from feedback.privacy.contact import kind_of
from feedback.report_number import display
from feedback.settings import settings
from nlu.danger import Danger, find_danger
from nlu.places import locate

FIELDS = ("kind", "urgent", "district", "publish", "consent", "identity", "external_id")
"""Attributes that have a place of their own in a report; any other becomes a line of its text."""
DANGER = "如果有人正处于危险，请立即拨打 110、119 或 120。"


def take(session: Session, new: NewRequest, key: ApiKey, idempotency_key: str) -> list[dict]:
    """Store a request, or find the one that was stored for the same `Idempotency-Key` or `external_id` of this key.

    Raises:
        Refused: 404 for an unknown service, 400 for everything else that is wrong, all of it at once.
    """
    asked = attributes_of(service(new.service_code).code)
    if faults := [*_faults_of_place(new), *_faults_of_attributes(new, asked), *_faults_of_contact(new)]:
        raise Refused(400, *faults)
    danger = find_danger(new.description)
    report = file_report(session, _report(new, asked, danger, _message_id(new, key, idempotency_key)))
    if not session.get(Filing, report.id):
        session.add(Filing(report_id=report.id, api_key_id=key.id))
    notice = "".join(_notices(new, report))
    return [{"service_request_id": report.public_id, "service_notice": notice, "account_id": None}]


def _report(new: NewRequest, asked: tuple[Attribute, ...], danger: Danger | None, message_id: str) -> FileReport:
    told = {code: answers[0] for code, answers in new.attributes.items() if answers}
    place = locate(new.address_string)
    return FileReport(
        conversation_id=f"open311-{secrets.token_hex(12)}",
        message_id=message_id,
        text="\n".join(_text(new, asked)),
        kind="emergency" if danger else told.get("kind", "complaint"),
        category=SELF_HARM if danger and danger.self_harm else new.service_code,
        urgent=bool(danger) or any(told.get(attribute.code) in attribute.urgent for attribute in asked),
        district=told.get("district") or place.district,
        subdistrict=place.subdistrict if told.get("district") in (None, place.district) else None,
        address=new.address_string or (f"地址编号 {new.address_id}" if new.address_id else None),
        latitude=new.lat,
        longitude=new.long,
        contact=_contact(new),
        consent=told.get("consent", ""),
        identity=told.get("identity", "") if _contact(new) else "",
        publishable=told.get("publish") == "yes",
    )


def _text(new: NewRequest, asked: tuple[Attribute, ...]) -> Iterator[str]:
    """The report's words: the description, and a line for each answer."""
    yield new.description or service(new.service_code).name
    for attribute in asked:
        if attribute.code not in FIELDS and (answers := new.attributes.get(attribute.code)):
            yield attribute.told(answers)
    if _keeps_media(new):
        yield f"照片：{new.media_url}"


def _contact(new: NewRequest) -> str | None:
    """How the resident can be reached, if they agreed that it is kept."""
    return (new.phone or new.email or None) if new.attributes.get("consent") else None


def _keeps_media(new: NewRequest) -> bool:
    allowed = {host.strip().lower() for host in settings().open311_media_hosts.split(",")} - {""}
    return _host(new.media_url) in allowed


def _host(url: str) -> str | None:
    """The site of a web address; None if it is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.hostname if parts.scheme in ("http", "https") else None


def _message_id(new: NewRequest, key: ApiKey, idempotency_key: str) -> str:
    """What a report is known by when the same request comes again; two programs can't know of each other's."""
    external = new.attributes.get("external_id")
    same = f"header {idempotency_key}" if idempotency_key else f"external_id {external[0]}" if external else None
    return f"open311-{key.id}:{hashlib.sha256((same or secrets.token_hex()).encode()).hexdigest()}"


def _faults_of_place(new: NewRequest) -> Iterator[str]:
    if (new.lat is None) != (new.long is None):
        yield "lat 和 long 要一起给。"
    elif new.lat is not None:
        south, west, north, east = settings().city_bounds
        if not (south <= new.lat <= north and west <= new.long <= east):
            yield "lat 和 long 不在本市范围内（WGS84，十进制度）。"
    elif not (new.address_string or new.address_id):
        yield "要有地点：lat 和 long、address_string 或 address_id 至少给一种。"


def _faults_of_attributes(new: NewRequest, asked: tuple[Attribute, ...]) -> Iterator[str]:
    """What is wrong with the answers; what nobody asked is passed over, as clients send all sorts of things of their own."""
    for attribute in asked:
        if fault := attribute.fault(new.attributes.get(attribute.code, [])):
            yield f"attribute[{attribute.code}] {fault}。"


def _faults_of_contact(new: NewRequest) -> Iterator[str]:
    if _contact(new) and new.phone and kind_of(new.phone) != "phone":
        yield "phone 不是电话号码。"
    if _contact(new) and new.email and kind_of(new.email) != "email":
        yield "email 不是邮箱地址。"
    if new.media_url and not _host(new.media_url):
        yield "media_url 要是 http 或 https 的网址。"


def _notices(new: NewRequest, report: Report) -> Iterator[str]:
    """What whoever filed it should tell the resident."""
    if report.urgent:
        yield DANGER
    yield f"诉求编号 {display(report.number)}，可在民声对话里查询进展。"
    if due := due_of(report):
        yield f"预计 {day(due)}前办结。"
    if (new.phone or new.email) and not _contact(new):
        yield "没有 attribute[consent]，联系方式没有保存。"
    if new.media_url and not _keeps_media(new):
        yield "media_url 的网站不在允许之列，照片没有保存。"
