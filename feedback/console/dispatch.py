"""派单 in the console: what waits for each destination, what did not get there, and what staff do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin import CustomView, flash, get_flashed_messages, route

from feedback.accounts import COORDINATORS
from feedback.city_time import clock
from feedback.console.changes import actor_of
from feedback.dispatch.breaker import Standing, standing
from feedback.dispatch.overview import Waiting, late, stuck, waiting
from feedback.dispatch.stuck import STUCK_WORDS, redirect, register, renew_request, resend, why_not_there
from feedback.errors import FeedbackError
from feedback.models import OutboxMessage
from feedback.report_number import display
from feedback.routing import known_departments
from feedback.work_orders import ROLES
from nlu.categories import category
from storage import reading, utcnow, writing

SHOWN = 25
"""So many of what stopped and of what waits are shown; the next follow when these are done."""

Form = Mapping[str, str]
Step = Callable[[Session, OutboxMessage, str, Form, bool], None]


def _resend(session: Session, message: OutboxMessage, actor: str, form: Form, coordinator: bool) -> None:
    resend(message, actor, form["reason"])


def _renew(session: Session, message: OutboxMessage, actor: str, form: Form, coordinator: bool) -> None:
    renew_request(message, actor, form["reason"])


def _redirect(session: Session, message: OutboxMessage, actor: str, form: Form, coordinator: bool) -> None:
    redirect(session, message, form["department"], actor, form["reason"], coordinator)


def _register(session: Session, message: OutboxMessage, actor: str, form: Form, coordinator: bool) -> None:
    register(session, message, form["number"], actor, form["reason"])


STEPS: dict[str, tuple[Step, str]] = {
    "resend": (_resend, "正在重发。"),
    "renew": (_renew, "已按诉求现在的内容重新生成，正在派送。"),
    "redirect": (_redirect, "已改派，正在派送。"),
    "register": (_register, "已登记。"),
}
"""What staff can do, and what they read afterwards."""


class DispatchPage(CustomView):
    """What waits and what stopped, per destination."""

    @route("")
    async def index(self, request: Request) -> Response:
        context = await run_in_threadpool(_shown, request) | {
            "title": "派单",
            "flashed_messages": get_flashed_messages(request),
        }
        return self.templates.TemplateResponse(request=request, name="dispatch.html", context=context)

    @route("/step", methods=["POST"])
    async def step(self, request: Request) -> Response:
        form = await request.form()
        said = {name: str(form.get(name) or "") for name in ("message", "step", "reason", "department", "number")}
        if said["step"] in STEPS and said["message"].isdecimal():
            coordinator = request.state.staff.role in COORDINATORS
            flash(request, *await run_in_threadpool(_carry_out, said, actor_of(request), coordinator))
        return RedirectResponse(request.url_for("console:dispatch"), 303)


def _carry_out(said: Form, actor: str, coordinator: bool) -> tuple[str, str]:
    """Do a step in a transaction of its own; the words for the staff, and their color."""
    step, done = STEPS[said["step"]]
    try:
        with writing() as session:
            message = session.get(OutboxMessage, int(said["message"]), with_for_update=True)
            if message:
                step(session, message, actor, said, coordinator)
    except FeedbackError as refused:
        return str(refused), "error"
    except StaleDataError:
        return "别人刚刚改过这件诉求，请刷新后再看。", "error"
    return done, "success"


def _shown(request: Request) -> dict:
    now = utcnow()
    with reading() as session:
        return {
            "destinations": [_destination(found, now) for found in waiting(session)],
            "stuck": [_row(request, message, now) | _choices(session, message) for message in stuck(session, SHOWN)],
            "late": [_row(request, message, now) for message in late(session, SHOWN)],
        }


def _destination(found: Waiting, now: datetime) -> dict:
    state, breaker = standing(found.breaker, now), found.breaker
    return {
        "name": found.destination,
        "waiting": found.waiting,
        "since": clock(found.since) if found.since else "",
        "unsure": found.unsure,
        "dead": found.dead,
        "standing": f"{state.value}到 {clock(breaker.open_until)}" if state is Standing.OPEN else state.value,
        "well": state is Standing.CLOSED,
        "error": f"连续 {breaker.failures} 次没有成功：{breaker.last_error}" if breaker and breaker.failures else "",
    }


def _row(request: Request, message: OutboxMessage, now: datetime) -> dict:
    order, report = message.work_order, message.work_order.report
    return {
        "id": message.id,
        "number": display(report.number),
        "url": str(request.url_for("console:detail", key="report").include_query_params(pk=report.id)),
        "urgent": report.urgent,
        "what": category(report.category).name,
        "destination": message.destination,
        "department": f"{order.department}（{ROLES[order.role]}）",
        "since": clock(message.waiting_since),
        "why": why_not_there(order, now),
    }


def _choices(session: Session, message: OutboxMessage) -> dict:
    order = message.work_order
    return {
        "badge": STUCK_WORDS[message.state].partition("，")[0],
        "in_doubt": message.in_doubt,
        "departments": [name for name in known_departments(session, order.report) if name != order.department],
    }
