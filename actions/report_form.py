"""The report form: asks what is missing, shows a summary, files on a yes."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.messages import button, message_id, said
from feedback import FileReport, display, file_report
from feedback.draft import QUESTIONS, Draft, advance, missing, more_of, summary
from nlu.categories import categories
from storage import writing

ACKNOWLEDGED = "已收到您的诉求，编号 {number}。工作人员审核后会派给{department}，每一步进展我都会在这里告诉您。"
CONTACT = "要不要留一个电话？\n只为办理时核实情况用，存在本市的系统里，只有经办人员能看到，您随时可以要求删除。不留也一样受理。"


def draft_of(tracker: Tracker) -> Draft:
    return Draft(**{name: tracker.get_slot(name) for name in QUESTIONS})


def slots_of(draft: Draft) -> list[dict[str, Any]]:
    return [SlotSet(name, getattr(draft, name)) for name in QUESTIONS]


class ValidateReportForm(Action):
    """Lets the draft take in a message and names the next question."""

    def name(self) -> str:
        return "validate_report_form"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        asked = tracker.get_slot("requested_slot")
        step = advance(draft_of(tracker) if asked else Draft(), said(tracker), asked)
        if step is None:
            return []  # not for the form: Rasa lets a rule answer
        if step.note:
            dispatcher.utter_message(step.note)
        return [*slots_of(step.draft), SlotSet("requested_slot", missing(step.draft))]


class AskMatter(Action):
    def name(self) -> str:
        return "action_ask_report_form_matter"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        dispatcher.utter_message("请说说是什么事、在哪里，用自己的话说就行。", buttons=[button("不反映了", "cancel")])
        return []


class AskPlace(Action):
    def name(self) -> str:
        return "action_ask_report_form_place"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        dispatcher.utter_message(
            "具体在哪里？说路名、门牌号、小区名或者旁边的标志都可以。",
            buttons=[button("说不清", "skip"), button("不反映了", "cancel")],
        )
        return []


class AskDistrict(Action):
    def name(self) -> str:
        return "action_ask_report_form_district"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        dispatcher.utter_message("在哪个区？", buttons=[button("说不清", "skip"), button("不反映了", "cancel")])
        return []


class AskContact(Action):
    """Says what is kept and why before it asks."""

    def name(self) -> str:
        return "action_ask_report_form_contact"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        dispatcher.utter_message(CONTACT, buttons=[button("不留", "no_contact"), button("不反映了", "cancel")])
        return []


class AskConfirmed(Action):
    def name(self) -> str:
        return "action_ask_report_form_confirmed"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        draft = draft_of(tracker)
        dispatcher.utter_message(
            summary(draft) + "\n\n对的话我就提交了。",
            buttons=[
                button("提交", "affirm"),
                button("改事情", "edit_report", item="matter"),
                button("改地点", "edit_report", item="place"),
                button("改电话", "edit_report", item="contact"),
                *_other_categories(draft),
                button("不反映了", "cancel"),
            ],
        )
        return []


def _other_categories(draft: Draft) -> list[dict[str, str]]:
    code = draft.matter and draft.matter.get("instead")
    return [button(f"应该是「{categories()[code].name}」", "edit_report", item=code)] if code else []


class SubmitReport(Action):
    """Files what was confirmed and tells the number."""

    def name(self) -> str:
        return "action_submit_report"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        draft = draft_of(tracker)
        with writing() as session:
            report = file_report(session, _filed(draft, tracker))
            number, category = display(report.number), categories()[report.category]
        dispatcher.utter_message(
            ACKNOWLEDGED.format(number=number, department=category.department),
            buttons=[button("查进度", "check_report", report_number=number)],
        )
        if left := more_of(draft):
            dispatcher.utter_message(f"您还提到：{left}", buttons=[{"title": "接着反映", "payload": left}])
        return slots_of(Draft())


def _filed(draft: Draft, tracker: Tracker) -> FileReport:
    matter, place = draft.matter or {}, draft.place or {}
    return FileReport(
        conversation_id=tracker.sender_id,
        message_id=message_id(tracker),
        text=matter["text"],
        kind=matter["kind"],
        category=matter["category"],
        urgent=matter["urgent"],
        district=draft.district or None,
        subdistrict=place.get("subdistrict"),
        address=place.get("address"),
        contact=draft.contact or None,
    )


class CancelReport(Action):
    def name(self) -> str:
        return "action_cancel_report"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        dispatcher.utter_message("好的，这次不提交，刚才写的都没有保存。有需要随时再找我。")
        return slots_of(Draft())


class StartOver(Action):
    def name(self) -> str:
        return "action_start_over"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        dispatcher.utter_message("好的，我们从头来。您想办什么事，或者遇到了什么问题？")
        return slots_of(Draft())
