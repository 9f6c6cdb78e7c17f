"""Places in a text: district, subdistrict and the words that name the spot."""

from __future__ import annotations

import re
from dataclasses import dataclass

from opencc import OpenCC

from nlu.gazetteer import Meaning, Mention, gazetteer

PARTS = ("district", "subdistrict", "address")
"""The parts of a location that are told outright."""


@dataclass(frozen=True)
class Location:
    """What a text tells of a place; what it doesn't tell is None."""

    district: str | None = None
    subdistrict: str | None = None
    address: str | None = None
    contradiction: tuple[str, str] | None = None
    """Two districts that the text names for one spot; `district` is the likelier one."""


_SIMPLIFIED = OpenCC("t2s")
# Named, but not where the matter is: where somebody comes from or goes through.
_ELSEWHERE_BEFORE = re.compile(
    r"(?:从|自|不是|户口在|户籍在|老家在?|(?:原来|原先|以前|之前|曾经|早先)(?:住|在|是|家)+|方向往|往)$"
)
_ELSEWHERE_AFTER = re.compile(
    r"^(?:这边|那边)?(?:人(?![民在行工口才])|来的|户口|户籍|方向|坐(?:地铁|公交|车|\d)|搬(?:到|来|过来))"
)
# Where somebody lives, works or goes to: where the matter is only if no other place is named.
_PERHAPS_ELSEWHERE_BEFORE = re.compile(
    r"(?:(?:公司|单位|学校|厂|人)在|(?:我|我自己|自己|本人|现在)(?:住在?|家住在?)|到|去|回)$"
)
_PERHAPS_ELSEWHERE_AFTER = re.compile(r"^(?:这边|那边)?(?:上班|工作|打工|读书|上学|的公司|的单位)")
_CITIES = (
    "苏州|昆山|太仓|无锡|常州|南通|南京|镇江|扬州|徐州|杭州|嘉兴|嘉善|湖州|宁波|绍兴|舟山|北京|天津|广州|深圳|武汉|成都|重庆|西安|合肥|"
    "江苏|浙江|安徽|江西|福建|山东|河南|河北|湖北|湖南|广东|四川|吉林|辽宁|黑龙江"
)
_OTHER_CITY = re.compile(
    rf"(?:{_CITIES})省?市?"
    r"(?!河|[东西南北中]?[一二]?[路街]|大厦|人(?!民)|话|菜|面|口味|小笼|烤鸭|来的|户口|户籍|牌照|车牌|医保|社保|公积金|号)"
)
"""Roads and much else in this city are called after others."""
_IN_OTHER_CITY = re.compile(rf"(?:{_CITIES})[省市]?(?:有家|的|叫|有个|那家){{0,2}}$")
_TELLS_A_PLACE = re.compile("(?:^|[，,。 ])(?:我|我们|我家|家)?(?:就|是|住)*在?$")
_BORDER = re.compile(r"^(?:区)?(?:跟|和|与|同)[一-龥]{2,4}?(?:区)?的?(?:交界|边界|之间|中间|边上|分界)")
_CORRECTION = re.compile(r"不对|其实|说错|搞错|写错|打错|更正|应该是")
# Characters that belong to the sentence and not to a name before it.
_LOOSE = r"[^\s,，。;；!！?？、:：“”\"'（）()0-9A-Za-z在住到从去是有的了我你他她它们这那就也与跟把被让离过向往靠近于说请像又还个没不堵修挖走坏占扫得条些·]"
# Words that look like the beginning or the whole of a name and are none.
_NO_NAME = re.compile(
    "跑路|等车|候车|社区医院|投诉|举报|反映|建议|表扬|感谢|门口|附近|旁边|对面|里面|外面|马路|道路|班路上|学路上|在路上|路边|走路|小路|铁路|线路|电路|管路|十字路口|路口的|(?<![一-龥])一路|半路|"
    "阿拉|我伲|俺们|自家|绕路|修路|堵路|问路|带路|出路|让路|占路|拦路|每个|整个|某|老旧小区|农村|全村|城市管理|城管|隔壁|楼上|楼下|自己|孩子|老师|公立|民办|私立|上学|放学"
)
_ENDINGS = (
    "小区|新村|花园|花苑|公寓|家园|家苑|名苑|新苑|佳苑|大厦|广场|菜场|菜市场|农贸市场|医院|公园|学校|小学|中学|大学|"
    "幼儿园|火车站|大桥|隧道|立交桥|植物园|动物园|体育馆|体育场|影视城|步行街|古镇|老街|地铁站|车站|弄堂|大楼|商场|超市|公馆|名邸|豪庭|苑|城|坊|里弄|产业园|工业区|码头|村"
)
_ENGLISH = r"(?:(?!(?:on|in|at|the|of|near|from|my|our|a|to|along|and|is|by|this|that)\b)[a-z'’]+ )"
_ROAD = "(?:Road|Rd|Street|Avenue|Ave|Lane)\\b"
_SPOTS = [
    # road with number, lane, crossing
    rf"{_LOOSE}{{1,5}}?(?:东|南|西|北|中)?(?:路(?![灯面牌障由]|街道)|大道|公路|大街|支路)(?:\d+(?:弄|号|巷|支弄)(?:\d+(?:号楼(?![道梯上下顶])|号|幢|栋|楼|室|单元)?)*(?:楼(?![道梯上下顶])|室)?)?"
    rf"(?:(?:和|与|跟|近|靠近|、|/)?{_LOOSE}{{1,5}}?(?:路|大道|公路)(?:交叉口|路口|口)?)?",
    r"\d+号线(?:[一-龥]{2,6}站)?(?:\d+号口)?",
    rf"{_LOOSE}{{2,6}}?站(?:\d+号口)",
    rf"{_LOOSE}{{2,8}}(?:{_ENDINGS})(?:\d+(?:号楼(?![道梯上下顶])|号|幢|栋|弄|期|单元))*(?:\d+室)?",
    r"\d+弄(?:\d+号)?(?:\d+室)?",
    # in English: with a number before or after it in any case, without one as a name is written
    rf"(?i:\b(?:No\.? ?|Lane )?\d+,? {_ENGLISH}{{1,3}}{_ROAD}(?:,? ?(?:No\.? ?|lane |room |building )?\d+)*)",
    rf"(?i:\b{_ENGLISH}{{1,3}}?{_ROAD}(?:,? ?(?:No\.? ?|lane |room |building )?\d+)+)",
    rf"\b(?:(?!(?:The|This|My|Our) )[A-Z][a-z'’]+ ){{1,3}}{_ROAD}",
]
_SPOT = re.compile("(?![和都])(?:" + "|".join(f"(?:{spot})" for spot in _SPOTS) + ")")
_TAIL = re.compile(
    r"(?:地铁站|站)?(?:\d+号口)?(?:附近|门口|门前|对面|旁边|旁|路口|口|楼下|后面|东侧|西侧|南侧|北侧|入口|出口|地下车库|桥下)*"
)
# What tells where and nothing of what: a road with a number, a named estate.
_NUMBERED = rf"(?:{_LOOSE}{{2,5}}?(?:路|大道|公路|街)\d+(?:弄|号|巷|支弄)?|\d+弄)(?:\d+(?:号楼(?![道梯上下顶])|号|幢|栋|室|楼|单元))*(?:附近|门口|旁边|对面)?"
_ESTATE = (
    rf"{_LOOSE}{{2,6}}(?:小区|新村|花园|花苑|公寓|家园|家苑|名苑|新苑|佳苑|苑|公馆|名邸|豪庭)"
    r"(?:\d+(?:号楼(?![道梯上下顶])|号|幢|栋|弄|期|单元|室))*"
)
_TELLS_WHERE = re.compile(rf"(?:地址)?在?(?:{_NUMBERED}|{_ESTATE})(?:这里|这边|那里|那边)?")
LONGEST_ADDRESS = 40
"""Characters; a longer stretch holds two places."""
BETWEEN_NAMES = 2
"""Characters that may stand between the names of an address."""
FEWEST_KEPT = 3
_BROKEN_BRACKETS = re.compile(r"[（(]\W*[）)]")


