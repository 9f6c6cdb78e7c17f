"""What somebody says after they told of a danger, or of ending their life: it belongs to that report, and never meets a form."""

from __future__ import annotations

import re
import time
from datetime import timedelta

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from sqlalchemy.orm import Session

from actions.message import button, intent, said, text_of, told_place
from actions.voice import Voice, has_sentence
from feedback import Report, display, latest_report, supplement, take_contact
from feedback.draft import describe_place, sure_category
from feedback.phrases import ASKS
from nlu.danger import denies_self_harm
from storage import writing

CRISIS_LASTS = timedelta(hours=1)
"""Time in which nobody who spoke of ending their life is met with small talk or a form."""
SAME_DANGER = timedelta(minutes=15)
"""Time in which what is said after an emergency belongs to its report, and a second call is the same emergency."""
GO_ON = "接着反映"
FEWEST_WORDS_OF_ANOTHER = 6
"""Characters that a report of something else has at least."""
_WANTS_ELSE = re.compile(
    "我?(?:还|也)?(?:想|要|来)(?:投诉|反映|举报|报修|咨询|问)|另外|接着办|接着反映|刚才的|还有.{0,4}事"
)
_MISUNDERSTOOD = re.compile(
    "那个意思|这个意思|误会|搞错|弄错|开玩笑|我(?:真的?)?没事|没什么事|[就只]是(?:想)?问|随便(?:说|聊)"
)
"""Who says so must be able to get on with what they wanted."""
_OVER = re.compile(
    "(?:火|烟).{0,3}(?:灭|没|散)|灭了|扑灭|没有?(?:着火|起火|危险|火|人受伤|受伤|烟|味道?|漏)|不(?:着火|漏|危险)了|(?:搞|弄|看|听|闻|打|按|说|点)错|误(?:会|报|触|按)"
    "|找到了|回来了|出来了|下来了|救(?:出|上|下)来?了|抱(?:进|出|回)|拉走了|抓住了|走掉?了|抓走|醒了|没事|虚惊|[假逗骗]你?(?:的|玩)|玩笑|乱(?:打|按|写|发)|孩子.{0,4}玩"
    "|(?:警察|民警|消防|救护车|医生|120|119|110).{0,4}(?:到|来过?)了|送(?:到|去)医院|关掉?了|取消|撤回|撤销|不用(?:了|来|报|派)|解除|false alarm|it'?s (?:out|over|fine)|found (?:him|her|it)",
    re.IGNORECASE,
)
"""It is over, help has come, or it never was."""
_NOT_OVER = re.compile("还(?:没|不|在)|没(?:找到|出来|下来|醒|灭|来|到|人)|又(?:烧|着|开始|打|来)|怎么还")
_CANT_CALL = re.compile(
    "(?:打|拨)不(?:通|了|出|进)|占线|没人接|不接|没接通|没(?:有)?(?:话费|信号|电话)|欠费|停机|不敢(?:打|出声)|不能(?:打|说话|出声)|说不了话|聋|哑|(?:帮|替)我.{0,3}(?:打|报|叫)|can'?t (?:call|speak)|busy",
    re.IGNORECASE,
)


def after_danger(voice: Voice, tracker: Tracker) -> list[dict] | None:
    """Meets whoever told of a danger a short while ago. None if nobody did, or if they want something else by now."""
    if in_crisis(tracker):
        return _after_despair(voice, tracker)
    if not _is_recent(tracker, "danger_at", SAME_DANGER) or _wants_something_else(tracker):
        return None
    with writing() as session:
        report = latest_report(session, tracker.sender_id)
        if report:
            supplement(session, report, text_of(tracker), told_place(tracker))
            return _after_emergency(voice, tracker, session, report)
    return None


def in_crisis(tracker: Tracker) -> bool:
    """Whether the resident spoke of ending their life a short while ago."""
    return _is_recent(tracker, "crisis_at", CRISIS_LASTS)


def is_over(tracker: Tracker) -> bool:
    """Whether a message after an emergency says that it has passed, or never was."""
    words = text_of(tracker)
    return bool(_is_recent(tracker, "danger_at", SAME_DANGER) and _OVER.search(words) and not _NOT_OVER.search(words))


def _after_emergency(voice: Voice, tracker: Tracker, session: Session, report: Report) -> list[dict]:
    """One sentence to what somebody says who has told of an emergency, and what changes by it."""
    words, contact = text_of(tracker), said(tracker).contact
    if is_over(tracker):
        take_back = button("撤回这件", "withdraw_report", report_number=report.number)
        voice.say("danger_over", [*_interrupted(tracker), take_back, button("先不撤回", "thank")])
        return [SlotSet("danger_at", None), SlotSet("interrupted", None)]
    if _CANT_CALL.search(words):
        voice.say("cant_call")
    elif contact:
        take_contact(session, report, contact)
        voice.say("contact_taken", number=display(report.number))
    elif intent(tracker) == "ask" or ASKS.search(words):
        advice = f"in_danger.{tracker.get_slot('danger_call')}"
        voice.say(advice if has_sentence(advice) else "ask_the_operator")
    elif any(told_place(tracker).get(part) for part in ("address", "district", "subdistrict")):
        voice.say("danger_place", place=describe_place(report.district, report.subdistrict, report.address))
    else:
        voice.say("danger_thanked" if intent(tracker) in ("thank", "goodbye", "greet") else "danger_noted")
    return []


def _interrupted(tracker: Tracker) -> list[dict]:
    """A button that goes on with the report in which the danger came up."""
    left = tracker.get_slot("interrupted")
    return [{"title": GO_ON, "payload": left}] if left else []


def _after_despair(voice: Voice, tracker: Tracker) -> list[dict] | None:
    words = text_of(tracker)
    if denies_self_harm(words) or _MISUNDERSTOOD.search(words):
        voice.say("crisis_over")
        return [SlotSet("crisis_at", None), SlotSet("stood_by", None)]
    if _wants_something_else(tracker):
        return None
    with writing() as session:
        if report := latest_report(session, tracker.sender_id):
            supplement(session, report, words, told_place(tracker))
    if _CANT_CALL.search(words):
        voice.say("lifeline_busy")
    elif intent(tracker) == "thank":
        voice.say("crisis_thanked")
    else:
        voice.say("standing_by" if tracker.get_slot("stood_by") else "standing_by_first")
    return [SlotSet("stood_by", True)]


def _wants_something_else(tracker: Tracker) -> bool:
    """Whether a message is of another matter than the danger, by its words or beyond doubt."""
    words, message = text_of(tracker), said(tracker)
    if message.intent not in ("report", "ask", "file_report", "my_reports", "check_report"):
        return False
    if len(words) < FEWEST_WORDS_OF_ANOTHER:
        return False
    if message.intent == "ask" and (tracker.latest_message.get("guides") or {}).get("decision") == "answer":
        return True
    of_danger = tracker.get_slot("danger_category")
    return bool(_WANTS_ELSE.search(words)) or (
        message.intent == "report" and sure_category(message.matter) not in (None, of_danger)
    )


def _is_recent(tracker: Tracker, slot: str, lasts: timedelta) -> bool:
    return time.time() - (tracker.get_slot(slot) or 0.0) < lasts.total_seconds()
