"""A report in the making: what is known, what to ask next, and how an answer changes it.

Plain data in, plain data out; the Rasa form keeps the draft in its slots and asks what `missing` names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from nlu.categories import OTHER, categories, category
from nlu.places import districts, locate, subdistricts

QUESTIONS = ("matter", "place", "district", "contact", "confirmed")
KINDS = {
    "consultation": "咨询",
    "help": "求助",
    "complaint": "投诉",
    "tipoff": "举报",
    "suggestion": "建议",
    "praise": "表扬",
    "emergency": "紧急",
}
WITHOUT_PLACE = ("suggestion", "praise")
"""Kinds that are worth something even if nobody knows where."""
SURE = 0.5
"""Confidence up to which the second category is offered too."""
UNKNOWN = ""
"""The answer of a resident who can't or won't tell; nobody asks again."""

INTERRUPTIONS = frozenset(
    [
        "cancel",
        "restart",
        "emergency",
        "self_harm",
        "ask",
        "show_guide",
        "greet",
        "goodbye",
        "thank",
        "bot_challenge",
        "capabilities",
        "human",
        "repeat",
        "why_contact",
        "abuse",
        "out_of_scope",
        "language_simple",
        "english",
        "check_report",
        "my_reports",
        "nlu_fallback",
    ]
)
"""Intents that are answered outside the form, which then goes on or ends."""
_MAY_BE_A_PLACE = frozenset(["ask", "out_of_scope", "nlu_fallback", "greet", "human", "abuse"])
_DONT_KNOW = re.compile("不(知道|清楚|晓得)|说不清|忘记|忘了")
_YES = re.compile(r"^(是|对|好|行|可以|确认|提交|没错|ok|嗯)", re.I)


@dataclass(frozen=True)
class Said:
    """A message as it was understood."""

    text: str
    intent: str
    matter: dict = field(default_factory=dict)
    location: dict = field(default_factory=dict)
    phone: str | None = None
    item: str | None = None
    """The part of the report that a button wants changed; `question`: what was asked becomes the matter."""
    question: dict | None = None
    """What was asked last: `text`, `category`."""
    matters: tuple[dict, ...] = ()
    """The matters of a message that has several: `text` of each and what it was understood as."""


@dataclass(frozen=True)
class Draft:
    """`None` is not asked yet; `UNKNOWN` is asked and not told."""

    matter: dict | None = None
    """`text`, `category`, `kind`, `urgent`; `instead`: another likely category, `more`: texts of further matters that the same message told."""
    place: dict | None = None
    """`subdistrict`, `address`."""
    district: str | None = None
    contact: str | None = None
    confirmed: bool | None = None


@dataclass(frozen=True)
class Step:
    """The draft after a message, and something to say before the next question."""

    draft: Draft
    note: str = ""


def missing(draft: Draft) -> str | None:
    """What to ask next; None when everything is there."""
    return next((name for name in QUESTIONS if getattr(draft, name) is None), None)


def advance(draft: Draft, said: Said, asked: str | None) -> Step | None:
    """The draft after a message; None if the message is not for the form.

    `asked` is the question that stands open, None when the message opened the form.
    """
    if said.intent == "edit_report":
        return Step(_reopened(draft, said.item))
    if asked is None:
        opened = _opened(draft, said)
        return Step(opened, _one_by_one(opened))
    if said.intent in ("skip", "no_contact"):
        return Step(_skipped(draft, asked))
    if said.intent in INTERRUPTIONS and not _answers_place(said, asked):
        return None
    return _ANSWERS[asked](draft, said)


def _answers_place(said: Said, asked: str) -> bool:
    """Names of places look like anything; where one is asked for, only plain other wishes are not one."""
    if asked not in ("place", "district") or said.intent not in _MAY_BE_A_PLACE:
        return False
    return any(said.location.values()) or said.intent in ("out_of_scope", "nlu_fallback") and len(said.text) < 12


def _opened(draft: Draft, said: Said) -> Draft:
    if said.item == "question" and said.question:
        matter = {**said.question, "kind": "consultation", "urgent": False}
        return replace(draft, matter=matter, place={}, district=UNKNOWN)
    if said.intent != "report":
        return draft
    return _with_location(replace(draft, matter=_matter(said)), said.location)


def _matter(said: Said) -> dict:
    """The matter of a message; of one that tells several the first, with the words of the others."""
    first, *others = said.matters or ({"text": said.text, **said.matter},)
    return {
        "text": first["text"],
        "category": first.get("category", {}).get("code") or OTHER,
        "kind": first.get("kind") or "complaint",
        "urgent": bool(first.get("urgent")),
        "instead": _second_category(first.get("ranking") or []),
        "more": [other["text"] for other in others],
    }


def _second_category(ranking: list[dict]) -> str | None:
    """The next likeliest category, where the first one is far from sure."""
    return ranking[1]["code"] if len(ranking) > 1 and ranking[0]["confidence"] <= SURE else None


def _one_by_one(draft: Draft) -> str:
    matter = draft.matter or {}
    if not matter.get("more"):
        return ""
    return f"您说了 {1 + len(matter['more'])} 件事，我们一件一件来。先办这件：「{matter['text']}」。"


def more_of(draft: Draft) -> str:
    """What to say next to report the matters that are left, with the place; empty if none is left."""
    left = "；".join((draft.matter or {}).get("more") or ())
    if not left or locate(left).address:
        return left
    place = draft.place or {}
    return "，".join(
        filter(None, (describe_place(draft.district, place.get("subdistrict"), place.get("address")), left))
    )


def _with_location(draft: Draft, location: dict) -> Draft:
    """What a text tells of the place; what it doesn't tell stays as it was."""
    place = {name: location.get(name) for name in ("subdistrict", "address")}
    if any(place.values()):
        draft = replace(draft, place={**(draft.place or {}), **{k: v for k, v in place.items() if v}})
    if district := location.get("district"):
        draft = replace(draft, district=district)
        if (draft.place or {}).get("subdistrict") not in (None, *subdistricts(district)):
            draft = replace(draft, place={**draft.place, "subdistrict": None})
    if draft.matter and draft.matter["kind"] in WITHOUT_PLACE:
        draft = replace(draft, place=draft.place or {}, district=draft.district or UNKNOWN)
    return draft