def districts() -> list[str]:
    """The districts' official names in the order of their codes."""
    return list(gazetteer().districts.values())


def subdistricts(district: str) -> list[str]:
    """The streets and towns of a district; an unknown district has none."""
    return gazetteer().subdistricts.get(district, [])


def without_places(text: str) -> str:
    """The text without names of divisions, numbered roads and estates: what is left tells what the matter is, not where.

    A text that is nothing but a place stays as it is.
    """
    plain = _SIMPLIFIED.convert(text)
    if len(plain) != len(text):
        return text
    nameable = _NO_NAME.sub(lambda match: "，" * len(match[0]), plain)
    spans = [match.span() for match in _TELLS_WHERE.finditer(nameable)]
    spans += [(m.start, m.end) for m in gazetteer().mentions(plain) if m.meanings[0].kind != "spot"]
    kept = "".join(c for index, c in enumerate(text) if not any(begin <= index < end for begin, end in spans))
    kept = _BROKEN_BRACKETS.sub("", kept).strip("，,。、 　：:")
    return kept if len(kept) >= FEWEST_KEPT else text


def other_city(text: str, answering: bool = False) -> str | None:
    """A city or province outside that a text names as the place, if it names none of this city's districts.

    Where it answers "where" (`answering`) any mention tells; else it must stand where a place is told, at the beginning or
    after "in": who came back from there may well speak of this city.
    """
    plain = _SIMPLIFIED.convert(text)
    found = _OTHER_CITY.search(plain)
    told = found and (answering or _TELLS_A_PLACE.search(plain[: found.start()]))
    return found[0] if told and not locate(plain).district else None


