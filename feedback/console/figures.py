"""The console's page of figures: a period, the whole, a table by one dimension, the days as a chart, and both as a file."""

from __future__ import annotations

import io
from datetime import date, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin import CustomView, route

from feedback import spreadsheets
from feedback.figures import DEFINITIONS, DIMENSIONS, Period, figures, figures_table, last_days, this_month
from storage import reading

PERIODS = {"today": "今天", "7": "近 7 天", "30": "近 30 天", "month": "本月", "365": "近一年"}
LONGEST = 366
"""Days that may be looked at at once."""
TILES = (
    "received", "matters", "open", "response_rate", "solved_rate", "satisfied_rate", "contact_median", "solve_median",
    "overdue", "bounces", "reopened",
)  # fmt: skip


class FiguresPage(CustomView):
    """What staff see of how it goes."""

    @route("")
    async def index(self, request: Request) -> Response:
        chosen, period, by = _choice(request)
        with reading() as session:
            whole, parts, days = await run_in_threadpool(
                lambda: (figures(session, period)[0], figures(session, period, by), figures(session, period, "day"))
            )
        context = {
            "title": "数据",
            "periods": PERIODS,
            "chosen": chosen,
            "period": period,
            "last": period.until - timedelta(days=1),
            "dimensions": DIMENSIONS,
            "by": by,
            "whole": whole,
            "tiles": dict(zip(TILES, figures_table([whole], TILES)[0], strict=True)),
            "definitions": DEFINITIONS,
            "table": figures_table(parts, ("key", *TILES)),
            "columns": ("key", *TILES),
            "bars": _bars(period, {row.key: row.received for row in days}),
        }
        return self.templates.TemplateResponse(request=request, name="figures.html", context=context)

    @route("/file")
    async def file(self, request: Request) -> Response:
        _, period, by = _choice(request)
        with reading() as session:
            rows = await run_in_threadpool(figures, session, period, by)
        columns = [DIMENSIONS[by], *(name for name, _ in DEFINITIONS.values())]
        lines = figures_table(rows, ("key", *DEFINITIONS), exact=True)
        name = f"figures-{period.since}-{period.until - timedelta(days=1)}-{by}"
        if request.query_params.get("format") == "xlsx":
            return _download(_xlsx(columns, lines), spreadsheets.XLSX, f"{name}.xlsx")
        written = spreadsheets.MARK + "".join(map(spreadsheets.csv_line, [columns, *lines]))
        return _download(written.encode(), "text/csv; charset=utf-8", f"{name}.csv")


def _choice(request: Request) -> tuple[str, Period, str]:
    """The period and the dimension of a request; what makes no sense is the last thirty days, by category."""
    asked = request.query_params
    by = asked.get("by") if asked.get("by") in DIMENSIONS else "category"
    try:
        since, last = date.fromisoformat(asked.get("since", "")), date.fromisoformat(asked.get("last", ""))
        if since <= last < since + timedelta(days=LONGEST):
            return "", Period(since, last + timedelta(days=1)), by
    except (ValueError, OverflowError):
        pass
    chosen = asked.get("period") if asked.get("period") in PERIODS else "30"
    if chosen == "month":
        return chosen, this_month(), by
    return chosen, last_days(1 if chosen == "today" else int(chosen)), by


def _bars(period: Period, received: dict[date, int]) -> dict:
    """The chart: a bar a day, in units of its own; days without a report are there too."""
    counts = [(day, received.get(day, 0)) for day in period.days]
    most = max(1, *(count for _, count in counts))
    bars = [{"x": place, "height": round(100 * count / most, 2), "day": day, "count": count}
            for place, (day, count) in enumerate(counts)]  # fmt: skip
    return {"width": len(bars), "most": most, "bars": bars}


def _xlsx(columns: list[str], rows: list[list]) -> bytes:
    written = io.BytesIO()
    spreadsheets.write_xlsx(written, "数据", columns, rows)
    return written.getvalue()


def _download(content: bytes, media_type: str, name: str) -> Response:
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
