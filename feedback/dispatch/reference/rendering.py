"""How pages are made, what all of them show, and who may send a form."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from fastapi import Request, Response
from fastapi.templating import Jinja2Templates

from feedback.city_time import clock
from feedback.dispatch.reference import photos
from feedback.dispatch.reference.faults import Faults
from feedback.dispatch.reference.lists import SHELVES
from feedback.dispatch.reference.models import STATUSES
from feedback.dispatch.reference.steps import LONGEST_NOTE, NOBODY, STEPS
from storage import utcnow

HERE = Path(__file__).parent
SAFE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
LONGEST_NAME = 30
"""Characters of a worker's name and of a department's."""

_templates = Jinja2Templates(HERE / "templates")
_templates.env.filters["clock"] = clock
_templates.env.globals |= {
    "STATUSES": STATUSES,
    "SHELVES": SHELVES,
    "STEPS": STEPS,
    "NOBODY": NOBODY,
    "LONGEST_NOTE": LONGEST_NOTE,
    "LONGEST_NAME": LONGEST_NAME,
    "photos": photos,
}


class PageRefused(Exception):
    """A page can't be shown or a form not taken; `str()` says why, `status` is that of HTTP."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


def render(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """A page: the template with its values and what every page shows."""
    name, department = worker(request)
    every = {"worker": name, "own": department, "now": utcnow(), "faulty": request.app.state.switch.faults != Faults()}
    return _templates.TemplateResponse(request, template, every | values, status, headers=SAFE_HEADERS)


def worker(request: Request) -> tuple[str, str]:
    """Name and department as they were given at the door; empty if they weren't."""
    name, department = (unquote(request.cookies.get(cookie, ""))[:LONGEST_NAME] for cookie in ("worker", "department"))
    return name, department


async def same_origin(request: Request) -> None:
    """Refuses what a page from elsewhere sends. Browsers say where a form comes from; scripts say nothing and are let in."""
    if request.method in ("GET", "HEAD"):
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    foreign = site not in ("same-origin", "none") if site else origin and urlsplit(origin).netloc != request.url.netloc
    if foreign:
        raise PageRefused(403, "这个请求来自别的网站，没有执行。")
