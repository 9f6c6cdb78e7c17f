"""Questions: the guide that answers, what asks on of it, the choice between a few, or an honest 'not known'."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Collection
from datetime import timedelta

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.after_danger import after_danger
from actions.afterwards import about_filed
from actions.guide_text import (
    PARTS,
    answer_text,
    asks_how,
    field_asked,
    field_text,
    lines_about,
    lines_for,
    lines_text,
    part_text,
)
from actions.message import button, entity, intent, message_id, messages_of_resident, text_of, told_place
from actions.refusal import refused_by_rule
from actions.resident_action import ResidentAction
from actions.voice import Voice
from feedback import endorsed_by, reports_of
from knowledge_base import (
    FollowUp,
    Guide,
    asks_a_field,
    case_of,
    find_case,
    find_guide,
    follow_up_of,
    may_ask,
    rate_answer,
    record_gap,
    rest_of,
    subject_of,
)
from nlu.categories import OTHER
from nlu.encoder import normalize
from storage import reading, writing

TOPIC_LASTS = timedelta(hours=1)
"""Time in which a few words belong to the guide that was shown last."""
OTHER_TOPICS = ("matter", "danger_at", "crisis_at")
"""Slots that are set as the conversation turns to something else."""
SURE = 0.6
"""Chance of any other intent from which only what is plainly a follow-up is taken for one."""
LONGEST_NAME = 6
CERTAIN = 0.95
"""Chance of another guide from which a question that does not say its name leaves the guide in hand."""
ABOUT_REPORTS = ("check_report", "my_reports", "supplement", "rate", "reopen", "withdraw_report")
"""Intents of words about a report that was filed."""
LIKELY, BEYOND_DOUBT = 0.1, 0.9
"""Chance of a guide from which it is offered, and shown, where a service is named and no more said."""
RATINGS = {"yes": "有用", "no": "没用"}
WAYS_ON = (button("请工作人员回复我", "file_report", item="question"), button("我要反映问题", "file_report"))
_ONLY_ASKS = re.compile(
    r"我?(?:又|并)?不是(?:来|要|想)?(?:反映|投诉|举报)(?:的|问题)?[,，。 ]*(?:我?[就只]?[是想要来]*(?:问一?下?|问问|咨询)(?:的|而已)?)?\W*"
)
_EXPIRES = re.compile("到期|过期|expir")
_COMPLAINT = re.compile(
    "没(?!错)|沒|呒|冇|不(?!错)|(?<!没)(?<!不)错|非所问|牛头|等于|useless|wrong|not ", re.IGNORECASE
)


class Answer(ResidentAction):
    """Answers a question as the knowledge base decided when the message was understood."""

    before = (about_filed,)

    def name(self) -> str:
        return "action_answer"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        return answer(voice, tracker)


def answer(voice: Voice, tracker: Tracker) -> list[dict]:
    """Answer the latest message from the guide in hand if it asks on of it, else with what the guides have."""
    events = follow_up(voice, tracker)
    return events if events is not None else _answer_anew(voice, tracker)


def _answer_anew(voice: Voice, tracker: Tracker) -> list[dict]:
    """Say what the guides have for the latest message; nothing found is a gap. What can't be taken is no question to them."""
    if (events := refused_by_rule(voice, tracker)) is not None:
        return events
    text = _question(tracker)
    asked = SlotSet("question", _asked(tracker, text))
    found = guides_found(tracker)
    if found["decision"] == "answer":
        shown = [show(voice, hit["id"], text) for hit in found["hits"][: found["answers"]]]
        return [asked, *shown[-1]]
    if found["decision"] == "clarify":
        voice.say("which_guide", _choices(found["hits"][:3]))
        return [asked, SlotSet("guide_in_question", None)]
    if (events := after_danger(voice, tracker)) is not None:
        return events
    if asks_a_field(text):
        voice.say("nothing_answered")
        return []
    with writing() as session:
        record_gap(session, text, tracker.sender_id, message_id(tracker))
    voice.say("not_known", WAYS_ON)
    return [asked, SlotSet("guide_in_question", None)]


def guides_found(tracker: Tracker) -> dict:
    """What was found for the latest message. A service that is named and nothing else (「离婚呢」) is no sentence about public
    services to the search; it is looked up all the same."""
    found = tracker.latest_message.get("guides") or {"decision": "none", "hits": []}
    if found["decision"] != "none" or not is_a_name(tracker):
        return found
    likely = found["hits"][0]["score"]
    if likely < LIKELY:
        return found
    return found | {"decision": "answer" if likely >= BEYOND_DOUBT else "clarify"}


