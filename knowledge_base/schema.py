"""What a guide is, and the check of the files that hold guides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

FIELDS = (
    "户籍与身份证",
    "居住证、积分与落户",
    "出入境与外国人",
    "婚姻与生育",
    "教育与入学",
    "就业、创业与人才",
    "劳动权益",
    "社会保险与退休",
    "医疗保障",
    "医疗卫生",
    "住房公积金",
    "住房保障与不动产",
    "养老助老",
    "救助、残疾人与退役军人",
    "交通与车辆",
    "企业开办与经营",
    "税务与发票",
    "城市生活、公用事业、法律与消费维权",
)

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Material(_Part):
    name: Text
    electronic: bool = False
    """An electronic certificate (电子证照) commonly replaces it."""
    note: Text | None = None


class TimeLimit(_Part):
    statutory: Text | None = None
    promised: Text | None = None


class Source(_Part):
    name: Text
    url: Text | None = None


class Guide(_Part):
    """One public service item and how to get it done. What isn't known for certain is left out."""

    id: Identifier
    title: Annotated[Text, StringConstraints(max_length=40)]
    field: Literal[FIELDS]
    aliases: tuple[Text, ...] = ()
    audience: Literal["个人", "企业", "个人和企业"] = "个人"
    questions: Annotated[tuple[Text, ...], Field(min_length=1)]
    summary: Annotated[Text, StringConstraints(max_length=120)] | None = None
    conditions: tuple[Text, ...] = ()
    materials: tuple[Material, ...] = ()
    steps: tuple[Text, ...] = ()
    time_limit: TimeLimit | None = None
    fee: Text | None = None
    where: Text | None = None
    online: Text | None = None
    phone: Text | None = None
    scope: tuple[Literal["全市通办", "跨省通办", "长三角"], ...] = ()
    basis: tuple[Text, ...] = ()
    source: Source | None = None
    verified_on: date | None = None
    """The day on which somebody compared the guide with its source; unknown: readers are told so."""
    valid_until: date | None = None
    related: tuple[Identifier, ...] = ()


class GuideFileError(Exception):
    """Files with guides were refused; `problems` says where and why, a line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read_guides(files: list[Path]) -> list[Guide]:
    """All guides of the files.

    Raises:
        GuideFileError: with every problem of every file, not only the first.
    """
    guides: list[tuple[Path, Guide]] = []
    problems: list[str] = []
    for file in files:
        try:
            guides += [(file, guide) for guide in _read_file(file)]
        except GuideFileError as error:
            problems += error.problems
    problems += _clashes(guides)
    if problems:
        raise GuideFileError(problems)
    return [guide for _, guide in guides]


def _read_file(file: Path) -> list[Guide]:
    try:
        entries = yaml.load(_decoded(file), yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise GuideFileError([f"{file.name}: 读不出来: {' '.join(str(error).split())}"]) from error
    if isinstance(entries, dict):
        entries = [entries]
    if not isinstance(entries, list) or not entries:
        raise GuideFileError([f"{file.name}: 文件里没有指南"])
    guides, problems = [], []
    for number, entry in enumerate(entries, 1):
        try:
            guides.append(Guide.model_validate(entry))
        except ValidationError as error:
            named = entry.get("id", f"第 {number} 条") if isinstance(entry, dict) else f"第 {number} 条"
            problems += [f"{file.name}: {named}: {_where(e['loc'])}: {e['msg']}" for e in error.errors()]
    if problems:
        raise GuideFileError(problems)
    return guides


def _decoded(file: Path) -> str:
    raw = file.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030")


def _where(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location)) or "guide"


def _clashes(guides: list[tuple[Path, Guide]]) -> Iterator[str]:
    """Ids that stand twice, questions that two guides claim, and related guides that don't exist."""
    ids = {guide.id for _, guide in guides}
    seen: set[str] = set()
    askers: dict[str, list[tuple[Path, Guide]]] = defaultdict(list)
    for file, guide in guides:
        if guide.id in seen:
            yield f"{file.name}: {guide.id}: id: 已有同名指南"
        seen.add(guide.id)
        for question in guide.questions:
            askers[question].append((file, guide))
        for other in guide.related:
            if other not in ids:
                yield f"{file.name}: {guide.id}: related: 没有指南 {other}"
    for question, claims in askers.items():
        if len({guide.id for _, guide in claims}) > 1:
            file, guide = claims[-1]
            yield f"{file.name}: {guide.id}: questions: 「{question}」也在 {claims[0][1].id} 里"
