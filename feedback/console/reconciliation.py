"""对账: what the last comparison with each dispatch system showed."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin import CustomView, route

from feedback.city_time import clock
from feedback.dispatch.reconciliation import Reconciliation, latest, shown
from storage import reading

MOST = 200
"""Differences on the page, of each destination."""


class ReconciliationPage(CustomView):
    """The lines that staff must look at come first."""

    @route("")
    async def index(self, request: Request) -> Response:
        context = {"title": "对账", "comparisons": await run_in_threadpool(_comparisons)}
        return self.templates.TemplateResponse(request=request, name="reconciliation.html", context=context)


def _comparisons() -> list[dict]:
    with reading() as session:
        return [_comparison(found) for found in latest(session)]


def _comparison(found: Reconciliation) -> dict:
    lines = sorted(map(shown, found.differences), key=lambda line: not line["needs_staff"])
    return {
        "destination": found.destination,
        "at": clock(found.started_at),
        "ended": bool(found.ended_at),
        "compared": found.compared,
        "lines": lines[:MOST],
        "more": max(0, len(lines) - MOST),
    }