def is_a_name(tracker: Tracker) -> bool:
    """Whether a message says no more than the name of a service, or a part of one: 「养老金」."""
    named = (tracker.latest_message.get("guides") or {}).get("named")
    return bool(named) and len(subject_of(text_of(tracker))) <= LONGEST_NAME


def follow_up(voice: Voice, tracker: Tracker) -> list[dict] | None:
    """Answers what asks on of the guide in hand, or turns to the service that is named instead; None if it does neither."""
    text, asked = _question(tracker), follow_up_of(_question(tracker))
    if text.startswith("/"):
        return None
    guide, asks_part = _guide(tracker.get_slot("guide_in_question")), asks_a_field(text)
    if guide and asks_part and (in_hand(tracker) or intent(tracker) not in ABOUT_REPORTS):
        return _tell(voice, tracker, guide, text)
    if guide and _ONLY_ASKS.fullmatch(text):
        voice.say("nothing_answered")
        return []
    if not guide and asked and (asks_part or asked.comes) and (listed := _listed(tracker)):
        return _tell_of_first(voice, tracker, listed, text)
    if not (asked and _may_ask(tracker)):
        return None
    another, found = _names_another(tracker, guide), guides_found(tracker)
    if "hours" in asked.details:
        return _tell_hours(
            voice, _guide(found["hits"][0]["id"]) if another and found["decision"] == "answer" else guide
        )
    if guide and in_hand(tracker):
        if _is_a_district(tracker):
            _quote(voice, field_text(guide, "where"), guide, "where")
            return [SlotSet("guide_in_question", guide.id), SlotSet("place_told", told_place(tracker))]
        if _asks_on(tracker, guide, asked):
            return _tell(voice, tracker, guide, text)
    turns = (another and _turns_to_it(tracker)) or _means_no_report(tracker, asked)
    return _answer_anew(voice, tracker) if turns and found["decision"] != "none" else None


def _may_ask(tracker: Tracker) -> bool:
    """Whether the latest message can be about a guide; of who has filed nothing also what sounds like a word about a report."""
    understood = tracker.latest_message.get("intent") or {}
    return may_ask(understood) or (understood.get("name") == "my_reports" and not _has_filed(tracker))


def _has_filed(tracker: Tracker) -> bool:
    with reading() as session:
        return bool(reports_of(session, tracker.sender_id, most=1) or endorsed_by(session, tracker.sender_id, most=1))


def _means_no_report(tracker: Tracker, asked: FollowUp) -> bool:
    """Whether somebody who has filed none asks for something else in the words of who has: 「驾照快到期了」, 「有没有临时的」."""
    if intent(tracker) not in ABOUT_REPORTS or _has_filed(tracker):
        return False
    return bool(_EXPIRES.search(text_of(tracker)) or (asked.asks and in_hand(tracker)))


def _turns_to_it(tracker: Tracker) -> bool:
    """Whether a message that no action for questions was chosen for turns to a service: 「不是，我问的是结婚」, 「那门诊呢」."""
    text = text_of(tracker)
    connected = subject_of(text) != text
    return connected and intent(tracker) != "ask" and (intent(tracker) != "report" or "呢" in text)


def _is_a_district(tracker: Tracker) -> bool:
    """Whether somebody tells no more than the district that they are in."""
    location = tracker.latest_message.get("location") or {}
    district = location.get("district") or ""
    beside = rest_of(text_of(tracker)).replace(district[:2], "")
    return bool(district) and not location.get("address") and not beside.strip("新区 ")


def in_hand(tracker: Tracker) -> str | None:
    """The guide that the conversation is about: shown a short while ago, and neither a report begun nor a danger told since."""
    for event in reversed(tracker.events):
        if event.get("event") != "slot":
            continue
        if event.get("name") in OTHER_TOPICS and event.get("value"):
            return None
        if event.get("name") == "guide_in_question":
            recent = time.time() - (event.get("timestamp") or 0.0) < TOPIC_LASTS.total_seconds()
            return event.get("value") if recent else None
    return None


def other_choices(tracker: Tracker) -> list[dict[str, str]]:
    """What else was found beside the guide in hand, for who says that it isn't the one."""
    topic = in_hand(tracker)
    for event in messages_of_resident(tracker):
        hits = ((event.get("parse_data") or {}).get("guides") or {}).get("hits") or []
        if topic and topic in [hit["id"] for hit in hits]:
            return _choices([hit for hit in hits if hit["id"] != topic][:3])
    return []


