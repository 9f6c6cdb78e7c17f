"""A report in the making: what is known, what to ask next, and how an answer changes it.

Plain data in, plain data out; the Rasa form keeps the draft in its slots and asks what `missing` names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from feedback import phrases
from feedback.corrections import at_house, right_place
from nlu.categories import OTHER, categories, category
from nlu.contacts import with_digits
from nlu.places import locate, names_district, subdistricts

QUESTIONS = ("matter", "place", "district", "similar", "contact", "confirmed")
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
ANOTHER = 0.8
"""Confidence from which a message in the form tells a matter of its own, if its category is another."""
JOINED = "joined"
"""The answer of a resident who takes another's report for theirs."""
UNKNOWN = ""
"""The answer of a resident who can't or won't tell; nobody asks again."""
LONGEST_TEXT = 2000
FEWEST_WORDS_OF_A_CORRECTION = 6
"""Characters from which a correction says what is right, and not only that something is wrong."""
FEWEST_WORDS_OF_A_DETAIL = 2
FEWEST_WORDS_OF_ANOTHER = 7
"""Characters of a message that may tell another matter; shorter ones go on with the one that is told in bits."""
LONGEST_NO = 8
VAGUE, LONGEST_VAGUE = 0.2, 8
"""Confidence in its category and characters up to which a message tells of no matter yet."""
BEFORE = {"district": "place", "similar": "place", "contact": "place", "confirmed": "contact"}
"""The question that came before each."""
PLACE = ("district", "subdistrict", "address", "latitude", "longitude")
"""What a report keeps of a location."""
LONGEST_PLACE = 60
"""Characters of an answer to "where" that are kept as they are."""

INTERRUPTIONS = frozenset(
    [
        "cancel",
        "start_over",
        "emergency",
        "self_harm",
        "ask",
        "show_guide",
        "rate_answer",
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
        "language_normal",
        "english",
        "attachment",
        "check_report",
        "my_reports",
        "delete_contact",
        "my_data",
        "publish",
        "link_channels",
        "wait",
        "nlu_fallback",
    ]
)
"""Intents that are answered outside the form, which then goes on or ends."""
_MAY_BE_A_DETAIL = frozenset(["out_of_scope", "nlu_fallback", "check_report"])
_CHINESE = re.compile("[\u3400-\u9fff]")
_MAY_BE_A_PLACE = frozenset(
    ["ask", "out_of_scope", "nlu_fallback", "greet", "human", "abuse", "rate_answer", "check_report"]
)


@dataclass(frozen=True)
class Said:
    """A message as it was understood."""

    text: str
    intent: str
    matter: dict = field(default_factory=dict)
    location: dict = field(default_factory=dict)
    """`district`, `subdistrict`, `address`; `contradiction`: two districts that don't fit; `latitude`, `longitude` of a pin."""
    contact: str | None = None
    item: str | None = None
    """The part of the report that a button wants changed; `question`: what was asked becomes the matter."""
    question: dict | None = None
    """What was asked last: `text`, `category`."""
    last: dict | None = None
    """Place and contact of the report that the resident filed before, where the message points to it."""
    matters: tuple[dict, ...] = ()
    """The matters of a message that has several: `text` of each and what it was understood as."""


@dataclass(frozen=True)
class Draft:
    """`None` is not asked yet; `UNKNOWN` is asked and not told."""

    matter: dict | None = None
    """`text`, `category`, `kind`, `urgent`; `likely`: codes of the likeliest categories, `doubtful`: whether the first is far from
    sure, `more`: texts of further matters that were told, `was_at`: the address that is to be changed."""
    place: dict | None = None
    """`subdistrict`, `address`, `latitude`, `longitude`; `between`: two districts of which one must be wrong."""
    district: str | None = None
    similar: str | None = None
    """`JOINED` if the resident takes the offered report for theirs."""
    offered: dict | None = None
    """A report like this one: `number`, `mine`, what may be told of it. Kept while the question stands open."""
    contact: str | None = None
    identity: str | None = None
    """`named` if the department may call too; see `identity_of`."""
    confirmed: bool | None = None


@dataclass(frozen=True)
class Step:
    """The draft after a message, and a sentence (of `actions/words.yml`) to say before the next question."""

    draft: Draft
    note: str | None = None
    values: dict = field(default_factory=dict)


