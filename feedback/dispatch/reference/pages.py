"""The pages of a department worker: the list, a job with its steps, the door, and the page of faults."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, unquote, urlencode, urlsplit

from fastapi import APIRouter, Depends, File, Form, Query, Request, Response, UploadFile
from fastapi.responses import FileResponse, RedirectResponse
from fastapi.templating import Jinja2Templates
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from feedback.city_time import clock
from feedback.dispatch.reference import lists, photos
from feedback.dispatch.reference.faults import Faults, Switch
from feedback.dispatch.reference.filing import readable
from feedback.dispatch.reference.lists import PAGE, SHELVES, Wanted
from feedback.dispatch.reference.models import STATUSES, Job, JobUpdate, Photo, Store
from feedback.dispatch.reference.photos import PhotoRefused
from feedback.dispatch.reference.steps import LONGEST_NOTE, NOBODY, STEPS, StepRefused, admitted, take
from storage import utcnow

HERE = Path(__file__).parent
SAFE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
YEAR = 365 * 24 * 3600
LONGEST_NAME = 30

templates = Jinja2Templates(HERE / "templates")
templates.env.globals |= {"STATUSES": STATUSES, "SHELVES": SHELVES, "STEPS": STEPS, "NOBODY": NOBODY, "photos": photos}
templates.env.globals |= {"LONGEST_NOTE": LONGEST_NOTE, "LONGEST_NAME": LONGEST_NAME}
templates.env.filters |= {"clock": clock}


class PageRefused(Exception):
    """A page can't be shown or a form not taken; `str()` says why, `status` is that of HTTP."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


def same_origin(request: Request) -> None:
    """Refuses what a page from elsewhere sends. Browsers say where a form comes from; scripts say nothing and are let in."""
    if request.method in ("GET", "HEAD"):
        return
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    foreign = site not in ("same-origin", "none") if site else origin and urlsplit(origin).netloc != request.url.netloc
    if foreign:
        raise PageRefused(403, "这个请求来自别的网站，没有执行。")


def on_this_machine(request: Request) -> None:
    """Faults are for whoever runs the program."""
    if not request.client or not ip_address(request.client.host).is_loopback:
        raise PageRefused(403, "故障模拟只能在本机设置。")