def _guide(guide_id: str | None) -> Guide | None:
    if not guide_id:
        return None
    with reading() as session:
        return find_guide(session, guide_id)


def _question(tracker: Tracker) -> str:
    """The latest message; of one that tells something else too, the part that asks."""
    return next(iter(tracker.latest_message.get("questions") or ()), text_of(tracker))


def _is_sure(tracker: Tracker, intents: Collection[str], from_chance: float) -> bool:
    chance = (tracker.latest_message.get("intent") or {}).get("confidence") or 0.0
    return intent(tracker) in intents and chance >= from_chance


def _names_another(tracker: Tracker, guide: Guide | None) -> bool:
    """Whether a service is named that is not the guide's own."""
    own = "".join((guide.title, *guide.aliases)) if guide else ""
    return any(piece not in own for piece in _named(tracker))


def _asks_on(tracker: Tracker, guide: Guide, asked: FollowUp) -> bool:
    """Whether a short message belongs to the guide in hand: it asks or tells a case, and does not turn to another matter."""
    known = bool(asked.field or asked.details or asked.required)
    if asked.comes:
        return not _says_only_another(tracker, guide, asked) and (asked.asks or intent(tracker) != "report")
    if _is_another_matter(tracker, guide, asked):
        return False
    if _is_sure(tracker, ("ask", "nlu_fallback"), 0.0):
        return asked.asks or known or _found_in(tracker, guide, asked)
    if intent(tracker) in ABOUT_REPORTS and not _has_filed(tracker):
        return asked.asks or known
    if not _is_sure(tracker, (intent(tracker),), SURE):
        return known or (asked.asks and intent(tracker) not in ("report", "out_of_scope"))
    return known and asked.asks and not asked.rest


def _is_another_matter(tracker: Tracker, guide: Guide, asked: FollowUp) -> bool:
    """Whether a message turns to a matter that the guide in hand is not about.

    One word that some other guide has in its name does not: 「可以一次性补吗」, 「要带出生证吗」. Its whole name does, or a
    message that says no more than a part of one, or tells what has happened instead of asking.
    """
    found = guides_found(tracker)
    if asked.asks and asked.required or found["decision"] == "none" or _found_in(tracker, guide, asked):
        return False
    asks_plainly = asked.asks and not asks_how(text_of(tracker))
    likely = found["decision"] == "answer" and found["hits"][0]["score"] >= (CERTAIN if asks_plainly else SURE)
    if likely or _names_outright(tracker, guide):
        return not asked.required
    if asks_plainly and lines_about(guide, (), asked.rest):
        return False
    if asked.asks:
        return _says_only_another(tracker, guide, asked)
    return not (asked.details or asked.required)


def _says_only_another(tracker: Tracker, guide: Guide, asked: FollowUp) -> bool:
    """Whether what a message says beyond any question is a part of the name of another service: 「那护照可以代办吗」."""
    found = guides_found(tracker)["decision"] != "none"
    return found and _names_another(tracker, guide) and asked.rest.replace(" ", "") in _named(tracker)


def _found_in(tracker: Tracker, guide: Guide, asked: FollowUp | None) -> bool:
    """Whether the search has the guide in hand too: it answers, or is one of a list to choose from and tells of it."""
    found = guides_found(tracker)
    ids = [hit["id"] for hit in found["hits"][:3]]
    if found["decision"] == "answer":
        return guide.id in ids[: found.get("answers", 1)]
    tells = asked and (asked.asks or lines_about(guide, (), asked.rest))
    return found["decision"] == "clarify" and guide.id in (ids if tells else ids[:1])


def _named(tracker: Tracker) -> list[str]:
    return (tracker.latest_message.get("guides") or {}).get("named") or []


def _names_outright(tracker: Tracker, guide: Guide) -> bool:
    """Whether the whole name of the service that was found is said, and the guide in hand has no such name."""
    other = _guide(guides_found(tracker)["hits"][0]["id"])
    own = "".join((guide.title, *guide.aliases))
    text = normalize(text_of(tracker))
    return bool(other) and any(normalize(n) in text and n not in own for n in (other.title, *other.aliases))