def missing(draft: Draft) -> str | None:
    """What to ask next; None when everything is there."""
    if is_endorsement(draft):
        return None
    return next((name for name in QUESTIONS if getattr(draft, name) is None), None)


def is_endorsement(draft: Draft) -> bool:
    """Whether the resident joins a report that is there already instead of filing another."""
    return draft.similar == JOINED


def identity_of(draft: Draft) -> str:
    """Who learns of the resident: nobody where there is no contact; the department only if the resident wants so, and never of a
    tip-off."""
    if not draft.contact:
        return "anonymous"
    return "named" if draft.identity == "named" and not is_tipoff(draft) else "confidential"


def is_tipoff(draft: Draft) -> bool:
    return (draft.matter or {}).get("kind") == "tipoff"


def may_be_known(draft: Draft) -> bool:
    """Whether others may have reported the same: a public matter at a spot, that can wait for the question."""
    matter, place = draft.matter or {}, draft.place or {}
    return bool(place.get("address")) and not matter.get("urgent") and category(matter.get("category", OTHER)).public


def advance(draft: Draft, said: Said, asked: str | None) -> Step | None:
    """The draft after a message; None if the message is not for the form.

    `asked` is the question that stands open, None when the message opened the form.
    """
    if said.intent == "edit_report":
        return Step(_reopened(draft, said.item))
    if asked is None:
        return _opened(draft, said)
    if said.intent in ("skip", "no_contact"):
        return Step(_skipped(draft, asked))
    if step := _steered(draft, said, asked):
        return step
    if said.intent in INTERRUPTIONS and not (said.contact or _answers(said, asked)):
        return _with_detail(draft, said) if _is_a_detail(draft, said) else None
    corrects = said.intent == "correct" and asked in ("place", "district", "contact")
    if corrects and (other := _other_category(draft, said)):
        return other
    if asked != "matter" and (others := _other_matters(draft, said)):
        return _with_more(draft, said, asked, others)
    if said.contact and asked in ("place", "district", "similar"):
        draft = replace(draft, contact=said.contact)
        if not any(said.location.values()):
            return Step(draft, "contact_noted")
    return _ANSWERS[asked](draft, said)


def _steered(draft: Draft, said: Said, asked: str) -> Step | None:
    """What words do that move the form and answer nothing: go on, hurry, one back, send it, the same as before, not A but B."""
    if phrases.GO_ON.fullmatch(said.text):
        return Step(draft)
    if phrases.HURRY.fullmatch(said.text):
        return Step(draft, "not_submitted" if asked == "confirmed" else None)
    if phrases.BACK.fullmatch(said.text):
        return Step(_reopened(draft, BEFORE[asked]) if asked in BEFORE else draft)
    if phrases.SEND.fullmatch(said.text) and asked in ("district", "contact"):
        return Step(_skipped(draft, asked))
    if asked != "matter" and phrases.ANONYMOUS.fullmatch(said.text.strip()):
        return Step(replace(draft, contact=UNKNOWN, identity=None), "anonymous_noted")
    if asked == "confirmed" and draft.contact and phrases.NAMED.search(said.text):
        return Step(replace(draft, identity="named"), "secret_anyway" if is_tipoff(draft) else "named_noted")
    last = said.last or {}
    if asked in ("place", "district") and last.get("address") and phrases.SAME_PLACE.search(said.text):
        return Step(_with_location(draft, {part: last.get(part) for part in PLACE}))
    if asked == "contact" and last.get("contact") and phrases.SAME_CONTACT.fullmatch(said.text.strip()):
        return Step(replace(draft, contact=last["contact"]))
    if asked != "matter" and _is_about_something_else(draft, said.text):
        return _other_category(draft, said) or Step(_reopened(draft, "matter"), "matter_again")
    if asked in ("district", "contact") and (right := right_place(said.text, (draft.place or {}).get("address"))):
        return Step(_moved(draft, right), "corrected")
    return None


def _is_about_something_else(draft: Draft, words: str) -> bool:
    """Whether somebody says that the matter is another than they told: 「说错了，不是垃圾是噪音」."""
    told = phrases.NOT_THAT.search(words)
    return bool(
        told and draft.matter and told["wrong"] in draft.matter["text"] and not any(vars(locate(words)).values())
    )


