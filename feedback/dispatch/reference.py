"""The reference dispatch system: a small stand-in for the city's own, with a page for a department worker.

A program of its own with a database of its own. It speaks Open311 GeoReport v2 (XML) with mySociety's
`servicerequestupdates`, and honours an idempotency key. Not used when `MINSHENG_DISPATCH_URL` is set.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import contextmanager
from datetime import datetime
from html import escape
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

from fastapi import FastAPI, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import URL, ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from storage import UTCDateTime, make_engine, utcnow

ACTIONS = {"receive": "investigating", "start": "in_progress", "finish": "fixed", "return": "not_responsible"}
STATUS_WORDS = {
    "open": "待签收",
    "investigating": "已签收",
    "in_progress": "处置中",
    "fixed": "已完成",
    "not_responsible": "已退单",
}
BUTTONS = {"receive": "签收", "start": "开始处置", "finish": "办结", "return": "退单"}
CLOSED = ("fixed", "not_responsible")


class _Base(DeclarativeBase):
    type_annotation_map = {datetime: UTCDateTime}


class Job(_Base):
    """A request that was filed here."""

    __tablename__ = "jobs"
    id: Mapped[int] = mapped_column(primary_key=True)
    idempotency_key: Mapped[str | None] = mapped_column(unique=True)
    reference: Mapped[str | None] = mapped_column(index=True)
    service_code: Mapped[str]
    service_name: Mapped[str | None]
    description: Mapped[str]
    address: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="open")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    updates: Mapped[list[JobUpdate]] = relationship(order_by="JobUpdate.id")


class JobUpdate(_Base):
    """A step that the department took."""

    __tablename__ = "job_updates"
    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"))
    status: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)


def create_app(file: Path, api_key: str) -> FastAPI:
    """The program over a database file; `api_key` is what filing needs."""
    engine = make_engine(URL.create("sqlite", database=str(file)))
    _Base.metadata.create_all(engine)

    @contextmanager
    def writing():
        with Session(engine.execution_options(writes=True)) as session, session.begin():
            yield session

    app = FastAPI(title="参考派单系统", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/health")
    def health() -> dict:
        return {"status": "ok"}

    @app.post("/open311/v2/requests.xml")
    async def file_request(request: Request) -> Response:
        form = {name: _text(str(value)) for name, value in (await request.form()).items()}
        if form.get("api_key") != api_key:
            return _error(403, "api_key is missing or wrong")
        if not form.get("service_code") or not form.get("address_string"):
            return _error(400, "service_code and address_string are required")
        with writing() as session:
            job = _filed(session, form, request.headers.get("Idempotency-Key"))
            return _xml("service_requests", "request", [{"service_request_id": job.id}])

    @app.get("/open311/v2/requests.xml")
    def requests(service_request_id: str = "") -> Response:
        wanted = [int(part) for part in service_request_id.split(",") if part.strip().isdigit()]
        query = select(Job).order_by(Job.id.desc()).limit(1000)
        with Session(engine) as session:
            jobs = session.scalars(query.where(Job.id.in_(wanted)) if wanted else query).all()
            return _xml("service_requests", "request", map(_request, jobs))

    @app.get("/open311/v2/servicerequestupdates.xml")
    def updates(start_date: datetime) -> Response:
        query = select(JobUpdate).where(JobUpdate.created_at >= start_date).order_by(JobUpdate.id)
        with Session(engine) as session:
            return _xml("service_request_updates", "request_update", map(_update, session.scalars(query)))

    @app.get("/", response_class=HTMLResponse)
    def page() -> str:
        with Session(engine) as session:
            return _page(session.scalars(select(Job).order_by(Job.id.desc()).limit(100)).all())

    @app.post("/jobs/{job_id}/{action}")
    def act(job_id: int, action: str, note: str = Form("")) -> Response:
        if action not in ACTIONS:
            raise HTTPException(404, "没有这个动作")
        with writing() as session:
            job = session.get(Job, job_id)
            if not job:
                raise HTTPException(404, "没有这张工单")
            if job.status in CLOSED:
                raise HTTPException(409, "工单已经结束")
            if action == "return" and not note.strip():
                raise HTTPException(422, "退单要写明理由")
            job.status = ACTIONS[action]
            job.updates.append(JobUpdate(status=job.status, note=_text(note.strip())))
        return RedirectResponse("/", 303)

    return app


def _text(value: str) -> str:
    """Text whose UTF-8 bytes a client sent as they are; a form parser takes those for Latin-1."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _filed(session: Session, form: dict[str, str], key: str | None) -> Job:
    """The job of a request; the same idempotency key is the same job."""
    job = key and session.scalar(select(Job).where(Job.idempotency_key == key))
    if job:
        return job
    job = Job(
        idempotency_key=key,
        reference=form.get("attribute[external_id]"),
        service_code=form["service_code"],
        service_name=form.get("attribute[service_name]"),
        description=form.get("description", ""),
        address=form["address_string"],
    )
    session.add(job)
    session.flush()
    return job


def _request(job: Job) -> dict:
    return {
        "service_request_id": job.id,
        "status": "closed" if job.status in CLOSED else "open",
        "service_code": job.service_code,
        "description": job.description,
        "requested_datetime": job.created_at.isoformat(),
        "address": job.address,
    }


def _update(update: JobUpdate) -> dict:
    return {
        "update_id": update.id,
        "service_request_id": update.job_id,
        "status": update.status,
        "updated_datetime": update.created_at.isoformat(),
        "description": update.note,
    }


def _xml(root: str, item: str, rows: Iterable[dict]) -> Response:
    tree = Element(root)
    for row in rows:
        child = SubElement(tree, item)
        for name, value in row.items():
            SubElement(child, name).text = "" if value is None else str(value)
    return Response(tostring(tree, encoding="utf-8", xml_declaration=True), media_type="text/xml")


def _error(status: int, description: str) -> Response:
    response = _xml("errors", "error", [{"code": status, "description": description}])
    response.status_code = status
    return response


def _page(jobs: list[Job]) -> str:
    cards = "".join(map(_card, jobs)) or "<p>还没有工单。</p>"
    return f"""<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>参考派单系统</title>
<meta name="viewport" content="width=device-width">
<style>body{{font:16px/1.6 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem}}
article{{border:1px solid #ccc;border-radius:.5rem;padding:1rem;margin:1rem 0}}
h2{{font-size:1.1rem;margin:0}}form{{display:flex;flex-wrap:wrap;gap:.5rem}}input{{flex:1 1 12rem;padding:.4rem}}
button{{padding:.4rem .9rem}}</style>
<h1>参考派单系统</h1><p>演示用的部门工单台。正式使用时由城市自己的派单系统代替。</p>{cards}</html>"""


def _card(job: Job) -> str:
    buttons = "".join(
        f'<button formaction="/jobs/{job.id}/{action}">{words}</button>' for action, words in BUTTONS.items()
    )
    form = f'<form method="post"><input name="note" aria-label="说明" placeholder="给市民的说明；退单要写理由">{buttons}</form>'
    return (
        f'<article id="job-{job.id}"><h2>工单 {job.id} · {escape(job.service_name or job.service_code)}'
        f" · {STATUS_WORDS[job.status]}</h2><p>{escape(job.description)}</p>"
        f"<p>地点：{escape(job.address or '')}　诉求：{escape(job.reference or '')}</p>"
        f"{'' if job.status in CLOSED else form}</article>"
    )
