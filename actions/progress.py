"""What residents do with reports they filed: look up, add to, withdraw, rate, reopen."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session

from actions.messages import button, entity, said
from feedback import (
    FeedbackError,
    Report,
    display,
    find_report,
    rate,
    reopen,
    reports_of,
    supplement,
    withdraw,
)
from feedback.draft import describe_place
from feedback.lifecycle import REPORT_STATES
from nlu.categories import category
from storage import reading, writing

NONE_YET = "您在这里还没有反映过问题。"
CLOSED = "谢谢您的评价，诉求 {number} 已结案。"
REOPENED = "明白了，诉求 {number} 重新办理，我们会继续跟进。"


class CheckReport(Action):
    """The state of a report by its number; a stranger learns no more than that."""

    def name(self) -> str:
        return "action_check_report"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        written = entity(tracker, "report_number")
        with reading() as session:
            if written:
                dispatcher.utter_message(_looked_up(session, written, tracker.sender_id))
            elif mine := reports_of(session, tracker.sender_id, most=1):
                dispatcher.utter_message(_in_full(mine[0]))
            else:
                dispatcher.utter_message("请把诉求编号发给我，比如 20261124-ABCD-EFGHJ。")
        return []


def _looked_up(session: Session, written: str, asker: str) -> str:
    try:
        report = find_report(session, written)
    except FeedbackError as refused:
        return str(refused)
    if report.conversation_id == asker:
        return _in_full(report)
    return f"诉求 {display(report.number)}：{REPORT_STATES[report.state]}。"


def _in_full(report: Report) -> str:
    where = describe_place(report.district, report.subdistrict, report.address)
    department = f"\n承办：{report.work_orders[-1].department}" if report.work_orders else ""
    return (
        f"诉求 {display(report.number)}：{REPORT_STATES[report.state]}\n"
        f"事情：{report.text}\n类别：{category(report.category).name}\n地点：{where or '没有说明'}{department}"
    )


class MyReports(Action):
    def name(self) -> str:
        return "action_my_reports"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        with reading() as session:
            mine = reports_of(session, tracker.sender_id)
            buttons = [
                button(f"{display(r.number)} {REPORT_STATES[r.state]}", "check_report", report_number=r.number)
                for r in mine
            ]
        dispatcher.utter_message("您最近的诉求：" if mine else NONE_YET, buttons=buttons)
        return []


class AddPlace(Action):
    """A place alone: it belongs to the latest report if that one lacks it."""

    def name(self) -> str:
        return "action_add_place"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        message = said(tracker)
        with writing() as session:
            latest = next(iter(reports_of(session, tracker.sender_id, most=1)), None)
            if latest and not latest.address:
                told = {**message.location, "address": message.location.get("address") or message.text[:200]}
                supplement(session, latest, message.text, told)
                dispatcher.utter_message(f"地点已补充到诉求 {display(latest.number)}，谢谢。")
                return []
        dispatcher.utter_message(
            "这个地方怎么了？要反映问题就点下面，或者直接说是什么事。", buttons=[button("我要反映问题", "file_report")]
        )
        return []


class Supplement(Action):
    def name(self) -> str:
        return "action_supplement"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        message = said(tracker)
        with writing() as session:
            latest = next(iter(reports_of(session, tracker.sender_id, most=1)), None)
            if latest:
                supplement(session, latest, message.text, message.location)
                dispatcher.utter_message(f"已补充到诉求 {display(latest.number)}，工作人员会看到。")
            else:
                dispatcher.utter_message(NONE_YET, buttons=[button("我要反映问题", "file_report")])
        return []


class _ChangeMine:
    """A change to the report that was named, or else to the latest one; only its owner may."""

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        try:
            with writing() as session:
                report = self._mine(session, tracker)
                words = self.change(session, report, said(tracker).text) if report else NONE_YET
                words = words.format(number=report and display(report.number))
        except FeedbackError as refused:
            words = str(refused)
        dispatcher.utter_message(words)
        return []

    def _mine(self, session: Session, tracker: Tracker) -> Report | None:
        if written := entity(tracker, "report_number"):
            report = find_report(session, written)
            return report if report.conversation_id == tracker.sender_id else None
        return next(iter(reports_of(session, tracker.sender_id, most=1)), None)

    def change(self, session: Session, report: Report, words: str) -> str:
        """Change the report; returns what to say, with a place for its `{number}`."""
        raise NotImplementedError


class WithdrawReport(_ChangeMine, Action):
    """Takes back the report whose number the button names; words alone are asked about first."""

    done = "诉求 {number} 已撤回。"

    def name(self) -> str:
        return "action_withdraw_report"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        if entity(tracker, "report_number"):
            return super().run(dispatcher, tracker, domain)
        with reading() as session:
            latest = self._mine(session, tracker)
            number = display(latest.number) if latest else None
        if number:
            yes = button("确认撤回", "withdraw_report", report_number=number)
            dispatcher.utter_message(f"要撤回诉求 {number} 吗？", buttons=[yes])
        else:
            dispatcher.utter_message(NONE_YET)
        return []

    def change(self, session: Session, report: Report, words: str) -> str:
        withdraw(session, report)
        return self.done


class Rate(_ChangeMine, Action):
    """A good verdict closes a resolved report, a bad one reopens it."""

    def name(self) -> str:
        return "action_rate"

    def change(self, session: Session, report: Report, words: str) -> str:
        return CLOSED if rate(session, report, words) else REOPENED


class Reopen(_ChangeMine, Action):
    def name(self) -> str:
        return "action_reopen"

    def change(self, session: Session, report: Report, words: str) -> str:
        reopen(session, report, words)
        return REOPENED