def names_district(text: str, district: str) -> bool:
    """Whether a reader of the text sees which district is meant: by its name, or that of a street or town in it."""
    named = [mention.meanings[0] for mention in gazetteer().mentions(_SIMPLIFIED.convert(text))]
    return any(meaning.kind != "spot" and meaning.district == district for meaning in named)


def locate(text: str) -> Location:
    """The place a text tells: a subdistrict tells its district, and so does a road where nothing else does; the address is
    the words that name the spot."""
    plain = _SIMPLIFIED.convert(text)
    plain = plain if len(plain) == len(text) else text
    mentions = gazetteer().mentions(plain)
    meant = _meant(plain, mentions)
    named = list(dict.fromkeys(m.district for m in meant if m.kind == "district"))
    told = list(dict.fromkeys(m.district for m in meant if m.district))
    # What is said outright outweighs what a landmark implies; of two that are said the later one is where it is.
    district = named[0] if len(named) == 1 else next(reversed(named or told[:1]), None)
    subdistrict = next((m.subdistrict for m in meant if m.subdistrict and m.district == district), None)
    contradiction = (told[0], told[1]) if len(told) > 1 else None
    district = district or gazetteer().district_of_roads(plain)
    return Location(district, subdistrict, _address(text, plain, mentions), contradiction)


def _meant(text: str, mentions: list[Mention]) -> list[Meaning]:
    """What the names stand for that tell where the matter is; a name of several divisions tells what the others allow."""
    here = [mention for mention in mentions if not _is_elsewhere(text, mention, mentions)]
    surely = [mention for mention in here if not _may_be_elsewhere(text, mention)]
    here = surely or here[-1:]
    told = {m.meanings[0].district for m in here if m.meanings[0].kind == "district"}
    return [meaning for mention in here if (meaning := _choose(mention.meanings, told))]


def _is_elsewhere(text: str, mention: Mention, mentions: list[Mention]) -> bool:
    before, after = text[: mention.start], text[mention.end :]
    if _ELSEWHERE_BEFORE.search(before) or _ELSEWHERE_AFTER.match(after) or _IN_OTHER_CITY.search(before):
        return True
    if _BORDER.match(after) or any(
        _BORDER.match(text[m.end :]) and m.end < mention.start <= m.end + 2 for m in mentions
    ):
        return True
    corrected = next((match.start() for match in _CORRECTION.finditer(after)), None)
    return corrected is not None and any(other.start >= mention.end + corrected for other in mentions)


def _may_be_elsewhere(text: str, mention: Mention) -> bool:
    before, after = text[: mention.start], text[mention.end :]
    return bool(_PERHAPS_ELSEWHERE_BEFORE.search(before) or _PERHAPS_ELSEWHERE_AFTER.match(after))


def _choose(meanings: tuple[Meaning, ...], told: set[str | None]) -> Meaning | None:
    """Of several divisions with one name, the one in a district that the text names, else none of them."""
    fitting = [m for m in meanings if m.district in told] or meanings
    return fitting[0] if len(fitting) == 1 else None


def _address(text: str, plain: str, mentions: list[Mention]) -> str | None:
    """The words that name a spot, with the divisions right before them; None if there are only divisions."""
    ends_of_divisions = {mention.end for mention in mentions}
    spots = [(mention.start, mention.end) for mention in mentions if mention.meanings[0].kind == "spot"]
    nameable = _NO_NAME.sub(lambda match: "，" * len(match[0]), plain)
    for match in _SPOT.finditer(nameable):
        start = max((end for end in ends_of_divisions if match.start() < end < match.end()), default=match.start())
        spots.append((start, match.end()))
    if not spots:
        return None
    start, end = min(begin for begin, _ in spots), max(end for _, end in spots)
    if end - start > LONGEST_ADDRESS:  # two places far apart: keep the first
        start, end = min(spots)
    for mention in reversed(mentions):  # the names that lead up to it
        if mention.start < start <= mention.end + BETWEEN_NAMES:
            start = mention.start
    return text[start : end + _TAIL.match(plain[end:]).end()].strip()