def _is_a_detail(draft: Draft, said: Said) -> bool:
    """Whether words that were not understood belong to the matter all the same: no question, and more than noise."""
    return (
        said.intent in _MAY_BE_A_DETAIL
        and bool(draft.matter)
        and len(_CHINESE.findall(said.text)) >= FEWEST_WORDS_OF_A_DETAIL
        and not phrases.ASKS.search(said.text)
    )


def _with_detail(draft: Draft, said: Said) -> Step:
    if any(said.location.values()):
        return Step(_with_location(draft, said.location), "added")
    return Step(_with_more_words(draft, said), "added")


def _declines_contact(said: Said, asked: str) -> bool:
    """Whether somebody wants to leave no number, in whatever words, and isn't asking why; who asks for leave has it."""
    if asked != "contact" or said.intent == "wait" or phrases.ASKS.search(phrases.MAY_I.sub("", said.text)):
        return False
    return said.intent == "deny" and len(said.text) <= LONGEST_NO or bool(phrases.NO_CONTACT.search(said.text))


def _answers(said: Said, asked: str) -> bool:
    """Whether a message that looks like something else is an answer all the same: a plain yes, a number, or the name of a place.

    Such names look like anything; where one is asked for, only plain other wishes are not one.
    """
    if asked == "confirmed" and _agrees(said.text) or _declines_contact(said, asked):
        return True
    if asked == "contact" and phrases.NUMBER.search(said.text):
        return True
    if asked not in ("place", "district") or said.intent not in _MAY_BE_A_PLACE:
        return False
    if said.intent in ("ask", "check_report"):
        return any(said.location.values())
    return any(said.location.values()) or bool(
        phrases.LIKE_A_PLACE.search(said.text) or phrases.DONT_KNOW.search(said.text)
    )


def _opened(draft: Draft, said: Said) -> Step:
    if said.item == "question" and said.question:
        matter = {**said.question, "kind": "consultation", "urgent": False}
        return Step(replace(draft, matter=matter, place={}, district=UNKNOWN, similar=UNKNOWN))
    if said.intent != "report":
        return Step(draft)
    if (said.matter.get("category") or {}).get("confidence", 1) < VAGUE and len(said.text) <= LONGEST_VAGUE:
        return Step(draft)
    anonymous = not _own_contact(said) and bool(phrases.OPENS_ANONYMOUSLY.search(said.text))
    contact = UNKNOWN if anonymous else _own_contact(said)
    opened = _with_location(replace(draft, matter=_matter(said), contact=contact), _place_told(said))
    if not opened.matter["more"]:
        return Step(opened, "anonymous_noted" if anonymous else None)
    values = {"count": 1 + len(opened.matter["more"]), "first": opened.matter["text"]}
    return Step(opened, "several_matters", values)


def _place_told(said: Said) -> dict:
    """The place of a message; that of the report before, if it only points there."""
    points_there = phrases.SAME_PLACE.search(said.text) or phrases.HERE.search(said.text)
    if said.last and points_there and not any(said.location.values()):
        return {part: said.last.get(part) for part in PLACE}
    return said.location


def _own_contact(said: Said) -> str | None:
    """A number beside the matter, if the writer calls it theirs: others are of what is reported, such as an advertisement."""
    before = with_digits(said.text).partition(said.contact)[0] if said.contact else ""
    return said.contact if re.search("(?:我的?|联系|手机|电话)[^，,。]{0,6}$", before) else None


def _matter(said: Said) -> dict:
    """The matter of a message; of one that tells several the first, with the words of the others."""
    first, *others = said.matters or ({"text": said.text, **said.matter},)
    ranking = first.get("ranking") or []
    return {
        "text": first["text"],
        "category": first.get("category", {}).get("code") or OTHER,
        "kind": first.get("kind") or "complaint",
        "urgent": bool(first.get("urgent")),
        "likely": [entry["code"] for entry in ranking],
        "doubtful": bool(ranking) and ranking[0]["confidence"] <= SURE,
        "more": [other["text"] for other in others],
    }


def _other_matters(draft: Draft, said: Said) -> list[str]:
    """The words of what a message tells beside the matter of the draft: reports of another category, beyond doubt."""
    if said.intent != "report" or not draft.matter:
        return []
    told = said.matters or ({"text": said.text, **said.matter},)
    others = [
        matter["text"]
        for matter in told
        if sure_category(matter) not in (None, draft.matter["category"])
        and (len(matter["text"]) >= FEWEST_WORDS_OF_ANOTHER or phrases.ALSO.search(matter["text"]))
    ]
    return others or ([said.text] if _is_elsewhere_too(draft, said) else [])


