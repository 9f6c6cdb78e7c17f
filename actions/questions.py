"""Questions: the guide that answers, the choice between a few, or an honest 'not known'."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.guide_text import PARTS, part_text, summary_text
from actions.messages import button, entity, message_id
from knowledge_base import Guide, find_guide, record_gap
from storage import reading, writing

NOT_KNOWN = "这个问题我还答不上来，已经记下来请工作人员补充。急的话可以拨打 12345 问一问。"
WHICH = "您想问的是哪一件？"


class Answer(Action):
    """Answers a question as the knowledge base decided when the message was understood."""

    def name(self) -> str:
        return "action_answer"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        found = tracker.latest_message.get("guides") or {"decision": "none", "hits": []}
        if found["decision"] == "answer":
            return show(dispatcher, found["hits"][0]["id"])
        if found["decision"] == "clarify":
            dispatcher.utter_message(WHICH, buttons=_choices(found["hits"][:3]))
            return []
        with writing() as session:
            record_gap(session, tracker.latest_message.get("text") or "", tracker.sender_id, message_id(tracker))
        dispatcher.utter_message(NOT_KNOWN, buttons=[button("我要反映问题", "file_report")])
        return []


class ShowGuide(Action):
    """A part of a guide that a button asked for."""

    def name(self) -> str:
        return "action_show_guide"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        return show(dispatcher, entity(tracker, "guide") or "", entity(tracker, "part") or "summary")


def show(dispatcher: CollectingDispatcher, guide_id: str, part: str = "summary") -> list[dict]:
    """Say a part of a guide with buttons for the others."""
    with reading() as session:
        guide = find_guide(session, guide_id)
    if not guide:
        dispatcher.utter_message("这份指南已经撤下，请换个说法再问我一次。")
        return []
    text = summary_text(guide) if part == "summary" else part_text(guide, part)
    dispatcher.utter_message(text, buttons=_parts(guide, part))
    return [SlotSet("guide_in_question", guide.id)]


def _parts(guide: Guide, shown: str) -> list[dict[str, str]]:
    return [
        button(title, "show_guide", guide=guide.id, part=name)
        for name, (title, has) in PARTS.items()
        if name != shown and has(guide)
    ]


def _choices(hits: list[dict]) -> list[dict[str, str]]:
    choices = [button(hit["title"], "show_guide", guide=hit["id"]) for hit in hits]
    return [*choices, button("都不是", "file_report")]
