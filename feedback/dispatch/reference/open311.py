"""Open311 GeoReport v2 as the program speaks it, with mySociety's `servicerequestupdates`.

Beyond the standard: `GET requests` takes `external_id`, the number by which the sender knows a request, `page` and
`page_size`; with `extensions=true` its answer holds `extended_attributes`.
"""

from __future__ import annotations

from datetime import timedelta
from secrets import compare_digest
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from feedback.dispatch.reference.answers import FORMATS, Refused, error, listing, moment, single
from feedback.dispatch.reference.faults import PATH
from feedback.dispatch.reference.filing import ATTRIBUTES, filed, job_of, readable
from feedback.dispatch.reference.filters import Filters, Moment, numbered
from feedback.dispatch.reference.given import TheApiKey, TheStore, TheSwitch
from feedback.dispatch.reference.models import Job, JobUpdate, Store
from nlu.categories import categories, category
from storage import utcnow

router = APIRouter(prefix=f"{PATH}v2")


async def _format(form: str) -> str:
    if form not in FORMATS:
        raise Refused(404, f"format {form} was not found")
    return form


Format = Annotated[str, Depends(_format)]


@router.get("/services.{form}")
def services(form: Format, switch: TheSwitch) -> Response:
    kind = "batch" if switch.faults.tokens else "realtime"
    return listing(form, "services", "service", [_service(code, kind) for code in categories()])


@router.get("/services/{code}.{form}")
def definition(code: str, form: Format) -> Response:
    if code not in categories():
        raise Refused(404, f"service_code {code} was not found")
    return single(form, "service_definition", {"service_code": code, "attributes": _attributes()})


@router.post("/requests.{form}")
async def file(form: Format, request: Request, store: TheStore, switch: TheSwitch, api_key: TheApiKey) -> Response:
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
def number(token: str, form: Format, store: TheStore, switch: TheSwitch) -> Response:
    with store.reading() as session:
        job = session.scalar(select(Job).where(Job.token == token))
    if not job:
        raise Refused(404, f"token {token} was not found")
    wait = timedelta(seconds=switch.faults.token_seconds if switch.faults.tokens else 0)
    ready = utcnow() >= job.created_at + wait
    row = {"service_request_id": str(job.id) if ready else None, "token": token}
    return listing(form, "service_requests", "request", [row])


@router.get("/requests.{form}")
def requests(form: Format, store: TheStore, filters: Annotated[Filters, Query()]) -> Response:
    return listing(form, "service_requests", "request", _rows(store, filters.query(), filters.extensions))


@router.get("/requests/{number}.{form}")
def one(form: Format, store: TheStore, number: str, extensions: bool = False) -> Response:
    rows = _rows(store, numbered(number), extensions)
    if not rows:
        raise Refused(404, f"service_request_id {number} was not found")
    return listing(form, "service_requests", "request", rows)


@router.get("/servicerequestupdates.{form}")
def updates(
    request: Request,
    form: Format,
    store: TheStore,
    switch: TheSwitch,
    start_date: Moment = None,
    end_date: Moment = None,
) -> Response:
    query = select(JobUpdate).options(selectinload(JobUpdate.photos))
    if start_date:
        query = query.where(JobUpdate.created_at >= start_date)
    if end_date:
        query = query.where(JobUpdate.created_at <= end_date)
    with store.reading() as session:
        found = session.scalars(query.order_by(JobUpdate.id))
        rows = switch.told(update_row(update, str(request.base_url)) for update in found)
    return listing(form, "service_request_updates", "request_update", rows)


@router.get("/{path:path}", include_in_schema=False)
def unknown(path: str) -> Response:
    raise Refused(404, f"{path} was not found")


def _rows(store: Store, query: Select[tuple[Job]], extended: bool) -> list[dict]:
    with store.reading() as session:
        return [_request(job, extended) for job in session.scalars(query.options(selectinload(Job.updates)))]


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
