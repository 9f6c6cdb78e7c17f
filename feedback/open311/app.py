"""The interface as an application of its own: its addresses, and its errors in the standard's form."""

from __future__ import annotations

import logging
import re
from typing import Annotated, Any

from fastapi import FastAPI, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from sqlalchemy.exc import OperationalError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Mount

from feedback.errors import FeedbackError
from feedback.open311 import description, filing, requests, services, updates
from feedback.open311.answers import Formats, answer, error
from feedback.open311.errors import Refused, invalid
from feedback.open311.keys import admit
from feedback.open311.models import ApiKey
from feedback.open311.parameters import (
    Common,
    NewRequest,
    NewUpdate,
    OneWanted,
    UpdatesWanted,
    Wanted,
    checked,
    read_form,
)
from feedback.settings import settings
from storage import reading, utcnow, writing

log = logging.getLogger(__name__)

PATH = "/open311/v2"
LONGEST_IDEMPOTENCY_KEY = 200


def mount_open311(app: FastAPI) -> None:
    """Mount the interface at `/open311/v2`."""
    mount = Mount(PATH, create_app(), name="open311")
    # Starlette's own expression ends at a line break, which would leave such an address to somebody else's errors.
    mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
    app.router.routes.append(mount)


def create_app() -> FastAPI:
    app = FastAPI(title="民声 Open311 GeoReport v2", version="2.0", docs_url=None, redoc_url=None)
    for path, endpoint, answers in (
        ("/discovery", discovery, description.DISCOVERY),
        ("/services", list_services, description.SERVICES),
        ("/services/{service_code}", define_service, description.DEFINITION),
        ("/requests", list_requests, description.REQUESTS),
        ("/requests/{service_request_id}", show_request, description.REQUESTS),
        ("/tokens/{token}", show_token, description.TOKENS),
        ("/servicerequestupdates", list_updates, description.UPDATES),
    ):
        app.add_api_route(path, endpoint, **answers)
    app.add_api_route("/", discovery, include_in_schema=False)
    app.add_api_route("/requests", file_request, methods=["POST"], **description.FILED)
    app.add_api_route("/servicerequestupdates", take_update, methods=["POST"], **description.UPDATED)
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)
    app.add_middleware(Formats)
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["GET"])
    description.describe(app)
    return app


def discovery(request: Request) -> Response:
    """Where the interface is, and whom to ask for a key."""
    base = settings().public_url or str(request.base_url).removesuffix("/").removesuffix(PATH)
    return answer(request, "discovery", services.discovery(base.rstrip("/") + PATH))


def list_services(request: Request, query: Annotated[Common, Query()]) -> Response:
    """What can be reported."""
    _check_jurisdiction(query)
    return answer(request, "services", services.services())


def define_service(request: Request, service_code: str, query: Annotated[Common, Query()]) -> Response:
    """What is asked for a service, beside the standard's own fields."""
    _check_jurisdiction(query)
    return answer(request, "service_definition", services.definition(service_code))


def list_requests(request: Request, query: Annotated[Wanted, Query()]) -> Response:
    """Published requests, newest first; with a key also those that it may see."""
    caller = _caller(query)
    with reading() as session:
        found = requests.find(session, query, caller, utcnow())
    return answer(request, "service_requests", found)


def show_request(request: Request, service_request_id: str, query: Annotated[OneWanted, Query()]) -> Response:
    """One request."""
    caller = _caller(query)
    with reading() as session:
        found = requests.find_one(session, service_request_id, caller, query.extensions)
    return answer(request, "service_requests", found)


def show_token(request: Request, token: str, query: Annotated[Common, Query()]) -> Response:
    """The id of a request that was answered with a token. We answer with the id at once, so it is its own token."""
    caller = _caller(query)
    with reading() as session:
        (found,) = requests.find_one(session, token, caller, extensions=False)
    return answer(request, "service_requests", [{"service_request_id": found["service_request_id"], "token": token}])


def list_updates(request: Request, query: Annotated[UpdatesWanted, Query()]) -> Response:
    """What happened to the requests that one may see, oldest first (mySociety's extension)."""
    caller = _caller(query)
    with reading() as session:
        found = updates.changes(session, query, caller, utcnow())
    return answer(request, "service_request_updates", found)


async def file_request(
    request: Request, idempotency_key: Annotated[str, Header(max_length=LONGEST_IDEMPOTENCY_KEY)] = ""
) -> Response:
    """File a request. The same `Idempotency-Key`, or `attribute[external_id]`, is the same request."""
    fields = await read_form(request)

    def take() -> list[dict]:
        key = _admitted(checked(Common, fields), "file")
        new = checked(NewRequest, fields)
        with writing() as session:
            return filing.take(session, new, key, idempotency_key)

    return answer(request, "service_requests", await run_in_threadpool(take))


async def take_update(request: Request) -> Response:
    """Take what a department did, from its dispatch system (mySociety's extension)."""
    fields = await read_form(request)

    def take() -> list[dict]:
        key = _admitted(checked(Common, fields), "update")
        new = checked(NewUpdate, fields)
        with writing() as session:
            return updates.take(session, new, key, utcnow())

    return answer(request, "service_request_updates", await run_in_threadpool(take))


def _check_jurisdiction(sent: Common) -> None:
    ours = settings().jurisdiction_id
    if ours and sent.jurisdiction_id and sent.jurisdiction_id != ours:
        raise Refused(404, f"没有这个 jurisdiction_id，这里是 {ours}。")


def _caller(query: Common) -> ApiKey | None:
    """Who asks; None without a key."""
    _check_jurisdiction(query)
    return _admitted(query) if query.api_key else None


def _admitted(sent: Common, scope: str | None = None) -> ApiKey:
    """The key of a request, which counts whatever becomes of it."""
    _check_jurisdiction(sent)
    with writing() as session:
        return admit(session, sent.api_key, scope, utcnow())


async def _refused(request: Request, refused: Refused) -> Response:
    return error(request, refused)


async def _not_understood(request: Request, found: RequestValidationError) -> Response:
    return error(request, invalid(found.errors(), within=1))


async def _against_the_rules(request: Request, found: FeedbackError) -> Response:
    return error(request, Refused(400, str(found)))


async def _http_error(request: Request, found: HTTPException) -> Response:
    words = {404: "没有这个地址。", 405: "这个地址不接受这种请求。"}
    return error(
        request, Refused(found.status_code, words.get(found.status_code, "请求没有成功。"), headers=found.headers)
    )


async def _database_away(request: Request, _found: OperationalError) -> Response:
    log.error("database.unavailable", extra={"path": request.url.path})
    return error(request, Refused(503, "系统正忙，什么也没有保存，请稍后再试。", headers={"Retry-After": "10"}))


async def _failed(request: Request, _found: Exception) -> Response:
    return error(request, Refused(500, "系统出了差错，什么也没有保存，请通知运营方。"))


_HANDLERS: dict[type[Exception], Any] = {
    Refused: _refused,
    RequestValidationError: _not_understood,
    FeedbackError: _against_the_rules,
    HTTPException: _http_error,
    OperationalError: _database_away,
    Exception: _failed,
}