def _is_elsewhere_too(draft: Draft, said: Said) -> bool:
    """Whether somebody adds that it is the same at another spot, which is a report of its own."""
    known, told = (draft.place or {}).get("address"), said.location.get("address")
    return bool(known and told and told not in known and phrases.ALSO.search(said.text))


def sure_category(matter: dict) -> str | None:
    """The category of what was said, if there is hardly a doubt."""
    category = matter.get("category") or {}
    return category.get("code") if (category.get("confidence") or 0) >= ANOTHER else None


def _with_more(draft: Draft, said: Said, asked: str, others: list[str]) -> Step:
    noted = replace(draft, matter={**draft.matter, "more": [*draft.matter.get("more", []), *others]})
    if asked == "place" and said.location.get("address"):
        noted = _with_location(noted, said.location)
    return Step(noted, "one_more_matter", {"matter": "；".join(others)})


def more_of(draft: Draft) -> str:
    """What to say next to report the matters that are left, with the place; empty if none is left."""
    left = "；".join((draft.matter or {}).get("more") or ())
    return left if not left or locate(left).address else "，".join(filter(None, (place_of(draft), left)))


def place_of(draft: Draft) -> str:
    """The place of a draft as one reads it; empty if nothing is known of it."""
    place = draft.place or {}
    return describe_place(draft.district, place.get("subdistrict"), place.get("address"))


def _with_location(draft: Draft, location: dict) -> Draft:
    """What a text tells of the place; what it doesn't tell stays as it was."""
    told = {k: location[k] for k in ("subdistrict", "address", "latitude", "longitude") if location.get(k)}
    if told:
        draft = replace(draft, place={**(draft.place or {}), **told})
    if between := location.get("contradiction"):
        return replace(draft, district=None, place={**(draft.place or {}), "between": list(between)})
    if district := location.get("district"):
        draft = _with_district(draft, district)
    if draft.matter and draft.matter["kind"] in WITHOUT_PLACE:
        draft = replace(draft, place=draft.place or {}, district=draft.district or UNKNOWN)
    return draft


def _with_district(draft: Draft, district: str) -> Draft:
    if not draft.place:
        return replace(draft, district=district)
    place = {name: value for name, value in draft.place.items() if name != "between"}
    if address := place.get("address"):
        named = (*(draft.place.get("between") or ()), locate(address).district)
        for other in filter(None, {*named} - {district}):
            address = re.sub(f"{other}|{re.sub('(新区|区)$', '', other)}", "", address)
        place["address"] = address.strip("，,。 ") or None
    if place.get("subdistrict") not in (None, *subdistricts(district)):
        place["subdistrict"] = None
    return replace(draft, district=district, place=place)


def _reopened(draft: Draft, item: str | None) -> Draft:
    """The draft with one item to be asked for again."""
    if item == "place":
        was = {"was_at": (draft.place or {}).get("address")}
        return replace(
            draft,
            matter=draft.matter and {**draft.matter, **was},
            place=None,
            similar=None,
            offered=None,
            confirmed=None,
        )
    if item == "district":
        return replace(draft, district=None, similar=None, offered=None, confirmed=None)
    if item in ("matter", "contact"):
        return replace(draft, **{item: None}, confirmed=None)
    if item in ("named", "confidential"):
        return replace(draft, identity=item)
    if item in categories() and draft.matter:
        matter = {**draft.matter, "category": item, "doubtful": False}
        return replace(draft, matter=matter, similar=None, offered=None)
    return draft


def _skipped(draft: Draft, asked: str) -> Draft:
    nothing = {"place": {}, "district": UNKNOWN, "similar": UNKNOWN, "contact": UNKNOWN}
    if asked == "place":
        return replace(draft, place={}, district=draft.district or UNKNOWN)
    return replace(draft, **{asked: nothing[asked]}) if asked in nothing else draft


def _told_matter(draft: Draft, said: Said) -> Step:
    if len(said.text.strip()) < 2 or said.intent in ("affirm", "deny", "inform_contact"):
        return Step(draft, "say_matter")
    return Step(_with_location(replace(draft, matter=_matter(said)), said.location))


