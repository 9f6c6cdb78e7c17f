"""What a guide is, and the check of the files that hold guides."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

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


def _visible(text: str) -> str:
    if hidden := next((c for c in text if unicodedata.category(c) in ("Cc", "Cs") and c not in "\r\n\t"), None):
        raise PydanticCustomError("control_character", "有看不见的控制字符 {code}", {"code": f"U+{ord(hidden):04X}"})
    return text


def _text(most: int) -> Any:
    length = StringConstraints(strip_whitespace=True, min_length=1, max_length=most)
    return Annotated[str, length, AfterValidator(_visible)]


Text = _text(2000)
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


def _named(part: Any) -> Any:
    """A bare text is the name of a material."""
    return {"name": part} if isinstance(part, str) else part


class Guide(_Part):
    """One public service item and how to get it done. What isn't known for certain is left out."""

    id: Identifier
    title: _text(100)
    field: Literal[FIELDS]
    aliases: tuple[Text, ...] = ()
    audience: Literal["个人", "企业", "个人和企业"] = "个人"
    questions: Annotated[tuple[Text, ...], Field(min_length=1)]
    summary: _text(120) | None = None
    conditions: tuple[Text, ...] = ()
    materials: tuple[Annotated[Material, BeforeValidator(_named)], ...] = ()
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
    """The last day on which it holds; shown with a warning after that."""
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
        entries = yaml.load(decoded(file), yaml.CSafeLoader)
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
            problems += [f"{file.name}: {named}: {in_words(e)}" for e in error.errors()]
    if problems:
        raise GuideFileError(problems)
    return guides


def decoded(file: Path) -> str:
    """A file's text, in UTF-8 or GB18030."""
    raw = file.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode("gb18030")
    except UnicodeDecodeError as error:
        raise GuideFileError([f"{file.name}: 读不出来: 既不是 UTF-8 也不是 GB18030 编码"]) from error


WORDS = {
    "missing": "缺这一栏",
    "extra_forbidden": "没有这个栏目",
    "string_type": "应当是文字",
    "string_too_short": "不能是空的",
    "string_too_long": "超过 {max_length} 个字",
    "too_short": "至少要有 {min_length} 项",
    "tuple_type": "应当是一个列表",
    "literal_error": "只能是 {expected}",
    "string_pattern_mismatch": "只能用小写字母、数字和连字符",
    "bool_parsing": "应当是 true 或 false",
    "date_from_datetime_parsing": "应当是日期，例如 2026-01-31",
    "date_parsing": "应当是日期，例如 2026-01-31",
    "date_type": "应当是日期，例如 2026-01-31",
    "model_type": "应当是“栏目: 内容”的对照表",
    "model_attributes_type": "应当是“栏目: 内容”的对照表",
}


def in_words(error: ErrorDetails) -> str:
    """What is wrong with a guide, with its field."""
    where = ".".join(map(str, error["loc"])) or "guide"
    words = WORDS.get(error["type"])
    return f"{where}: {words.format(**error.get('ctx', {})) if words else error['msg']}"


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


NEARLY = 0.8
"""Share of common character pairs (Dice) from which two questions count as nearly the same."""


def warnings(guides: Sequence[Guide]) -> Iterator[str]:
    """Nearly the same question in two guides, and guides that no longer hold."""
    for guide in guides:
        if guide.valid_until and guide.valid_until < date.today():
            yield f"{guide.id}: valid_until: 只写到 {guide.valid_until}"
    questions = [(guide.id, question, _pairs(question)) for guide in guides for question in guide.questions]
    by_pair: dict[str, list[int]] = defaultdict(list)
    for number, (guide_id, question, pairs) in enumerate(questions):
        common = Counter(other for pair in pairs for other in by_pair[pair])
        for other, count in common.items():
            other_id, other_question, other_pairs = questions[other]
            if other_id != guide_id and 2 * count >= NEARLY * (len(pairs) + len(other_pairs)):
                yield f"{guide_id}: questions: 「{question}」很像 {other_id} 的「{other_question}」"
        for pair in pairs:
            by_pair[pair].append(number)


def _pairs(question: str) -> set[str]:
    bare = "".join(c for c in question if c.isalnum())
    return {bare[i : i + 2] for i in range(len(bare) - 1)}
