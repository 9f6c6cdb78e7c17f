"""How a guide reads in a chat: short, a part at a time, always with its source."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date

from knowledge_base import PAPERS, FollowUp, Guide, aspect_of, details_of, lines_wording

PLAIN_LENGTH = 60
"""Characters of a summary in plain language."""
MOST_LINES = 4
"""Lines of a guide that are told of one detail."""
_TIME, _MONEY = (
    re.compile(r"\d+个?(?:工作)?[天日月年小分]|[一二三四五六七八九十两半]个?[天日月年]|当[场天日]"),
    re.compile("[元费钱免%％]"),
)
FIGURES = {"time_limit": _TIME, "fee": _MONEY, "amount": _MONEY}
"""Fields that are told in figures, and how a line looks that has some."""
_OFFICE = re.compile("窗口|大厅|中心|派出所|12123")
_HOW = re.compile("(?:怎么|咋|如何|怎样)(?!样|算|回事|说|收)")
_AMOUNT = re.compile(r"\d+(\.\d+)?(元|%|％|个月)|标准(?!化)|比例|百分之|封顶")
_MONTHLY = re.compile("每?一?个?[月年]|有多少|能有|到手")
_BENEFIT = re.compile("保险金|养老金|抚恤金|奖励金|补贴|津贴|补助|救助|待遇|报销|赔偿|补偿|低保|生活保障")
PARTS: dict[str, tuple[str, Callable[[Guide], bool]]] = {
    "summary": ("回到概要", lambda guide: True),
    "materials": ("要带什么", lambda guide: bool(guide.materials)),
    "steps": ("怎么办", lambda guide: bool(guide.steps)),
    "details": ("条件、时限、费用", lambda guide: bool(_details(guide))),
}
NAMES = {
    "amount": "能拿多少",
    "fee": "费用",
    "materials": "要带的材料",
    "time_limit": "办理时限",
    "where": "办理地点",
    "online": "网上办理的入口",
    "phone": "咨询电话",
    "conditions": "办理条件",
    "steps": "办理步骤",
}
"""What residents read for a field of a guide."""


def answer_text(guide: Guide, question: str = "", plain: bool = False) -> str:
    """Title, summary, what was asked about, where to go, and the source; `plain` has the first sentences alone."""
    asked = _asked_lines(guide, question)
    if plain:
        where = _line("去哪里", guide.where or guide.online)
        lines = [f"【{guide.title}】", _first_sentences(guide.summary or ""), *asked, where]
        return "\n".join([*filter(None, [*lines, _expired(guide)]), source_text(guide)])
    where = [_line("在哪办", guide.where), _line("网上", guide.online)]
    lines = [f"【{guide.title}】", guide.summary or "", *asked, *where, _expired(guide), source_text(guide)]
    return "\n".join(line for line in lines if line)


def _asked_lines(guide: Guide, question: str) -> list[str]:
    """The lines that a question asks for, unless the answer has them anyway; of what people count on, that they are missing."""
    field = field_asked(guide, question)
    if field in (None, "where", "online"):
        return lines_about(guide, [detail for detail in details_of(question) if detail in ("proxy", "booking")])
    lines = field_lines(guide, field)
    return lines if lines or field in ("steps", "conditions") else [_missing(field)]


def field_asked(guide: Guide, question: str) -> str | None:
    """The field that a question about a guide asks for: 「一个月多少钱」 of a benefit is what one gets, not what it costs."""
    field = aspect_of(question).field
    pays = field == "fee" and _MONTHLY.search(question) and _BENEFIT.search(guide.title)
    return "amount" if pays else field


def asks_how(question: str) -> bool:
    """Whether a question asks how to do something, in whatever words: 「怎么申诉」."""
    return bool(_HOW.search(question))


def _first_sentences(text: str) -> str:
    """As many whole sentences as fit into a few lines of large print, but at least one."""
    sentences = re.findall(r"[^。！？]+[。！？]?", text)
    short = sentences[:1]
    for sentence in sentences[1:]:
        if len("".join(short)) + len(sentence) > PLAIN_LENGTH:
            break
        short.append(sentence)
    return "".join(short)


def field_text(guide: Guide, field: str | None) -> str:
    """One field of a guide, or that the guide doesn't tell it."""
    lines = field_lines(guide, field) if field else [guide.summary or ""]
    return lines_text(guide, lines or [_missing(field)])


def lines_text(guide: Guide, lines: list[str]) -> str:
    """Some lines of a guide, with its title and source."""
    return "\n".join([f"【{guide.title}】", *lines, *filter(None, [_expired(guide)]), source_text(guide)])


def lines_for(guide: Guide, field: str | None, asked: FollowUp | None) -> list[str]:
    """The lines of a guide that answer what is asked on of it, the most telling ones; empty if it says nothing of it."""
    if asked and asked.comes:
        return lines_about(guide, asked.comes)
    if field in FIGURES:
        return _figures(guide, field, asked)
    lines = field_lines(guide, field) if field and field != "conditions" else []
    lines = lines or lines_about(guide, asked.details if asked else (), asked.rest if asked else "")
    if not lines and field == "where":
        return [*(f"· {line}" for line in _everything(guide) if _OFFICE.search(line)), *field_lines(guide, "online")]
    if not lines and asked and PAPERS.intersection(asked.details) and guide.materials:
        return ["材料里没有写这一样。", *field_lines(guide, "materials")]
    return lines