def _told_place(draft: Draft, said: Said) -> Step:
    if (said.intent == "deny" or phrases.DONT_KNOW.search(said.text)) and not _looks_like_no_place(draft, said):
        return Step(_skipped(draft, "place"))
    if said.intent == "affirm" or len(said.text.strip()) < 2 or phrases.NUMBER.fullmatch(said.text.strip()):
        return Step(draft, "say_place")
    if said.intent in ("report", "supplement") and not (
        any(said.location.values()) or phrases.LIKE_A_PLACE.search(said.text)
    ):
        return Step(_with_more_words(draft, said), "added")
    if _looks_like_no_place(draft, said):
        return Step(_with_more_words(replace(draft, matter={**draft.matter, "no_place": True}), said), "added")
    location = dict(said.location)
    words = phrases.IN_FRONT_OF_A_PLACE.sub("", said.text.strip("，,。.!！ 　"))
    if (was := (draft.matter or {}).get("was_at")) and (whole := at_house(was, words)):
        return Step(_with_location(draft, {"address": whole}))
    if phrases.is_more_than_a_place(words):  # only what is named in it is the place
        draft = _with_more_words(draft, said)
        if not any(location.values()):
            return Step(draft, "added")
        words = location.get("address") or next(iter(_names_of(location)))
    # Only a district was told: the spot is still to be asked, unless there are words beside it. The whole of a short answer
    # tells more than the names in it.
    if words not in _names_of(location) and (not location.get("address") or len(words) <= LONGEST_PLACE):
        location["address"] = location.get("address") if "latitude" in location else words[:200]
    moves = draft.contact is not None  # everything was told before, and the place was wrong
    if draft.district and location.get("district") not in (None, draft.district) and not moves:
        location["contradiction"] = (draft.district, location["district"])
    draft = _with_location(draft, location)
    if draft.place is None and draft.district:
        return Step(draft, "district_noted", {"district": draft.district})
    return Step(draft)


def _looks_like_no_place(draft: Draft, said: Said) -> bool:
    """Whether an answer to "where" belongs to the matter; who answers so a second time can't tell better."""
    if not draft.matter or draft.matter.get("no_place") or any(said.location.values()):
        return False
    return bool(phrases.TELLS_NO_PLACE.search(said.text.strip("，,。.!！ "))) and not phrases.LIKE_A_PLACE.search(
        said.text
    )


def _names_of(location: dict) -> set[str]:
    district = location.get("district") or ""
    subdistrict = location.get("subdistrict") or ""
    names = {district, re.sub("(新区|区)$", "", district), subdistrict, re.sub("(街道|镇|乡)$", "", subdistrict)}
    return names | {f"{prefix}{name}{suffix}" for name in names for prefix in ("", "在") for suffix in ("的", "")}


def _told_district(draft: Draft, said: Said) -> Step:
    district = said.location.get("district")
    if not district:
        if said.intent == "deny" or phrases.DONT_KNOW.search(said.text):
            return Step(replace(draft, district=UNKNOWN))
        return Step(draft, "say_district")
    told, known = said.location.get("address"), (draft.place or {}).get("address")
    address = f"{told} {known}" if told and known and known not in told else told
    settled = {"address": address, "contradiction": None}
    if said.location.get("contradiction"):  # named both once more: the first is the answer, the other how it came about
        settled["district"] = said.location["contradiction"][0]
    return Step(_with_location(draft, {**said.location, **settled}))


def _told_similar(draft: Draft, said: Said) -> Step:
    if said.intent == "deny" or phrases.OTHER.search(said.text):
        return Step(replace(draft, similar=UNKNOWN))
    yes = said.intent in ("endorse", "affirm") and not phrases.SUBMIT.search(said.text)
    same = yes or phrases.SAME.search(said.text)
    if same and not phrases.ASKS.search(said.text):
        return Step(replace(draft, similar=JOINED))
    return Step(draft, "say_similar")


def _told_contact(draft: Draft, said: Said) -> Step:
    if said.contact:
        return Step(replace(draft, contact=said.contact))
    if _declines_contact(said, "contact"):
        return Step(replace(draft, contact=UNKNOWN))
    if phrases.NUMBER.search(said.text):
        return Step(draft, "wrong_number")
    return _more_or_other(draft, said) or Step(draft, "say_contact")


