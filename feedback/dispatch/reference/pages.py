"""The pages of a department worker: the list of jobs, and a job with its history and the steps it admits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, File, Form, Query, Request, Response, UploadFile
from fastapi.responses import FileResponse, RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from feedback.dispatch.reference import lists, photos
from feedback.dispatch.reference.filing import readable
from feedback.dispatch.reference.given import TheStore
from feedback.dispatch.reference.lists import PAGE, SHELVES, Wanted
from feedback.dispatch.reference.models import Job, JobUpdate, Photo, Store
from feedback.dispatch.reference.rendering import HERE, SAFE_HEADERS, PageRefused, render, same_origin, worker
from feedback.dispatch.reference.steps import NOBODY, STEPS, StepRefused, admitted, take
from feedback.errors import PhotoRefused, TooManyPhotos

router = APIRouter(dependencies=[Depends(same_origin)])

# A browser sends an empty text where no file was chosen.
Pictures = Annotated[list[UploadFile | str], File(alias="photos")]


@router.get("/")
def index(
    request: Request,
    store: TheStore,
    department: str = "",
    status: str = "",
    q: str = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    wanted = Wanted(department, status if status in SHELVES else "", q.strip()[:100], page)
    with store.reading() as session:
        found = lists.jobs(session, wanted)
        values = {
            "wanted": wanted,
            "jobs": found[:PAGE],
            "more": len(found) > PAGE,
            "counts": lists.counts(session, wanted),
            "departments": lists.departments(session),
            "link": lambda **change: _link(wanted, **change),
        }
        return render(request, "list.html", **values)


def _link(wanted: Wanted, **change: Any) -> str:
    """The address of the same list with something else."""
    parts = {"department": wanted.department, "status": wanted.shelf, "q": wanted.words} | change
    return "/?" + urlencode({name: value for name, value in parts.items() if value})


@router.get("/jobs/{number}")
def job(request: Request, store: TheStore, number: int, done: str = "") -> Response:
    return _job_page(request, store, number, done=STEPS.get(done))


@router.post("/jobs/{number}/{step}")
def act(
    request: Request,
    store: TheStore,
    number: int,
    step: str,
    note: Annotated[str, Form()] = "",
    seen: Annotated[int | None, Form()] = None,
    pictures: Pictures = (),
) -> Response:
    note, chosen = readable(note), [picture for picture in pictures if not isinstance(picture, str) and picture.size]
    who = "，".join(filter(None, worker(request))) or NOBODY
    try:
        kept = _cleaned(chosen)
        with store.writing() as session:
            take(session, number, step, who, note, kept, seen)
    except (PhotoRefused, StepRefused) as refused:
        words = f"{refused}照片请重新选择。" if chosen else str(refused)
        status = refused.status if isinstance(refused, StepRefused) else 422
        return _job_page(request, store, number, status, error=words, tried=step, note=note)
    return RedirectResponse(f"/jobs/{number}?done={step}", 303)


def _cleaned(chosen: Sequence[UploadFile]) -> list[bytes]:
    if len(chosen) > photos.MOST:
        raise TooManyPhotos(f"一次最多 {photos.MOST} 张照片。")
    return [photos.cleaned(picture.file.read(photos.LARGEST + 1)) for picture in chosen]


def _job_page(request: Request, store: Store, number: int, status: int = 200, **values: Any) -> Response:
    """A job's page; after a refused step `values` hold the error, the step that was tried and the note that was written."""
    with store.reading() as session:
        found = session.get(Job, number, options=[selectinload(Job.updates).selectinload(JobUpdate.photos)])
        if not found:
            raise PageRefused(404, "没有这张工单。")
        return render(request, "job.html", status, job=found, steps=admitted(found), **values)


@router.get("/photos/{key}.jpg")
def photo(store: TheStore, key: str) -> Response:
    with store.reading() as session:
        content = session.scalar(select(Photo.content).where(Photo.key == key))
    if not content:
        raise PageRefused(404, "没有这张照片。")
    cached = {"Cache-Control": "private, max-age=31536000, immutable"}
    return Response(content, media_type="image/jpeg", headers=SAFE_HEADERS | cached)


@router.get("/style.css")
def style() -> Response:
    return FileResponse(HERE / "static" / "style.css", media_type="text/css")
