"""How a request that is filed becomes a job."""

from __future__ import annotations

import secrets
from contextlib import suppress
from datetime import datetime

from pydantic import AwareDatetime, TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.dispatch.reference.answers import Refused
from feedback.dispatch.reference.models import Job
from feedback.plain_text import for_xml
from nlu.categories import names

LONGEST_DESCRIPTION = 4000
"""Characters, by the standard."""
ATTRIBUTES = {
    "external_id": ("string", "委托方的编号"),
    "service_name": ("string", "事项名称"),
    "department": ("string", "承办部门"),
    "role": ("string", "lead 主办，support 协办"),
    "urgent": ("string", "true 紧急，false 不紧急"),
    "due": ("datetime", "办理期限"),
}
"""The attributes that filing takes: their Open311 datatype and what they mean. None is required."""
_MOMENT = TypeAdapter(AwareDatetime)
_LATITUDE, _LONGITUDE = (-90, 90), (-180, 180)


def readable(value: str) -> str:
    """A form's text: UTF-8 whose bytes a client sent as they are, which a form parser takes for Latin-1, is read as what it
    is; characters that XML can't carry are left out."""
    with suppress(UnicodeError):
        value = value.encode("latin-1").decode("utf-8")
    return for_xml(value)


def job_of(form: dict[str, str]) -> Job:
    """The job that a form asks for.

    Raises:
        Refused: by the standard 404 for an unknown service code, else 400.
    """
    code, place = form.get("service_code"), form.get("address_string") or form.get("address_id")
    if not code:
        raise Refused(400, "service_code was not provided")
    if code not in names():
        raise Refused(404, f"service_code {code} was not found")
    lat, long = _degrees(form, "lat", _LATITUDE), _degrees(form, "long", _LONGITUDE)
    if not place and (lat is None or long is None):
        raise Refused(400, "lat and long, address_string or address_id must be provided")
    if len(form.get("description", "")) > LONGEST_DESCRIPTION:
        raise Refused(400, f"description is longer than {LONGEST_DESCRIPTION} characters")
    attributes = {name: form.get(f"attribute[{name}]") for name in ATTRIBUTES}
    return Job(
        token=secrets.token_hex(8),
        reference=attributes["external_id"],
        service_code=code,
        service_name=attributes["service_name"] or names()[code],
        description=form.get("description", ""),
        address=place,
        lat=lat,
        long=long,
        media_url=form.get("media_url"),
        contact=form.get("phone") or form.get("email"),
        department=attributes["department"] or "",
        role=attributes["role"],
        urgent=attributes["urgent"] == "true",
        due_at=_moment(attributes["due"]),
    )


def filed(session: Session, job: Job, key: str | None) -> Job:
    """The job as it is kept; the same idempotency key is the job that came first."""
    before = key and session.scalar(select(Job).where(Job.idempotency_key == key))
    if before:
        return before
    job.idempotency_key = key
    session.add(job)
    session.flush()
    return job


def _degrees(form: dict[str, str], name: str, limits: tuple[int, int]) -> float | None:
    if not form.get(name):
        return None
    try:
        value = float(form[name])
    except ValueError:
        value = float("nan")
    if not limits[0] <= value <= limits[1]:
        raise Refused(400, f"{name} is not a number from {limits[0]} to {limits[1]}")
    return value


def _moment(written: str | None) -> datetime | None:
    try:
        return _MOMENT.validate_python(written) if written else None
    except ValidationError:
        raise Refused(400, "attribute[due] is not a date with a time and a zone") from None