def _told_confirmed(draft: Draft, said: Said) -> Step:
    worried = phrases.KEEP_SECRET.search(said.text)
    if _agrees(said.text) or said.text == "/affirm":
        return Step(replace(draft, confirmed=True), "why_contact" if worried else None)
    if right := right_place(said.text, (draft.place or {}).get("address")):
        said = replace(said, location=right)
    if said.contact:
        noted = replace(draft, contact=said.contact)
        return Step(_moved(noted, said.location) if _is_news(draft, said.location) else noted, "contact_noted")
    if step := _more_or_other(draft, said):
        return step
    if said.intent == "affirm" and not phrases.HESITATES.search(said.text):
        return Step(replace(draft, confirmed=True), "why_contact" if worried else None)
    if said.intent in ("deny", "correct"):
        return _told_correction(draft, said)
    return Step(draft, "not_submitted")


def _agrees(words: str) -> bool:
    """Whether words are a yes and nothing else, but for the wish to be kept secret."""
    first = re.split("[，,。]", words)[0] if phrases.KEEP_SECRET.search(words) else words
    return bool(phrases.YES.fullmatch(first) or phrases.SEND.fullmatch(first))


def _more_or_other(draft: Draft, said: Said) -> Step | None:
    """The place moved, or something added, by words that answer no question; None if they do neither."""
    elsewhere = said.location.get("district") not in (None, draft.district)
    if said.intent == "inform_place" and not elsewhere and (known := (draft.place or {}).get("address")):
        return Step(replace(draft, place={**draft.place, "address": f"{known}，{said.text}"[:200]}), "added")
    if said.intent in ("correct", "inform_place", "inform_location", "deny", "affirm") and _is_news(
        draft, said.location
    ):
        return Step(_moved(draft, said.location), "corrected")
    if said.intent in ("report", "supplement", "inform_place"):
        return Step(_with_location(_with_more_words(draft, said), said.location), "added")
    return None


def _with_more_words(draft: Draft, said: Said) -> Draft:
    text = f"{draft.matter['text']}。补充：{said.text}"
    return replace(draft, matter={**draft.matter, "text": text[:LONGEST_TEXT]})


def _is_news(draft: Draft, location: dict) -> bool:
    known = {**(draft.place or {}), "district": draft.district}
    return any(value and value != known.get(name) for name, value in location.items())


def _moved(draft: Draft, location: dict) -> Draft:
    """The draft at another place; a district alone moves what is known of the spot along."""
    elsewhere = location.get("address") or location.get("subdistrict")
    kept = replace(draft, place=None, similar=None, offered=None) if elsewhere else draft
    moved = _with_location(kept, location)
    return replace(moved, place=moved.place or draft.place)


def _told_correction(draft: Draft, said: Said) -> Step:
    """Something is wrong: the new category that the words tell, the item that they name, or the question which."""
    item = next((item for item, words in phrases.ITEMS.items() if words.search(said.text)), None)
    if item == "category":
        return Step(replace(draft, matter={**draft.matter, "doubtful": True}), "choose_category")
    if item:
        return Step(_reopened(draft, item))
    if other := _other_category(draft, said):
        return other
    if len(said.text) >= FEWEST_WORDS_OF_A_CORRECTION:
        return Step(_with_more_words(draft, said), "added")
    return Step(draft, "say_correction")


def _other_category(draft: Draft, said: Said) -> Step | None:
    """The draft in the category that a correction tells beyond doubt; None if it tells none."""
    told = sure_category(said.matter)
    if told in (None, OTHER, (draft.matter or {}).get("category")):
        return None
    text = f"{draft.matter['text']}。更正：{said.text}"
    return Step(replace(draft, matter={**draft.matter, "text": text[:LONGEST_TEXT], "category": told}), "corrected")


_ANSWERS = {
    "matter": _told_matter,
    "place": _told_place,
    "district": _told_district,
    "similar": _told_similar,
    "contact": _told_contact,
    "confirmed": _told_confirmed,
}


def describe_place(district: str | None, subdistrict: str | None, address: str | None) -> str:
    """District, subdistrict and address as one reads them, each name once."""
    spoken = address or ""
    parts = [
        district if district and not names_district(spoken, district) else None,
        subdistrict if subdistrict and subdistrict not in spoken else None,
        address,
    ]
    return " ".join(part for part in parts if part)
