"""The public board 「公开督办」 under `/board/`: figures, published reports, feeds and open data. Anybody may read it; it writes nothing."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from feedback.board import data, feed, pages
from feedback.board.answers import SafeHeaders

STATIC = Path(__file__).with_name("static")


def mount_board(app: Starlette) -> None:
    """Mount the board at `/board`."""
    routes = [
        Route("/", pages.overview),
        Route("/reports", pages.reports),
        Route("/feed.atom", feed.atom),
        Route("/data/", pages.about_data),
        Route("/data/reports.csv", data.reports_csv),
        Route("/data/reports.json", data.reports_json),
        Route("/data/figures.csv", data.figures_csv),
        Route("/data/figures.json", data.figures_json),
        Route("/data/dataset.jsonld", data.dataset),
        Mount("/static", StaticFiles(directory=STATIC)),
        Route("/{public_id}", pages.report),
    ]
    board = Starlette(
        routes=routes,
        middleware=[Middleware(SafeHeaders)],
        exception_handlers={
            HTTPException: pages.refused,
            OperationalError: pages.database_away,
            Exception: pages.failed,
        },
    )
    app.mount("/board", board, name="board")
