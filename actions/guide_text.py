"""How a guide reads in a chat: short, a part at a time, always with its source."""

from __future__ import annotations

from collections.abc import Callable

from knowledge_base import Guide

PARTS: dict[str, tuple[str, Callable[[Guide], bool]]] = {
    "summary": ("回到概要", lambda guide: True),
    "materials": ("要带什么", lambda guide: bool(guide.materials)),
    "steps": ("怎么办", lambda guide: bool(guide.steps)),
    "details": ("条件、时限、费用", lambda guide: bool(_details(guide))),
}


def summary_text(guide: Guide) -> str:
    """Title, summary and source."""
    lines = [f"【{guide.title}】", guide.summary or "", _line("在哪办", guide.where), _line("网上", guide.online)]
    return "\n".join(line for line in (*lines, source_text(guide)) if line)


def part_text(guide: Guide, part: str) -> str:
    """The materials, the steps or the details of a guide."""
    title, _ = PARTS.get(part, PARTS["details"])
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
