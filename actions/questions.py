"""Questions: the guide that answers, the choice between a few, or an honest 'not known'."""

from __future__ import annotations

import re

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.after_danger import after_danger
from actions.afterwards import about_filed
from actions.guide_text import PARTS, answer_text, field_text, part_text
from actions.message import button, entity, message_id, text_of
from actions.resident_action import ResidentAction
from actions.voice import Voice
from knowledge_base import Guide, aspect_of, find_case, find_guide, rate_answer, record_gap
from nlu.categories import OTHER
from storage import reading, writing

RATINGS = {"yes": "有用", "no": "没用"}
WAYS_ON = (button("请工作人员回复我", "file_report", item="question"), button("我要反映问题", "file_report"))
_COMPLAINT = re.compile(
    "没(?!错)|沒|呒|冇|不(?!错)|(?<!没)(?<!不)错|非所问|牛头|等于|useless|wrong|not ", re.IGNORECASE
)


class Answer(ResidentAction):
    """Answers a question as the knowledge base decided when the message was understood."""

    def name(self) -> str:
        return "action_answer"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        if (events := about_filed(voice, tracker)) is not None:
            return events
        return answer(voice, tracker)


def answer(voice: Voice, tracker: Tracker) -> list[dict]:
    """Say what the guides have for the latest message; nothing found is a gap."""
    text = next(iter(tracker.latest_message.get("questions") or ()), text_of(tracker))
    if events := follow_up(voice, tracker, text):
        return events
    asked = SlotSet("question", _asked(tracker, text))
    found = tracker.latest_message.get("guides") or {"decision": "none", "hits": []}
    if found["decision"] == "answer":
        shown = [show(voice, hit["id"], text) for hit in found["hits"][: found["answers"]]]
        return [asked, *shown[-1]]
    if found["decision"] == "clarify":
        voice.say("which_guide", _choices(found["hits"][:3]))
        return [asked, SlotSet("guide_in_question", None)]
    if (events := after_danger(voice, tracker)) is not None:
        return events
    if aspect_of(text).alone:
        voice.say("nothing_answered")
        return []
    with writing() as session:
        record_gap(session, text, tracker.sender_id, message_id(tracker))
    voice.say("not_known", WAYS_ON)
    return [asked, SlotSet("guide_in_question", None)]


def follow_up(voice: Voice, tracker: Tracker, text: str) -> list[dict]:
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
        return show(voice, case.id, text)
    if aspect.about and (tracker.latest_message.get("guides") or {}).get("decision") == "answer":
        return []  # 「那护照呢」: another guide's matter
    _quote(voice, field_text(guide, aspect.field), guide, aspect.field)
    return [SlotSet("guide_in_question", guide.id)]


class ShowGuide(ResidentAction):
    """A guide, or a part of it, that a button asked for."""

    def name(self) -> str:
        return "action_show_guide"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        guide_id, part = entity(tracker, "guide") or "", entity(tracker, "part")
        if part not in PARTS:
            return show(voice, guide_id, entity(tracker, "asked") or question_text(tracker))
        with reading() as session:
            guide = find_guide(session, guide_id)
        if not guide:
            voice.say("guide_gone")
            return []
        _quote(voice, part_text(guide, part), guide, part)
        return [SlotSet("guide_in_question", guide_id)]


class RateAnswer(ResidentAction):
    """有用 or 没用: what was of no use is a gap."""

    small_talk = True

    def name(self) -> str:
        return "action_rate_answer"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        question = question_text(tracker)
        if not question:
            voice.say("nothing_answered")
            return []
        useful = _is_useful(tracker)
        guide = entity(tracker, "guide") or tracker.get_slot("guide_in_question")
        with writing() as session:
            if guide:
                rate_answer(session, useful, guide, question, tracker.sender_id, message_id(tracker))
            else:
                record_gap(session, question, tracker.sender_id, message_id(tracker))
        voice.say("useful" if useful else "useless", () if useful else WAYS_ON)
        return []


def _is_useful(tracker: Tracker) -> bool:
    """What the button says; of words, whether there is no complaint in them."""
    said = entity(tracker, "useful")
    return said == "yes" if said else not _COMPLAINT.search(text_of(tracker))


def show(voice: Voice, guide_id: str, question: str) -> list[dict]:
    """Say what a guide answers, with buttons for its parts."""
    with reading() as session:
        guide = find_guide(session, guide_id)
    if not guide:
        voice.say("guide_gone")
        return []
    _quote(voice, answer_text(guide, aspect_of(question).field, voice.plain), guide, "summary")
    return [SlotSet("guide_in_question", guide.id)]


def _quote(voice: Voice, text: str, guide: Guide, shown: str | None) -> None:
    """Words of a guide, with buttons for its other parts and for a verdict."""
    parts = [
        button(title, "show_guide", guide=guide.id, part=name)
        for name, (title, has) in PARTS.items()
        if name != shown and has(guide)
    ]
    ratings = [button(title, "rate_answer", guide=guide.id, useful=word) for word, title in RATINGS.items()]
    preface = voice.words("guide_in_chinese")
    voice.quote("\n".join(filter(None, (preface, text))), parts + ratings)


def question_text(tracker: Tracker) -> str:
    """The question that was asked last; empty if none was."""
    return (tracker.get_slot("question") or {}).get("text", "")


def _asked(tracker: Tracker, text: str) -> dict[str, str]:
    matter = tracker.latest_message.get("matter") or {}
    return {"text": text, "category": matter.get("category", {}).get("code") or OTHER}


def _choices(hits: list[dict]) -> list[dict[str, str]]:
    choices = [button(hit["title"], "show_guide", guide=hit["id"]) for hit in hits]
    return [*choices, button("都不是", "rate_answer", useful="no")]
