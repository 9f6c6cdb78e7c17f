"""Alarms in the console: what the banner on every page asks for, confirming, going on and off duty."""

from __future__ import annotations

from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette_admin import CustomView, flash, get_flashed_messages, route

from feedback.alarms.models import Alarm
from feedback.alarms.ringing import alarms_for, confirm_alarm, open_alarms, set_on_duty
from feedback.console.changes import actor_of
from feedback.models import LEVELS, Staff
from feedback.report_number import display
from nlu.categories import category
from storage import reading, utcnow, writing

SHOWN = 5
"""So many of the oldest stand in the banner; the page has them all."""


class AlarmPage(CustomView):
    """The open alarms, and the switch for being on duty."""

    @route("")
    async def index(self, request: Request) -> Response:
        alarms, on_duty = await run_in_threadpool(_open, request.state.staff.id)
        context = {
            "title": "警报",
            "alarms": [_shown(request, alarm) for alarm in alarms],
            "on_duty": on_duty,
            "flashed_messages": get_flashed_messages(request),
        }
        return self.templates.TemplateResponse(request=request, name="alarms.html", context=context)

    @route(".json")
    async def ringing(self, request: Request) -> Response:
        """What rings for who is logged in, oldest first."""
        alarms = await run_in_threadpool(_ringing, request.state.staff)
        return JSONResponse(
            {
                "count": len(alarms),
                "waiting_seconds": _waiting(alarms[0], utcnow()) if alarms else 0,
                "alarms": [_shown(request, alarm) for alarm in alarms[:SHOWN]],
            },
            headers={"Cache-Control": "no-store"},
        )

    @route("/confirm", methods=["POST"])
    async def confirm(self, request: Request) -> Response:
        written = str((await request.form()).get("alarm") or "")
        if written.isdecimal() and await run_in_threadpool(_confirm, int(written), actor_of(request)):
            flash(request, "已确认，请马上处理。", "success")
        else:
            flash(request, "这个警报已经有人确认了。", "info")
        return RedirectResponse(request.url_for("console:alarms"), 303)

    @route("/duty", methods=["POST"])
    async def duty(self, request: Request) -> Response:
        on_duty = (await request.form()).get("on_duty") == "1"
        await run_in_threadpool(_set_on_duty, request.state.staff.id, on_duty)
        flash(request, "您已开始值班。" if on_duty else "您已结束值班。", "success")
        return RedirectResponse(request.url_for("console:alarms"), 303)


def _open(staff_id: int) -> tuple[list[Alarm], bool]:
    with reading() as session:
        return open_alarms(session), session.get_one(Staff, staff_id).on_duty


def _ringing(staff: Staff) -> list[Alarm]:
    with reading() as session:
        return alarms_for(session, staff)


def _confirm(alarm_id: int, actor: str) -> bool:
    with writing() as session:
        return bool(session.get(Alarm, alarm_id)) and confirm_alarm(session, alarm_id, actor)


def _set_on_duty(staff_id: int, on_duty: bool) -> None:
    with writing() as session:
        set_on_duty(session, staff_id, on_duty)


def _shown(request: Request, alarm: Alarm) -> dict:
    """An alarm as the pages show it; of the resident's words none, since the banner stands on every screen."""
    report = alarm.report
    return {
        "id": alarm.id,
        "number": display(report.number),
        "what": category(report.category).name,
        "place": " ".join(filter(None, (report.district, report.subdistrict))),
        "level": LEVELS[alarm.level],
        "waiting_seconds": _waiting(alarm, utcnow()),
        "url": f"{request.url_for('console:detail', key='report')}?pk={report.id}",
    }


def _waiting(alarm: Alarm, now: datetime) -> int:
    return max(0, int((now - alarm.raised_at).total_seconds()))