def render(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """A page, with what every page shows."""
    values |= {"worker": _cookie(request, "worker"), "own": _cookie(request, "department"), "now": utcnow()}
    values |= {"faulty": request.app.state.switch.faults != Faults()}
    return templates.TemplateResponse(request, template, values, status, headers=SAFE_HEADERS)


def pages_router(store: Store, switch: Switch) -> APIRouter:
    """The pages over a store."""
    router = APIRouter(dependencies=[Depends(same_origin)])

    @router.get("/")
    def index(
        request: Request, department: str = "", status: str = "", q: str = "", page: int = Query(1, ge=1, le=10_000)
    ) -> Response:
        wanted = Wanted(department, status if status in SHELVES else "", q.strip()[:100], page)
        with store.reading() as session:
            found, count = lists.jobs(session, wanted), lists.counts(session, wanted)
            values = {"jobs": found[:PAGE], "more": len(found) > PAGE, "counts": count}
            values |= {"departments": lists.departments(session), "link": lambda **change: _link(wanted, **change)}
            return render(request, "list.html", wanted=wanted, **values)

    @router.get("/jobs/{number}")
    def job(request: Request, number: int) -> Response:
        return job_page(request, number)

    @router.post("/jobs/{number}/{step}")
    def act(
        request: Request,
        number: int,
        step: str,
        note: str = Form(""),
        seen: int | None = Form(None),
        pictures: Annotated[
            list[UploadFile | str], File(alias="photos")
        ] = (),  # a browser sends "" where none is chosen
    ) -> Response:
        worker = "，".join(filter(None, (_cookie(request, "worker"), _cookie(request, "department")))) or NOBODY
        note = readable(note)
        try:
            kept = _cleaned(pictures)
            with store.writing() as session:
                take(session, number, step, worker, note, kept, seen)
        except PhotoRefused as refused:
            return job_page(request, number, 422, str(refused), step, note)
        except StepRefused as refused:
            if refused.status == 404:
                raise PageRefused(404, str(refused)) from None
            return job_page(request, number, refused.status, str(refused), step, note)
        return RedirectResponse(f"/jobs/{number}?done={step}", 303)

    def job_page(
        request: Request, number: int, status: int = 200, error: str = "", step: str = "", note: str = ""
    ) -> Response:
        """A job with its history and the steps it admits; after a refusal with its reason and what had been written."""
        with store.reading() as session:
            found = session.get(Job, number, options=[selectinload(Job.updates).selectinload(JobUpdate.photos)])
            if not found:
                raise PageRefused(404, "没有这张工单。")
            done = STEPS.get(request.query_params.get("done", "")) if not error else None
            values = {"job": found, "steps": admitted(found), "error": error, "tried": step, "note": note, "done": done}
            return render(request, "job.html", status, **values)

    @router.get("/photos/{key}.jpg")
    def photo(key: str) -> Response:
        with store.reading() as session:
            content = session.scalar(select(Photo.content).where(Photo.key == key))
        if not content:
            raise PageRefused(404, "没有这张照片。")
        cached = {"Cache-Control": "private, max-age=31536000, immutable"}
        return Response(content, media_type="image/jpeg", headers=SAFE_HEADERS | cached)

    @router.get("/door")
    def door(request: Request) -> Response:
        return door_page(request)

    @router.post("/door")
    def enter(request: Request, name: str = Form(""), department: str = Form(""), next: str = Form("/")) -> Response:
        name, department = readable(name).strip(), readable(department).strip()
        if not name or not department or max(len(name), len(department)) > LONGEST_NAME:
            return door_page(request, 422, f"请填写姓名（最多 {LONGEST_NAME} 字）并选择部门。", name, department)
        answer = RedirectResponse(_own_path(next, f"/?{urlencode({'department': department})}"), 303)
        for cookie, value in (("worker", name), ("department", department)):
            answer.set_cookie(cookie, quote(value), max_age=YEAR, httponly=True, samesite="lax")
        return answer

    def door_page(
        request: Request, status: int = 200, error: str = "", name: str = "", department: str = ""
    ) -> Response:
        with store.reading() as session:
            known = lists.departments(session)
        values = {"departments": known, "error": error, "name": name, "department": department}
        return render(request, "door.html", status, next=request.query_params.get("next", "/"), **values)

    @router.post("/door/leave")
    def leave() -> Response:
        answer = RedirectResponse("/", 303)
        for cookie in ("worker", "department"):
            answer.delete_cookie(cookie)
        return answer

    @router.get("/faults")
    def faults_page(request: Request) -> Response:
        return render(request, "faults.html", faults=switch.faults)

    @router.put("/faults", dependencies=[Depends(on_this_machine)])
    def put_faults(faults: Faults) -> Faults:
        switch.set(faults)
        return switch.faults

    @router.post("/faults", dependencies=[Depends(on_this_machine)])
    async def set_faults(request: Request) -> Response:
        try:
            chosen = {name: value for name, value in (await request.form()).items() if value != ""}
            switch.set(TypeAdapter(Faults).validate_python(chosen))
        except ValidationError:
            error = "没有保存：请核对数字。比例在 0 到 1 之间，三个比例合计不超过 1；状态码在 400 到 599 之间。"
            return render(request, "faults.html", 422, faults=switch.faults, error=error)
        return RedirectResponse("/faults?saved=1", 303)

    @router.get("/style.css")
    def style() -> Response:
        return FileResponse(HERE / "static" / "style.css", media_type="text/css")

    return router


def _cleaned(pictures: list[UploadFile | str]) -> list[bytes]:
    chosen = [picture for picture in pictures if not isinstance(picture, str) and picture.size]
    if len(chosen) > photos.MOST:
        raise PhotoRefused(f"一次最多 {photos.MOST} 张照片。")
    return [photos.cleaned(picture.file.read(photos.LARGEST + 1)) for picture in chosen]


def _cookie(request: Request, name: str) -> str:
    return unquote(request.cookies.get(name, ""))[:LONGEST_NAME]


def _link(wanted: Wanted, **change: Any) -> str:
    """The address of the same list with something else."""
    parts = {"department": wanted.department, "status": wanted.shelf, "q": wanted.words} | change
    return "/?" + urlencode({name: value for name, value in parts.items() if value})


def _own_path(path: str, otherwise: str) -> str:
    """Where to go next: only a job of ours, so that no link leads elsewhere through the door."""
    return path if path.startswith("/jobs/") and "\\" not in path else otherwise