def _tell(voice: Voice, tracker: Tracker, guide: Guide, text: str) -> list[dict]:
    """What the guide says of it, or the related one for such a case; that it says nothing is a gap."""
    asked, field = follow_up_of(text), field_asked(guide, text)
    if not field and guide.steps and asks_how(text):
        field = "steps"
    case = None if asked and asked.comes or _found_in(tracker, guide, asked) else case_of(text)
    with reading() as session:
        other = find_case(session, guide, case) if case else None
    if other:
        return show(voice, other.id, text)
    if lines := lines_for(guide, field, asked):
        _quote(voice, lines_text(guide, lines), guide, field)
    elif field and not (asked and asked.details):
        _quote(voice, field_text(guide, field), guide, field)
    elif _found_in(tracker, guide, asked):
        return show(voice, guide.id, text)
    else:
        with writing() as session:
            record_gap(session, f"{guide.title}：{text}", tracker.sender_id, message_id(tracker))
        if asked and asked.comes:
            voice.say("not_in_guide_who", _parts(guide, None), title=guide.title)
        else:
            voice.say("not_in_guide", [*_others(tracker), *_parts(guide, None)], title=guide.title)
    return [SlotSet("guide_in_question", guide.id)]


def _others(tracker: Tracker) -> list[dict[str, str]]:
    """What else may have been meant by a question that the guide in hand doesn't answer."""
    found = guides_found(tracker)
    return [_choice(hit) for hit in found["hits"][:1] if found["decision"] != "none"]


def _listed(tracker: Tracker) -> list[dict[str, str]]:
    """The guides, as buttons, that the latest answer gave to choose from; none if it was no such list."""
    said = next((event for event in reversed(tracker.events) if event.get("event") == "bot"), {})
    buttons = (said.get("data") or {}).get("buttons") or []
    guides = [
        shown for shown in buttons if shown["payload"].startswith("/show_guide") and '"part"' not in shown["payload"]
    ]
    return guides if len(guides) > 1 else []


def _tell_of_first(voice: Voice, tracker: Tracker, listed: list[dict[str, str]], text: str) -> list[dict] | None:
    """Who asks on of a list without choosing hears of its first guide, and may still take another one."""
    guide = _guide(json.loads(listed[0]["payload"].removeprefix("/show_guide"))["guide"])
    if not guide:
        return None
    voice.say("of_first", listed[1:], title=guide.title)
    return _tell(voice, tracker, guide, text)


def _tell_hours(voice: Voice, guide: Guide | None) -> list[dict]:
    """When offices are open: what the guide says of it, else where to ask."""
    if guide and (lines := lines_about(guide, ("hours",))):
        _quote(voice, lines_text(guide, lines), guide, None)
    else:
        voice.say("hours", _parts(guide, None) if guide else ())
    return [SlotSet("guide_in_question", guide.id)] if guide else []


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

    before = (after_danger, follow_up)

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
        nothing_fitted = not guide and entity(tracker, "useful") == "no"
        voice.say("useful" if useful else "none_fitted" if nothing_fitted else "useless", () if useful else WAYS_ON)
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
    _quote(voice, answer_text(guide, question, voice.plain), guide, "summary")
    return [SlotSet("guide_in_question", guide.id)]


def _quote(voice: Voice, text: str, guide: Guide, shown: str | None) -> None:
    """Words of a guide, with buttons for its other parts and for a verdict."""
    ratings = [button(title, "rate_answer", guide=guide.id, useful=word) for word, title in RATINGS.items()]
    preface = voice.words("guide_in_chinese")
    voice.quote("\n".join(filter(None, (preface, text))), _parts(guide, shown) + ratings)


def _parts(guide: Guide, shown: str | None) -> list[dict[str, str]]:
    """Buttons for the parts of a guide other than the one that is shown."""
    return [
        button(title, "show_guide", guide=guide.id, part=name)
        for name, (title, has) in PARTS.items()
        if name != shown and has(guide)
    ]


def question_text(tracker: Tracker) -> str:
    """The question that was asked last; empty if none was."""
    return (tracker.get_slot("question") or {}).get("text", "")


def _asked(tracker: Tracker, text: str) -> dict[str, str]:
    matter = tracker.latest_message.get("matter") or {}
    return {"text": text, "category": matter.get("category", {}).get("code") or OTHER}


def _choices(hits: list[dict]) -> list[dict[str, str]]:
    return [*map(_choice, hits), button("都不是", "rate_answer", useful="no")]


def _choice(hit: dict) -> dict[str, str]:
    return button(hit["title"], "show_guide", guide=hit["id"])
