"""Danger first: the number to call at once, staff alarmed, and a report all the same. Never a form."""

from __future__ import annotations

from datetime import timedelta

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.messages import message_id, said
from actions.report_form import slots_of
from feedback import FileReport, Report, display, file_report, reports_of, supplement
from feedback.draft import Draft
from storage import utcnow, writing

CALL = {
    "safety.fire": "请马上离开危险处，拨打 119！不要坐电梯，用湿毛巾捂住口鼻。",
    "safety.ebike": "请马上远离，拨打 119！不要自己去扑电池的火。",
    "utility.gas": "请马上到室外，拨打 119！不要开灯、不要在屋里打电话，能开窗就开窗。",
    "utility.power": "请离电线远一点，拨打 119 和 110！不要用手去拉触电的人。",
    "health.service": "请马上拨打 120！",
    "market.food": "请马上拨打 120！",
    "traffic.order": "请马上拨打 120 和 122！",
    "security.dog": "伤得重请马上拨打 120，狗还在伤人请拨打 110！",
    "property.elevator": "请按电梯里的呼叫按钮，拨打 119！不要扒门，等人来救。",
    "building.illegal": "请马上离开，拨打 119！有人受伤拨打 120。",
    "property.repair": "请马上离开，拨打 119！有人受伤拨打 120。",
    "safety.construction": "请离开危险处，拨打 119，有人受伤拨打 120！",
}
CALL_POLICE = "请马上拨打 110！有人受伤同时拨打 120。"
LIFELINE = (
    "听到您这样说，我很担心您。您不是一个人，现在就有人愿意听您说。\n"
    "请拨打 12356 心理援助热线；如果已经有危险，请马上拨打 110 或 120。\n"
    "如果可以，请去找一个您信任的人待在一起。我已经请工作人员马上关注这里。"
)
SAME_DANGER = timedelta(minutes=15)


class Emergency(Action):
    """Names the number, files what is known, and asks for nothing but the place."""

    def name(self) -> str:
        return "action_emergency"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        message = said(tracker)
        code = message.matter.get("category", {}).get("code", "other")
        report = _report_danger(tracker, code)
        dispatcher.utter_message(CALL.get(code, CALL_POLICE))
        asking = "" if report.address else "打完电话、人安全了，再告诉我具体在哪里。"
        dispatcher.utter_message(f"我已经同时报给值班人员，编号 {display(report.number)}。{asking}")
        return slots_of(Draft())


class SelfHarm(Action):
    """Warm words and the lifeline; a human is alarmed by an urgent report that is never sent on."""

    def name(self) -> str:
        return "action_self_harm"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        _report_danger(tracker, "crisis.self_harm")
        dispatcher.utter_message(LIFELINE)
        return slots_of(Draft())


def _report_danger(tracker: Tracker, code: str) -> Report:
    """The report of a danger; who calls again within minutes adds to the same one."""
    message = said(tracker)
    place = {name: message.location.get(name) for name in ("district", "subdistrict", "address")}
    with writing() as session:
        latest = next(iter(reports_of(session, tracker.sender_id, most=1)), None)
        if latest and latest.kind == "emergency" and utcnow() - latest.created_at < SAME_DANGER:
            supplement(session, latest, message.text, place)
            return latest
        return file_report(
            session,
            FileReport(
                conversation_id=tracker.sender_id,
                message_id=message_id(tracker),
                text=message.text,
                kind="emergency",
                category=code,
                urgent=True,
                **place,
            ),
        )
