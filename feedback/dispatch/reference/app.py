"""The program put together: pages, Open311, faults, callbacks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from feedback.dispatch.reference import door, fault_pages, open311, pages
from feedback.dispatch.reference.answers import Refused
from feedback.dispatch.reference.callbacks import Callback, Caller
from feedback.dispatch.reference.faults import PATH, FaultLayer, Switch
from feedback.dispatch.reference.models import Store
from feedback.dispatch.reference.open311 import refusal
from feedback.dispatch.reference.photos import LARGEST, MOST
from feedback.dispatch.reference.rendering import PageRefused, render

LARGEST_BODY = MOST * LARGEST + 1_000_000


def create_app(file: Path, api_key: str, callback: Callback | None = None) -> FastAPI:
    """The program over a database file; `api_key` is what filing needs, `callback` where steps are told beside polling."""
    store, switch = Store(file), Switch()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        caller = Caller(store, callback, switch) if callback else None
        if caller:
            caller.start()
        yield
        if caller:
            caller.stop()

    app = FastAPI(title="参考派单系统", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.store, app.state.switch, app.state.api_key = store, switch, api_key
    app.add_api_route("/health", lambda: {"status": "ok"})
    for part in (open311, pages, door, fault_pages):
        app.include_router(part.router)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(PageRefused, _page_refused)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(Exception, _failed)
    app.add_middleware(BodyLimit)
    app.add_middleware(FaultLayer, switch=switch)
    return app


class BodyLimit:
    """Refuses bodies that are longer than anything a form here sends, before they are read; the length must be told."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        told = Headers(scope=scope) if scope["type"] == "http" else {}
        answer = self._app
        if "transfer-encoding" in told:
            answer = refusal(scope["path"], 411, "Content-Length was not provided")
        elif int(told.get("content-length", 0)) > LARGEST_BODY:
            answer = refusal(scope["path"], 413, f"the body is longer than {LARGEST_BODY} bytes")
        await answer(scope, receive, send)


async def _refused(request: Request, refused: Refused) -> Response:
    return refusal(request.url.path, refused.status, str(refused))


async def _page_refused(request: Request, refused: PageRefused) -> Response:
    return render(request, "error.html", refused.status, words=str(refused))


async def _http_error(request: Request, error: HTTPException) -> Response:
    if request.url.path.startswith(PATH):
        return refusal(request.url.path, error.status_code, str(error.detail))
    words = {404: "没有这个页面。", 405: "这个地址不接受这种请求。"}
    return render(request, "error.html", error.status_code, words=words.get(error.status_code, "请求没有成功。"))


async def _not_understood(request: Request, error: RequestValidationError) -> Response:
    """The fields that are wrong, by name; by the standard it is a 400."""
    fields = ", ".join(sorted({str(each["loc"][-1]) for each in error.errors()}))
    if request.url.path.startswith(PATH):
        return refusal(request.url.path, 400, f"not understood: {fields}")
    return render(request, "error.html", 422, words=f"请求的格式不对：{fields}")


async def _failed(request: Request, error: Exception) -> Response:
    if request.url.path.startswith(PATH):
        return refusal(request.url.path, 500, "general service error")
    return render(request, "error.html", 500, words="系统出了差错，这一步没有做成，请稍后再试。")
