"""Requests as others see them: which, and how much of each.

| who asks | which | how much |
|---|---|---|
| anybody | published ones | as the public board shows them |
| a key, of what it filed itself | all of them | what it sent |
| a key with `read` | those of all services but tip-offs and private matters | scrubbed, the place to the subdistrict |

Nobody sees how a resident can be reached. Times are told to the minute: a second would tell who was seen typing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Row, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session, defer, selectinload

from feedback.attachments.viewing import photo_address, public_photos
from feedback.city_time import CITY_TIME
from feedback.deadlines.queries import due_of
from feedback.lifecycle import OPEN, REPORT_STATES
from feedback.models import Report, ReportEvent
from feedback.open311.errors import Refused
from feedback.open311.models import ApiKey, Filing
from feedback.open311.parameters import Wanted
from feedback.open311.services import service
from feedback.public_steps import WORDS, step_of
from feedback.publication import HOMES, is_published, public_categories, public_view, public_words
from feedback.settings import settings
from nlu.categories import names

TOLD = (*WORDS, "report.rejected")
"""Events that are told. A refusal is of reports that are never published: only a key hears of it."""
PIN_DIGITS = 4
"""Of a degree: about ten metres."""
_ID = re.compile("[0-9a-f]{16}")
MINUTE = timedelta(minutes=1)


def find(session: Session, wanted: Wanted, caller: ApiKey | None, now: datetime) -> list[dict]:
    """A page of requests, newest first.

    Raises:
        Refused: there is no such service.
    """
    if wanted.service_request_id:
        found = _seen_by(caller).where(Report.public_id.in_(wanted.service_request_id))
    else:
        found = _seen_by(caller).where(*_chosen(wanted, now))
    page = found.order_by(Report.created_at.desc(), Report.id.desc()).offset(wanted.skipped).limit(wanted.page_size)
    return _requests(session, page, wanted.extensions)


def find_one(session: Session, request_id: str, caller: ApiKey | None, extensions: bool) -> list[dict]:
    """One request, as a list of one.

    Raises:
        Refused: there is none, or it is not for the caller to see: nobody learns which.
    """
    is_id = _ID.fullmatch(request_id)
    found = is_id and _requests(session, _seen_by(caller).where(Report.public_id == request_id), extensions)
    if not found:
        raise Refused(404, "没有这个 service_request_id，或者它没有公开。")
    return found


def seen(caller: ApiKey | None) -> ColumnElement[bool]:
    """Which reports somebody may see at all."""
    if not caller:
        return is_published()
    return or_(is_published(), _filed_by(caller), _readable() if "read" in caller.scopes else false())


def state_of(event: ReportEvent) -> str:
    """`open` or `closed`, after an event."""
    return "open" if (event.after or "submitted") in OPEN else "closed"


def words_of(event: ReportEvent) -> str | None:
    """An event in words for the public; None if it is none of their business."""
    if event.name == "report.rejected":
        return f"不予受理：{public_words(event.report, event.reason or '')}"
    step = step_of(event)
    return step and str(step)


def to_the_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def written(moment: datetime) -> str:
    """A moment in the standard's form, with the city's zone."""
    return to_the_minute(moment).astimezone(CITY_TIME).isoformat()


def _seen_by(caller: ApiKey | None) -> Select:
    """Reports that somebody may see, each with whether it is published and whether they filed it themselves."""
    own = _filed_by(caller) if caller else false()
    # Without a key both are known, and need not be asked of every row.
    columns = (is_published(), own) if caller else ()
    never_read = defer(Report.contact, raiseload=True)
    return (
        select(Report, *columns)
        .where(seen(caller))
        .options(selectinload(Report.deadlines), selectinload(Report.attachments), never_read)
    )


def _filed_by(caller: ApiKey) -> ColumnElement[bool]:
    return select(Filing.report_id).where(Filing.report_id == Report.id, Filing.api_key_id == caller.id).exists()


def _readable() -> ColumnElement[bool]:
    return and_(Report.category.in_(public_categories()), Report.kind != "tipoff")


def _chosen(wanted: Wanted, now: datetime) -> Iterable[ColumnElement[bool]]:
    start, end = wanted.span(now)
    yield Report.created_at >= to_the_minute(start)
    yield Report.created_at < to_the_minute(end) + MINUTE
    if wanted.service_code:
        yield Report.category.in_([service(code).code for code in wanted.service_code])
    if len(set(wanted.status)) == 1:
        open_ones = Report.state.in_(OPEN)
        yield open_ones if wanted.status[0] == "open" else ~open_ones


def _requests(session: Session, page: Select, extensions: bool) -> list[dict]:
    rows = session.execute(page).all()
    notes = _notes(session, [row[0] for row in rows])
    return [_request(row, notes, extensions) for row in rows]


def _notes(session: Session, reports: Sequence[Report]) -> dict[int, str]:
    """What happened last to each report, in words."""
    told = ReportEvent.report_id.in_([report.id for report in reports]) & ReportEvent.name.in_(TOLD)
    latest = select(func.max(ReportEvent.id)).where(told).group_by(ReportEvent.report_id)
    events = session.scalars(select(ReportEvent).where(ReportEvent.id.in_(latest)))
    return {event.report_id: words for event in events if (words := words_of(event))}


def _request(row: Row, notes: dict[int, str], extensions: bool) -> dict:
    report, is_public, own = row if len(row) == 3 else (row[0], True, False)
    public = public_view(report)
    is_open = report.state in OPEN
    due = due_of(report) if is_open else None
    found = {
        "service_request_id": public.id,
        "status": "open" if is_open else "closed",
        "status_notes": notes.get(report.id, REPORT_STATES[report.state]),
        "service_name": names()[report.category],
        "service_code": report.category,
        "description": report.text if own else public.text,
        "agency_responsible": report.department,
        "service_notice": None,
        "requested_datetime": written(report.created_at),
        "updated_datetime": written(report.updated_at if is_open else _ended(report)),
        "expected_datetime": due and written(due),
        **_place(report, public.address, is_public, own),
        "media_url": _photo(report),
    }
    return found | ({"extended_attributes": _extended(report)} if extensions else {})


def _photo(report: Report) -> str | None:
    """The address of the first photo that everybody may see, where the city's own address is known."""
    photos, city = public_photos(report), settings().public_url.rstrip("/")
    return f"{city}{photo_address(photos[0])}" if photos and city else None


def _ended(report: Report) -> datetime:
    return report.resolved_at or report.closed_at or report.updated_at


def _place(report: Report, public_address: str | None, is_public: bool, own: bool) -> dict:
    """Where it is, from the nearest to the widest."""
    address = (report.address if own else public_address if is_public else None) or ""
    wider = [part for part in (report.subdistrict, report.district) if part and part not in address]
    has_pin = report.latitude is not None and report.longitude is not None
    exact = own or (is_public and report.category not in HOMES)
    return {
        "address": "，".join(filter(None, (address, *wider))) or None,
        "address_id": None,
        "zipcode": None,
        "lat": round(report.latitude, PIN_DIGITS) if has_pin and exact else None,
        "long": round(report.longitude, PIN_DIGITS) if has_pin and exact else None,
    }


def _extended(report: Report) -> dict:
    return {
        "kind": report.kind,
        "state": report.state,
        "state_name": REPORT_STATES[report.state],
        "district": report.district,
        "subdistrict": report.subdistrict,
        "supervised": report.supervised,
        "reopened": report.reopened,
        "endorsements": report.endorsed,
        "outcome": report.outcome,
    }