def _figures(guide: Guide, field: str, asked: FollowUp | None) -> list[str]:
    """What a guide tells in a field of figures, of one thing in particular where the question names such (「冷静期多久」)."""
    if asked and "deadline" in asked.details:
        return lines_about(guide, ("deadline",))
    whole, told = field_lines(guide, field), lines_about(guide, (), asked.rest) if asked else []
    particular = list(filter(FIGURES[field].search, told))
    names = "".join((guide.title, *guide.aliases))
    is_the_guide = asked and all(word in names for word in asked.rest.split())
    return whole or particular if is_the_guide else particular or whole


def lines_about(guide: Guide, details: Iterable[str], rest: str = "") -> list[str]:
    """The lines of a guide that tell of the first detail asked about that it knows, else those with most of the other words."""
    everything = _everything(guide)
    for detail in details:
        if lines := lines_wording(detail, everything):
            return [f"· {line}" for line in lines[:MOST_LINES]]
    words = [word[at : at + 2] for word in rest.split() for at in range(0, len(word) - 1, 2)]
    found = {line: sum(word in line for word in words) for line in everything}
    most = max(found.values(), default=0)
    if not most or 2 * most < len(words):
        return []
    return [f"· {line}" for line, number in found.items() if number == most][:MOST_LINES]


def _everything(guide: Guide) -> list[str]:
    """All that a guide tells, a statement a line."""
    limit = guide.time_limit
    return [
        *filter(None, re.split("(?<=[。！？])", guide.summary or "")),
        *guide.conditions,
        *(f"{material.name}{_note(material.note)}" for material in guide.materials),
        *guide.steps,
        *filter(None, (guide.where, guide.online, limit and limit.statutory, limit and limit.promised, guide.fee)),
    ]


def _missing(field: str) -> str:
    return f"这份指南没有写明{NAMES[field]}，请以窗口告知或官方公布为准，也可以拨打 12345 问一问。"


def field_lines(guide: Guide, field: str) -> list[str]:
    """What a guide tells in a field, or of how much one gets; empty if it doesn't."""
    if field == "materials":
        return ["要带：", *_materials(guide)] if guide.materials else []
    if field == "steps":
        return _steps(guide)
    if field == "conditions":
        return [f"· {condition}" for condition in guide.conditions]
    if field == "time_limit":
        limit = guide.time_limit
        both = (_line("法定时限", limit and limit.statutory), _line("承诺时限", limit and limit.promised))
        return [line for line in both if line]
    if field == "amount":
        return [f"· {line}" for line in _everything(guide) if line != guide.fee and _AMOUNT.search(line)]
    value = getattr(guide, field)
    return [_line(NAMES[field], value)] if value else []


def _expired(guide: Guide) -> str:
    if guide.valid_until and guide.valid_until < date.today():
        return f"注意：这份说明只写到 {guide.valid_until:%Y年%-m月%-d日}，之后可能有变化，请先核实。"
    return ""


def part_text(guide: Guide, part: str) -> str:
    """A part of a guide that a button names."""
    if part == "summary":
        return answer_text(guide)
    title, _ = PARTS[part]
    lines = {"materials": _materials, "steps": _steps}.get(part, _details)(guide)
    return "\n".join([f"【{guide.title}】{title}", *lines, source_text(guide)])


def source_text(guide: Guide) -> str:
    """Where it comes from and when somebody last compared it; if nobody has, the reader is told."""
    name = guide.source.name if guide.source else "主管部门"
    if guide.verified_on:
        return f"来源：{name}，{guide.verified_on:%Y年%-m月%-d日}核对"
    return f"来源：{name}；这份说明还没有逐条核对，以官方公布为准"


def _materials(guide: Guide) -> list[str]:
    return [
        f"· {material.name}{'（可用电子证照）' if material.electronic else ''}{_note(material.note)}"
        for material in guide.materials
    ]


def _note(note: str | None) -> str:
    return f"：{note}" if note else ""


def _steps(guide: Guide) -> list[str]:
    return [f"{number}. {step}" for number, step in enumerate(guide.steps, 1)]


def _details(guide: Guide) -> list[str]:
    limit = guide.time_limit
    lines = [
        _line("谁能办", "；".join(guide.conditions)),
        _line("法定时限", limit and limit.statutory),
        _line("承诺时限", limit and limit.promised),
        _line("费用", guide.fee),
        _line("电话", guide.phone),
        _line("通办", "、".join(guide.scope)),
        _line("依据", "、".join(guide.basis)),
    ]
    return [line for line in lines if line]


def _line(name: str, value: str | None) -> str:
    return f"{name}：{value}" if value else ""
