"""What words put right of a report: 「地址说错了，是88号不是80号」, 「桂平路改成桂林路」."""

from __future__ import annotations

import re
from collections.abc import Iterator

from feedback import phrases
from nlu.places import locate

_CORRECTS = re.compile("说错|写错|打错|搞错|弄错|填错|报错|错了|不对|改成|改为|改到|换成|更正|应该是|应该在|不是")
_RIGHT = re.compile(
    r"不是(?P<wrong>[^，,。是]+)[，,\s]*(?:而?是|应该是)(?P<right>[^，,。]+)"
    r"|(?:应该)?是(?P<right2>[^，,。不是]+)[，,\s]*(?:而)?不是(?P<wrong2>[^，,。]+)"
    r"|(?:(?P<wrong3>\d+[号弄巷])?(?:改成|改为|换成|更正为|应该是|应该在|改到|是))(?P<right4>[^，,。]+)"
)
HOUSE = re.compile(r"\d+(?=[号弄巷])")
_UNIT = "号楼|[号弄巷室楼幢栋]|单元"
_HOUSE = re.compile(rf"(?:\d+(?:{_UNIT})?)+(?:门口|附近|旁边|对面)?")
_TAIL = re.compile(r"(?:尾号|末尾|末[几四]?位|最后[几一两三四]?位)\D{0,6}(\d{1,6})(?!\d)")
_ONLY_A_DISTRICT = re.compile("[一-龥]{2,4}?(?:新?区)?")


def item_to_change(words: str) -> str | None:
    """The part of a report that somebody calls wrong or wants changed: `place`, `contact` …; None if they name none."""
    if not phrases.CHANGES.search(words) and "不是" not in words:
        return None
    return next((item for item, pattern in phrases.ITEMS.items() if pattern.search(words)), None)


def at_house(known: str, house: str, wrong: str = "") -> str | None:
    """The known address with the house, lane or flat that is named instead: of the number that is called wrong, else of the same
    unit (「320号」), else of the first number. None if what is named is no house, or has no number to take the place of."""
    house = re.sub("^(?:是|在|应该)*", "", house)
    if not _HOUSE.fullmatch(house):
        return None
    number, unit = re.search(r"\d+", wrong), re.search(rf"\d+({_UNIT})", house)
    digits = re.search(r"\d+", house)[0]
    if number and number[0] in known:
        return known.replace(number[0], digits, 1)
    if not unit:
        return HOUSE.sub(digits, known, count=1) if HOUSE.search(known) else None
    same = re.compile(rf"\d+{unit[1]}(?:\d+(?:{_UNIT})?)*")
    return same.sub(house, known, count=1) if same.search(known) else known + house


def right_place(words: str, known: str | None) -> dict | None:
    """What a correction says of the place: `address`, and `district` if told. A house number alone replaces that in the known
    address, a district alone the one that is named there. None if it tells no place."""
    if not _CORRECTS.search(words) or item_to_change(words) == "contact" or _TAIL.search(words):
        return None
    for right, wrong in _corrections(words):
        told = vars(locate(right))
        if told["address"] and not _HOUSE.fullmatch(right):
            return {name: told[name] for name in ("district", "subdistrict", "address") if told[name]}
        if known and (address := at_house(known, right, wrong)):
            return {"address": address}
        if known and told["district"] and _ONLY_A_DISTRICT.fullmatch(right):
            return {"district": told["district"], "address": _without_district(known)}
    return None


def right_tail(words: str, known: str | None) -> str | None:
    """The known number with the last digits that words tell: 「尾号是1717」; None if they tell none."""
    told = _TAIL.search(words)
    return f"{known[: -len(told[1])]}{told[1]}" if known and told and len(told[1]) < len(known) else None


def _without_district(address: str) -> str:
    """An address without the name of the district that it begins with."""
    district = locate(address).district or ""
    return address.removeprefix(district).strip() or address


def _corrections(words: str) -> Iterator[tuple[str, str]]:
    """What is said to be right, and wrong, in a correction."""
    for match in _RIGHT.finditer(words):
        parts = match.groupdict()
        right = next(value for name, value in parts.items() if name.startswith("right") and value)
        wrong = next((value for name, value in parts.items() if name.startswith("wrong") and value), "")
        yield right.strip(" 的吧呢啊了哦"), wrong.strip(" 的吧呢啊了哦")