def _reopened(draft: Draft, item: str | None) -> Draft:
    """The draft with one item to be asked for again."""
    if item == "place":
        return replace(draft, place=None, district=None, confirmed=None)
    if item in ("matter", "contact"):
        return replace(draft, **{item: None}, confirmed=None)
    if item in categories() and draft.matter:
        return replace(draft, matter={**draft.matter, "category": item, "instead": None})
    return draft


def _skipped(draft: Draft, asked: str) -> Draft:
    nothing = {"place": {}, "district": UNKNOWN, "contact": UNKNOWN}
    if asked == "place":
        return replace(draft, place={}, district=draft.district or UNKNOWN)
    return replace(draft, **{asked: nothing[asked]}) if asked in nothing else draft


def _told_matter(draft: Draft, said: Said) -> Step:
    if len(said.text.strip()) < 2 or said.intent in ("affirm", "deny", "inform_contact"):
        return Step(draft, "请用一两句话说说是什么事。")
    return Step(_with_location(replace(draft, matter=_matter(said)), said.location))


def _told_place(draft: Draft, said: Said) -> Step:
    if said.intent == "deny" or _DONT_KNOW.search(said.text):
        return Step(_skipped(draft, "place"))
    if said.intent == "affirm" or len(said.text.strip()) < 2:
        return Step(draft, "请说一下路名、门牌号、小区或者附近的标志。")
    location = dict(said.location)
    # Only a district was told: the spot is still to be asked, unless there are words beside it.
    if not location.get("address") and said.text.strip() not in _names_of(location):
        location["address"] = said.text.strip()[:200]
    draft = _with_location(draft, location)
    return Step(draft, f"好的，{draft.district}。" if draft.place is None and draft.district else "")


def _names_of(location: dict) -> set[str]:
    district = location.get("district") or ""
    return {
        district,
        district.removesuffix("区").removesuffix("新"),
        "在" + district,
        location.get("subdistrict") or "",
    }


def _told_district(draft: Draft, said: Said) -> Step:
    district = said.location.get("district")
    if not district:
        if said.intent == "deny" or _DONT_KNOW.search(said.text):
            return Step(replace(draft, district=UNKNOWN))
        return Step(draft, f"请告诉我是哪个区，比如{districts()[0]}、{districts()[1]}；不清楚就点「说不清」。")
    told, known = said.location.get("address"), (draft.place or {}).get("address")
    address = f"{told} {known}" if told and known and known not in told else told
    return Step(_with_location(draft, {**said.location, "address": address}))


def _told_contact(draft: Draft, said: Said) -> Step:
    if said.phone:
        return Step(replace(draft, contact=said.phone))
    if said.intent == "deny":
        return Step(replace(draft, contact=UNKNOWN))
    if wechat := re.search(r"(?:微信|vx|wx)\D{0,4}([A-Za-z][\w-]{5,19})", said.text, re.I):
        return Step(replace(draft, contact=f"微信 {wechat[1]}"))
    return Step(draft, "请直接发手机号给我；不想留就点「不留」。")


def _told_confirmed(draft: Draft, said: Said) -> Step:
    if said.intent == "affirm" or _YES.match(said.text) and len(said.text) < 8:
        return Step(replace(draft, confirmed=True))
    location = said.location or {}
    if said.intent in ("correct", "inform_place", "deny") and any(location.values()):
        kept = replace(draft, place=None) if location.get("address") or location.get("subdistrict") else draft
        return Step(_with_location(kept, location), "改好了。")
    if said.intent in ("deny", "correct"):
        return Step(draft, "哪里不对？点下面的按钮改，或者直接说正确的内容。")
    if said.phone:
        return Step(replace(draft, contact=said.phone), "电话记下了。")
    if said.intent in ("report", "supplement", "inform_place") and draft.matter:
        added = f"{draft.matter['text']}。补充：{said.text}"[:2000]
        return Step(_with_location(replace(draft, matter={**draft.matter, "text": added}), location), "补上了。")
    return Step(draft, "这份诉求还没有提交。")


_ANSWERS = {
    "matter": _told_matter,
    "place": _told_place,
    "district": _told_district,
    "contact": _told_contact,
    "confirmed": _told_confirmed,
}


def summary(draft: Draft) -> str:
    """What will be filed, for the resident to check."""
    matter, place = draft.matter or {}, draft.place or {}
    where = describe_place(draft.district, place.get("subdistrict"), place.get("address"))
    return "\n".join(
        [
            "请核对：",
            f"事情：{matter.get('text', '')}",
            f"类别：{category(matter.get('category', OTHER)).name}（{KINDS[matter.get('kind', 'complaint')]}）",
            f"地点：{where or '没有说明'}",
            f"联系方式：{draft.contact or '不留'}",
        ]
    )


def describe_place(district: str | None, subdistrict: str | None, address: str | None) -> str:
    """District, subdistrict and address as one reads them, each name once."""
    spoken = address or ""
    told = locate(spoken)
    parts = [
        district if district and told.district != district else None,
        subdistrict if subdistrict and subdistrict not in spoken else None,
        address,
    ]
    return " ".join(part for part in parts if part)
