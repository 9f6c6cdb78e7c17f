"""Open311 GeoReport v2 as the program speaks it, with mySociety's `servicerequestupdates`.

Beyond the standard: `GET requests` takes `external_id`, the number by which the sender knows a request, `page` and
`page_size`; with `extensions=true` its answer holds `extended_attributes`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from secrets import compare_digest
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BeforeValidator
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from feedback.dispatch.reference.answers import FORMATS, error, listing, moment, single
from feedback.dispatch.reference.faults import PATH, Switch
from feedback.dispatch.reference.filing import ATTRIBUTES, Refused, filed, job_of, readable
from feedback.dispatch.reference.models import CLOSED, Job, JobUpdate, Store
from nlu.categories import categories, category
from storage import utcnow

LONGEST_SPAN = timedelta(days=90)
MOST_ROWS = 1000
# An empty argument is no argument, says the standard; a plus sign that was not encoded arrives as a space.
Moment = Annotated[
    AwareDatetime | None, BeforeValidator(lambda written: written.replace(" ", "+") or None if written else None)
]
Number = Annotated[int, Query(ge=1, le=1_000_000)]


def open311_router(store: Store, api_key: str, switch: Switch) -> APIRouter:
    """The endpoints over a store; `api_key` is what filing needs."""
    router = APIRouter(prefix=f"{PATH}v2")

    @router.get("/services.{form}")
    def services(form: str) -> Response:
        kind = "batch" if switch.faults.tokens else "realtime"
        return listing(known(form), "services", "service", [_service(code, kind) for code in categories()])

    @router.get("/services/{code}.{form}")
    def definition(code: str, form: str) -> Response:
        if code not in categories():
            raise Refused(404, f"service_code {code} was not found")
        return single(known(form), "service_definition", {"service_code": code, "attributes": _attributes()})

    @router.post("/requests.{form}")
    async def file(form: str, request: Request) -> Response:
        known(form)
        fields = {name: readable(str(value)) for name, value in (await request.form()).items()}
        if not compare_digest(fields.get("api_key", "").encode(), api_key.encode()):
            raise Refused(403, "api_key is missing or wrong")
        job = job_of(fields)
        key = None if switch.faults.ignore_keys else request.headers.get("Idempotency-Key")
        with store.writing() as session:
            job = filed(session, job, key)
            answer = {"token": job.token} if switch.faults.tokens else {"service_request_id": str(job.id)}
        return listing(form, "service_requests", "request", [answer | {"service_notice": None, "account_id": None}])

    @router.get("/tokens/{token}.{form}")
    def number(token: str, form: str) -> Response:
        with store.reading() as session:
            job = session.scalar(select(Job).where(Job.token == token))
        if not job:
            raise Refused(404, f"token {token} was not found")
        wait = timedelta(seconds=switch.faults.token_seconds if switch.faults.tokens else 0)
        ready = utcnow() >= job.created_at + wait
        row = {"service_request_id": str(job.id) if ready else None, "token": token}
        return listing(known(form), "service_requests", "request", [row])

    @router.get("/requests.{form}")
    def requests(
        form: str,
        service_request_id: str = "",
        external_id: str = "",
        service_code: str = "",
        status: str = "",
        start_date: Moment = None,
        end_date: Moment = None,
        page: Number = 1,
        page_size: Number = MOST_ROWS,
        extensions: str = "",
    ) -> Response:
        if service_request_id:
            query = select(Job).where(Job.id.in_(_numbers(service_request_id)))
        elif external_id:
            query = select(Job).where(Job.reference == external_id)
        else:
            query = _filtered(_parts(service_code), _parts(status), _span(start_date, end_date))
        size = min(page_size, MOST_ROWS)
        query = query.options(selectinload(Job.updates)).order_by(Job.id.desc())
        with store.reading() as session:
            jobs = session.scalars(query.limit(size).offset((page - 1) * size))
            rows = [_request(job, extensions == "true") for job in jobs]
        return listing(known(form), "service_requests", "request", rows)

    @router.get("/requests/{number}.{form}")
    def one(number: str, form: str, extensions: str = "") -> Response:
        with store.reading() as session:
            jobs = session.scalars(select(Job).where(Job.id.in_(_numbers(number)))).all()
            rows = [_request(job, extensions == "true") for job in jobs]
        if not rows:
            raise Refused(404, f"service_request_id {number} was not found")
        return listing(known(form), "service_requests", "request", rows)

    @router.get("/servicerequestupdates.{form}")
    def updates(request: Request, form: str, start_date: Moment = None, end_date: Moment = None) -> Response:
        query = select(JobUpdate).options(selectinload(JobUpdate.photos), joinedload(JobUpdate.job))
        if start_date:
            query = query.where(JobUpdate.created_at >= start_date)
        if end_date:
            query = query.where(JobUpdate.created_at <= end_date)
        with store.reading() as session:
            found = session.scalars(query.order_by(JobUpdate.id))
            rows = switch.told(update_row(update, str(request.base_url)) for update in found)
        return listing(known(form), "service_request_updates", "request_update", rows)

    @router.get("/{path:path}", include_in_schema=False)
    def unknown(path: str) -> Response:
        raise Refused(404, f"{path} was not found")

    return router


def update_row(update: JobUpdate, base: str) -> dict:
    """An update as it is polled and called back; `base` is the address under which the photos are found."""
    row = {
        "update_id": str(update.id),
        "service_request_id": str(update.job_id),
        "status": update.status,
        "updated_datetime": moment(update.created_at),
        "description": update.note,
    }
    photos = [f"{base.rstrip('/')}/photos/{photo.key}.jpg" for photo in update.photos]
    return row | ({"media_url": photos} if photos else {})


def refusal(path: str, status: int, description: str) -> Response:
    """The standard's error body in the format that a path asks for, in XML where it asks for none."""
    form = path.rpartition(".")[2]
    return error(form if form in FORMATS else "xml", status, description)


