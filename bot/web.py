"""The web application, the only public face: the web channel, the page with the widget, the console."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import channels.widget
from bot.logs import configure_logging
from bot.settings import settings
from channels.pump import Pump
from channels.rasa import Rasa
from channels.transcript import transcript
from channels.web import ChannelError, Listeners, router
from feedback.console import mount_console
from feedback.dispatch import callbacks
from feedback.dispatch.destinations.config import configured
from storage import reading

log = logging.getLogger(__name__)

LARGEST_BODY = 1_000_000
WIDGET = Path(channels.widget.__file__).parent


def create_app(rasa: Rasa | None = None) -> FastAPI:
    """The application; `rasa` is another way to the assistant, for tests."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.listeners = Listeners()
        app.state.pump = Pump(rasa or Rasa(), said=app.state.listeners.wake)
        app.state.pump.start()
        app.state.listeners.start()
        yield
        await app.state.listeners.stop()
        await app.state.pump.stop()

    app = FastAPI(title="民声", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.include_router(router)
    app.include_router(callbacks.router)
    app.add_api_route("/health", health)
    app.add_api_route("/", page, include_in_schema=False)
    app.mount("/widget", StaticFiles(directory=WIDGET / "static"), name="widget")
    mount_console(app, transcript)
    app.add_exception_handler(ChannelError, _refused)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(OperationalError, _database_away)
    app.add_exception_handler(Exception, _failed)
    app.add_middleware(BodyLimit)
    return app


def health() -> dict:
    """Up and able to reach the database."""
    with reading() as session:
        session.execute(text("SELECT 1"))
    return {"status": "ok"}


def page() -> FileResponse:
    return FileResponse(WIDGET / "index.html")


class BodyLimit:
    """Refuses bodies that no message of ours has, before they are read into memory."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        read = 0

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > LARGEST_BODY:
                raise ChannelError(413, "too_large", "内容太长，请分几次发。")
            return message

        await self._app(scope, limited, send)


def _error(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status)


async def _refused(request: Request, error: ChannelError) -> JSONResponse:
    return _error(error.status, error.code, error.message)


async def _not_understood(request: Request, error: RequestValidationError) -> JSONResponse:
    """The fields that are wrong, by name; never what was sent."""
    fields = sorted({".".join(str(part) for part in e["loc"][1:]) or "body" for e in error.errors()})
    return _error(422, "invalid", f"请求的格式不对：{'、'.join(fields)}")


async def _http_error(request: Request, error: HTTPException) -> JSONResponse:
    words = {404: "没有这个页面。", 405: "这个地址不接受这种请求。"}
    return _error(error.status_code, f"http_{error.status_code}", words.get(error.status_code, "请求没有成功。"))


async def _database_away(request: Request, error: OperationalError) -> JSONResponse:
    log.error("database.unavailable", extra={"path": request.url.path})
    return _error(503, "unavailable", "系统正忙，请稍后再试，您的话还没有保存。")


async def _failed(request: Request, error: Exception) -> JSONResponse:
    return _error(500, "failed", "系统出了差错，我们会尽快修好，请稍后再试。")


def main() -> None:
    configure_logging("web")
    configured()  # a file of destinations that can't be used is told at the start, not with the first report
    uvicorn.run(
        create_app(),
        host=settings().web_host,
        port=settings().web_port,
        ws="none",  # the WebSocket library that Rasa pins is too old for uvicorn; SSE needs none
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=3,
    )


if __name__ == "__main__":
    main()
