"""Open data: published reports of a month and the board's figures, as CSV and JSON, with what their fields mean."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import date

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from feedback.board.answers import answer, base_of, cached, unchanged
from feedback.board.numbers import COLUMNS, GROUPS, MEANINGS, PERIODS, numbers
from feedback.city_time import CITY_TIME
from feedback.figures import Period
from feedback.models import Report
from feedback.publication import PublicReport, public_view, published_between, stamp_of
from feedback.settings import settings
from feedback.spreadsheets import MARK, csv_line
from storage import reading, utcnow

FIELDS: dict[str, tuple[str, str]] = {
    "id": ("公开编号", "公开督办里的编号，不是市民手里的诉求编号"),
    "filed": ("提交日期", "上海时间，只到日"),
    "kind_name": ("性质", "咨询、求助、投诉、建议或表扬"),
    "category": ("类别代码", "和 Open311 的 service_code 相同"),
    "category_name": ("类别", "类别的名称"),
    "state": ("状态代码", "accepted、dispatched、in_progress、resolved、closed 或 merged"),
    "state_name": ("状态", "状态的名称"),
    "district": ("区", "16 个区之一，不知道时为空"),
    "subdistrict": ("街镇", "不知道时为空"),
    "address": ("地点", "去掉楼栋和门牌；多为住家的类别连弄和号也去掉"),
    "department": ("承办部门", "最近一次的主办部门，还没有派单时为空"),
    "solved": ("办结日期", "最近一次办结，没有办结时为空"),
    "supervised": ("督办", "超期或重要，由上一级督办"),
    "outcome": ("建议结果", "adopted 采纳、kept 留作参考、declined 未采纳；不是建议时为空"),
    "endorsements": ("附议人数", "说自己也遇到这件事的人"),
    "text": ("内容", "市民的原话，去掉了个人信息"),
}
"""Of a published report: what each is called, and means."""
FIGURES: dict[str, tuple[str, str]] = {"key": ("代码", "类别的代码，或区、部门的名称"), "name": ("名称", "")} | MEANINGS
BATCH = 500
MONTHS = 12
"""So many back are offered; any other can be asked for too."""
CSV, JSON = "text/csv", "application/json"
_MONTH = re.compile(r"20\d\d-(?:0[1-9]|1[0-2])")

Write = Callable[[Iterator[list[PublicReport]]], Iterator[str]]


def reports_csv(request: Request) -> Response:
    return _reports(request, "csv", CSV, _as_csv)


def reports_json(request: Request) -> Response:
    return _reports(request, "json", JSON, _as_json)


def figures_csv(request: Request) -> Response:
    name, rows = _figures(request)
    lines = [[title for title, _ in FIGURES.values()], *([row[field] for field in FIGURES] for row in rows)]
    return _named(answer(request, MARK + "".join(map(csv_line, lines)), CSV), f"{name}.csv")


def figures_json(request: Request) -> Response:
    _, rows = _figures(request)
    return answer(request, _json({"license": settings().board_license_url, "figures": rows}), JSON)


def dataset(request: Request) -> Response:
    """What there is, for machines: a `Dataset` of schema.org."""
    base = base_of(request)
    files = {
        f"data/{name}.{kind}": media
        for name in ("reports", "figures")
        for kind, media in (("csv", CSV), ("json", JSON))
    }
    described = {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": "公开督办",
        "description": "市民同意公开的诉求（已去掉个人信息）和办理数据",
        "inLanguage": "zh-CN",
        "url": f"{base}data/",
        "license": settings().board_license_url,
        "distribution": [
            {"@type": "DataDownload", "contentUrl": base + file, "encodingFormat": media}
            for file, media in files.items()
        ],
    }
    return answer(request, _json(described), "application/ld+json")


def months() -> list[str]:
    """The latest months, this one first: `2026-11`."""
    now = utcnow().astimezone(CITY_TIME)
    counted = [12 * now.year + now.month - 1 - back for back in range(MONTHS)]
    return [f"{count // 12}-{count % 12 + 1:02}" for count in counted]


def _reports(request: Request, kind: str, media_type: str, write: Write) -> Response:
    month = request.query_params.get("month", "") or months()[0]
    if not _MONTH.fullmatch(month):
        raise HTTPException(404)
    period = _days_of(month)
    with reading() as session:
        version, changed_at = stamp_of(session, period.start, period.end)
    headers = cached(f"{kind}{version}", changed_at)
    fresh = StreamingResponse(write(_all_of(period)), media_type=f"{media_type}; charset=utf-8", headers=headers)
    return unchanged(request, headers) or _named(fresh, f"reports-{month}.{kind}")


def _days_of(month: str) -> Period:
    first = date.fromisoformat(f"{month}-01")
    return Period(first, date(first.year + first.month // 12, first.month % 12 + 1, 1))


def _all_of(period: Period) -> Iterator[list[PublicReport]]:
    """In batches, each in a session of its own: a slow reader keeps no connection to the database."""
    last: Report | None = None
    while True:
        with reading() as session:
            batch = published_between(session, period.start, period.end, BATCH, last)
            shown = [public_view(report) for report in batch]
        yield shown
        if len(batch) < BATCH:
            return
        last = batch[-1]


def _as_csv(batches: Iterator[list[PublicReport]]) -> Iterator[str]:
    yield MARK + csv_line([name for name, _ in FIELDS.values()])
    for batch in batches:
        yield "".join(csv_line([getattr(report, field) for field in FIELDS]) for report in batch)


def _as_json(batches: Iterator[list[PublicReport]]) -> Iterator[str]:
    yield f'{{"license": {_json(settings().board_license_url)}, "reports": ['
    between = "\n"
    for batch in batches:
        if batch:
            yield between + ",\n".join(_json({field: getattr(report, field) for field in FIELDS}) for report in batch)
            between = ",\n"
    yield "\n]}\n"


def _figures(request: Request) -> tuple[str, list[dict]]:
    """A name for the file, and its rows."""
    query = request.query_params
    days, by = query.get("days", next(iter(PERIODS))), query.get("by", next(iter(GROUPS)))
    if days not in PERIODS or by not in GROUPS:
        raise HTTPException(404)
    counted = numbers(days, by)
    rows = [{field: getattr(row, field) for field in ("key", "name", *COLUMNS)} for row in counted.rows]
    return f"figures-{by}-{counted.period.since}-{counted.period.days[-1]}", rows


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _named(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