def known(form: str) -> str:
    if form not in FORMATS:
        raise Refused(404, f"format {form} was not found")
    return form


def _parts(written: str) -> list[str]:
    return [part.strip() for part in written.split(",") if part.strip()]


def _numbers(written: str) -> list[int]:
    """The numbers that can be those of jobs: others are nobody's, and SQLite knows none above 63 bits."""
    return [int(part) for part in _parts(written) if part.isascii() and part.isdigit() and len(part) <= 18]


def _span(start: datetime | None, end: datetime | None) -> tuple[datetime, datetime]:
    """From when to when requests are listed: 90 days at most, by default the last ones."""
    if start and end and end - start > LONGEST_SPAN:
        raise Refused(400, "start_date and end_date span more than 90 days")
    if start and end and start > end:
        raise Refused(400, "start_date is after end_date")
    end = end or (start + LONGEST_SPAN if start else utcnow())
    return start or end - LONGEST_SPAN, end


def _filtered(codes: list[str], statuses: list[str], span: tuple[datetime, datetime]) -> Select:
    if wrong := set(statuses) - {"open", "closed"}:
        raise Refused(400, f"status {', '.join(sorted(wrong))} is neither open nor closed")
    query = select(Job).where(Job.created_at.between(*span))
    if codes:
        query = query.where(Job.service_code.in_(codes))
    if len(set(statuses)) == 1:
        query = query.where(Job.status.in_(CLOSED) if "closed" in statuses else Job.status.not_in(CLOSED))
    return query


def _service(code: str, kind: str) -> dict:
    known_as = category(code)
    return {
        "service_code": code,
        "service_name": known_as.name,
        "description": known_as.boundary,
        "metadata": True,
        "type": kind,
        "keywords": ",".join(known_as.keywords),
        "group": code.partition(".")[0],
    }


def _attributes() -> list[dict]:
    return [
        {
            "variable": True,
            "code": code,
            "datatype": datatype,
            "required": False,
            "datatype_description": None,
            "order": order,
            "description": description,
        }
        for order, (code, (datatype, description)) in enumerate(ATTRIBUTES.items(), 1)
    ]


def _request(job: Job, extended: bool) -> dict:
    last = job.updates[-1] if job.updates else None
    row = {
        "service_request_id": str(job.id),
        "status": "closed" if job.closed else "open",
        "status_notes": last.note if last else None,
        "service_name": job.name,
        "service_code": job.service_code,
        "description": job.description,
        "agency_responsible": job.department or None,
        "service_notice": None,
        "requested_datetime": moment(job.created_at),
        "updated_datetime": moment(last.created_at if last else job.created_at),
        "expected_datetime": moment(job.due_at) if job.due_at else None,
        "address": job.address,
        "address_id": None,
        "zipcode": None,
        "lat": job.lat,
        "long": job.long,
        "media_url": job.media_url,
    }
    more = {"external_id": job.reference, "detailed_status": job.status}
    return row | ({"extended_attributes": more} if extended else {})
