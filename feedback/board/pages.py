"""The board's pages. Each shows plain values that `feedback.publication` lets out, and needs no JavaScript."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.templating import Jinja2Templates

from feedback.answers import OUTCOMES
from feedback.attachments.viewing import photo_address, public_photos
from feedback.board import data
from feedback.board.answers import answer
from feedback.board.numbers import COLUMNS, FEWEST, MEANINGS, PERIODS, TOO_FEW, in_order, numbers, tiles
from feedback.board.wanted import PAGE, Wanted
from feedback.city_time import CITY_TIME
from feedback.deadlines.queries import due_of
from feedback.draft import KINDS
from feedback.errors import UnknownReport
from feedback.lifecycle import lead
from feedback.public_steps import steps
from feedback.publication import (
    KINDS_NOT_SHOWN,
    ORDERS,
    PARTS_OF_LIFE,
    may_be_published,
    public_categories,
    public_report,
    public_view,
    published,
    recently_adopted,
    recently_solved,
)
from feedback.settings import settings
from nlu.categories import names
from nlu.places import districts
from storage import reading

log = logging.getLogger(__name__)
templates = Jinja2Templates(Path(__file__).with_name("templates"))
LATELY = 5
CHOICES = {
    "district": {name: name for name in districts()},
    "category": {code: names()[code] for code in public_categories()},
    "state": PARTS_OF_LIFE,
    "kind": {code: name for code, name in KINDS.items() if code not in KINDS_NOT_SHOWN},
    "order": ORDERS,
}
"""What a list can be narrowed down to, and how it can be sorted."""


def _link(address: str, **query: str) -> str:
    """An address with those parts of a query that say something."""
    said = {name: value for name, value in query.items() if value}
    return f"{address}?{urlencode(said)}" if said else address


templates.env.globals |= {
    "link": _link,
    "license": lambda: settings().board_license,
    "license_url": lambda: settings().board_license_url,
}
templates.env.filters["day"] = lambda moment: f"{moment.year}年{moment.month}月{moment.day}日"
templates.env.filters["city_day"] = lambda moment: templates.env.filters["day"](moment.astimezone(CITY_TIME))
templates.env.trim_blocks = templates.env.lstrip_blocks = True


def overview(request: Request) -> Response:
    """The city at a glance."""
    days, sort = _one_of(request, "days", PERIODS), _one_of(request, "sort", (*COLUMNS, *(f"-{c}" for c in COLUMNS)))
    by_district, by_department = numbers(days, "district"), numbers(days, "department")
    with reading() as session:
        solved = [public_view(report) for report in recently_solved(session, LATELY)]
        adopted = [public_view(report) for report in recently_adopted(session, LATELY)]
    tables = (("district", "各区", by_district.rows), ("department", "各承办部门", by_department.rows))
    return _page(
        request,
        "overview.html",
        days=days,
        sort=sort,
        periods=PERIODS,
        period=by_district.period,
        city=by_district.city,
        tiles=tiles(by_district.rows),
        tables=[(by, title, in_order(rows, sort)) for by, title, rows in tables],
        meanings=MEANINGS,
        too_few=TOO_FEW,
        fewest=FEWEST,
        solved=solved,
        adopted=adopted,
    )


def reports(request: Request) -> Response:
    """A page of the published reports."""
    wanted = Wanted.of(request.query_params)
    if wanted.is_an_id:
        return RedirectResponse(f"/board/{wanted.words}", 303)
    with reading() as session:
        found = [public_view(r) for r in published(session, most=PAGE + 1, **wanted.conditions)]
    shown = found[:PAGE]
    return _page(
        request,
        "reports.html",
        wanted=wanted,
        choices=CHOICES,
        reports=shown,
        following=shown[-1].id if len(found) > PAGE else "",
    )


def report(request: Request) -> Response:
    """One published report; any other id is unknown, whatever the reason."""
    with reading() as session:
        try:
            found = public_report(session, request.path_params["public_id"])
        except UnknownReport as unknown:
            raise HTTPException(404) from unknown
        leading = lead(found)
        return _page(
            request,
            "report.html",
            report=public_view(found),
            photos=[photo_address(photo) for photo in public_photos(found)],
            steps=steps(found),
            due=due_of(found),
            outcome=OUTCOMES.get(found.outcome),
            lead=public_view(leading) if leading is not found and may_be_published(leading) else None,
        )


def about_data(request: Request) -> Response:
    """What there is to download, and what its fields mean."""
    return _page(
        request,
        "data.html",
        fields=data.FIELDS,
        figures=data.FIGURES,
        months=data.months(),
        periods=PERIODS,
        groups=data.GROUPS,
        choices=CHOICES,
        fewest=FEWEST,
    )


async def refused(request: Request, error: HTTPException) -> Response:
    words = "没有这个页面，或者这件诉求没有公开。" if error.status_code == 404 else "这个地址不接受这种请求。"
    return _trouble(request, error.status_code, words)


async def database_away(request: Request, error: Exception) -> Response:
    log.error("database.unavailable", extra={"path": request.url.path})
    return _trouble(request, 503, "系统正忙，请稍后再试。")


async def failed(request: Request, error: Exception) -> Response:
    return _trouble(request, 500, "系统出了差错，我们会尽快修好，请稍后再试。")


def _trouble(request: Request, status: int, words: str) -> Response:
    content = templates.get_template("trouble.html").render(request=request, words=words)
    return HTMLResponse(content, status, {"Cache-Control": "no-store"})


def _page(request: Request, template: str, **context) -> Response:
    return answer(request, templates.get_template(template).render(request=request, **context), "text/html")


def _one_of(request: Request, name: str, choices: Mapping | tuple) -> str:
    """What was chosen; what makes no sense is the first."""
    chosen = request.query_params.get(name)
    return chosen if chosen in choices else next(iter(choices))
