"""Questions: the guide that answers, the choice between a few, or an honest 'not known'."""

from __future__ import annotations

import re

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.guide_text import PARTS, answer_text, field_text, part_text
from actions.messages import button, entity, message_id
from knowledge_base import Guide, aspect_of, find_case, find_guide, rate_answer, record_gap
from nlu.categories import OTHER
from storage import reading, writing

NOT_KNOWN = "这个问题我还答不上来，已经记下来请工作人员补充，有了答案我会在这里告诉您。急的话可以拨打 12345 问一问。"
WHICH = "您想问的是哪一件？"
GONE = "这份指南已经撤下，请换个说法再问我一次。"
RATINGS = {"yes": "有用", "no": "没用"}
USEFUL = "谢谢，能帮上就好。还有别的事尽管问。"
NOTHING_ANSWERED = "您想问什么事？直接告诉我就行。"
_COMPLAINT = re.compile("没|沒|呒|冇|不|错|牛头|等于|useless|wrong", re.IGNORECASE)
USELESS = "抱歉没帮上忙。已经记下来请工作人员补充，有了答案我会在这里告诉您。"
WAYS_ON = [button("请工作人员回复我", "file_report", item="question"), button("我要反映问题", "file_report")]


class Answer(Action):
    """Answers a question as the knowledge base decided when the message was understood."""

    def name(self) -> str:
        return "action_answer"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        text = tracker.latest_message.get("text") or ""
        if events := follow_up(dispatcher, tracker, text):
            return events
        asked = SlotSet("question", _asked(tracker, text))
        found = tracker.latest_message.get("guides") or {"decision": "none", "hits": []}
        if found["decision"] == "answer":
            shown = [show(dispatcher, hit["id"], text) for hit in found["hits"][: found["answers"]]]
            return [asked, *shown[-1]]
        if found["decision"] == "clarify":
            dispatcher.utter_message(WHICH, buttons=_choices(found["hits"][:3]))
            return [asked, SlotSet("guide_in_question", None)]
        with writing() as session:
            record_gap(session, text, tracker.sender_id, message_id(tracker))
        dispatcher.utter_message(NOT_KNOWN, buttons=WAYS_ON)
        return [asked, SlotSet("guide_in_question", None)]


def follow_up(dispatcher: CollectingDispatcher, tracker: Tracker, text: str) -> list[dict]:
    """Answers a question that only makes sense of the guide that was shown last; nothing if it isn't one."""
    aspect = aspect_of(text)
    in_question = tracker.get_slot("guide_in_question")
    if not (aspect.alone and in_question):
        return []
    with reading() as session:
        guide = find_guide(session, in_question)
        case = find_case(session, guide, aspect.about) if guide and aspect.about else None
    if not guide:
        return []
    if case:
        return show(dispatcher, case.id, text)
    dispatcher.utter_message(field_text(guide, aspect.field), buttons=_parts(guide, aspect.field))
    return [SlotSet("guide_in_question", guide.id)]


class ShowGuide(Action):
    """A guide, or a part of it, that a button asked for."""

    def name(self) -> str:
        return "action_show_guide"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        guide_id, part = entity(tracker, "guide") or "", entity(tracker, "part")
        if part in PARTS:
            with reading() as session:
                guide = find_guide(session, guide_id)
            dispatcher.utter_message(part_text(guide, part) if guide else GONE, buttons=_parts(guide, part))
            return [SlotSet("guide_in_question", guide_id)] if guide else []
        return show(dispatcher, guide_id, question_text(tracker))


class RateAnswer(Action):
    """有用 or 没用: what was of no use is a gap."""

    def name(self) -> str:
        return "action_rate_answer"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict) -> list[dict]:
        question = question_text(tracker)
        if not question:
            dispatcher.utter_message(NOTHING_ANSWERED)
            return []
        useful = _is_useful(tracker)
        guide = entity(tracker, "guide") or tracker.get_slot("guide_in_question")
        with writing() as session:
            if guide:
                rate_answer(session, useful, guide, question, tracker.sender_id, message_id(tracker))
            else:
                record_gap(session, question, tracker.sender_id, message_id(tracker))
        if useful:
            dispatcher.utter_message(USEFUL)
        else:
            dispatcher.utter_message(USELESS, buttons=WAYS_ON)
        return []


def _is_useful(tracker: Tracker) -> bool:
    """What the button says; of words, whether there is no complaint in them."""
    said = entity(tracker, "useful")
    return said == "yes" if said else not _COMPLAINT.search(tracker.latest_message.get("text") or "")


def show(dispatcher: CollectingDispatcher, guide_id: str, question: str) -> list[dict]:
    """Say what a guide answers, with buttons for its parts."""
    with reading() as session:
        guide = find_guide(session, guide_id)
    if not guide:
        dispatcher.utter_message(GONE)
        return []
    dispatcher.utter_message(answer_text(guide, aspect_of(question).field), buttons=_parts(guide, "summary"))
    return [SlotSet("guide_in_question", guide.id)]


def question_text(tracker: Tracker) -> str:
    """The question that was asked last; empty if none was."""
    return (tracker.get_slot("question") or {}).get("text", "")


def _asked(tracker: Tracker, text: str) -> dict[str, str]:
    matter = tracker.latest_message.get("matter") or {}
    return {"text": text, "category": matter.get("category", {}).get("code") or OTHER}


def _parts(guide: Guide | None, shown: str | None) -> list[dict[str, str]]:
    if not guide:
        return []
    parts = [
        button(title, "show_guide", guide=guide.id, part=name)
        for name, (title, has) in PARTS.items()
        if name != shown and has(guide)
    ]
    ratings = [button(title, "rate_answer", guide=guide.id, useful=word) for word, title in RATINGS.items()]
    return parts + ratings


def _choices(hits: list[dict]) -> list[dict[str, str]]:
    choices = [button(hit["title"], "show_guide", guide=hit["id"]) for hit in hits]
    return [*choices, button("都不是", "rate_answer", useful="no")]
