"""The spot that an address names, in one way of writing: kept with each report, so that reports of one spot are found by an index."""

from __future__ import annotations

import re
import unicodedata

from feedback.models import ReportEvent
from nlu.gazetteer import gazetteer

LONGEST = 100
_BESIDE = re.compile(
    r"附近|门口|门前|对面|旁边|路边|路口|口|楼下|后面|[东西南北]侧|那边|这边|那里|这里|的|在|和|与|、|\s|[，,。.()（）]"
)
_WITHIN = re.compile(r"(?<=[号弄栋幢楼])\d+(?:室|层|楼|单元).*$")
"""A room or floor: one house is one spot."""
_NAMED = re.compile(
    r"\d|小区|新村|花园|公寓|家园|[家名新佳华雅]?苑|大厦|广场|菜场|市场|医院|公园|学校|小学|中学|大学|幼儿园|站|城|坊|村|路.+路"
)
_ROAD = re.compile(r"\D{1,12}?(?:大道|[路街])")


def spot_of(address: str | None) -> str | None:
    """What an address names, without divisions, rooms and words such as "beside"; None if nothing is left."""
    plain = unicodedata.normalize("NFKC", address or "")
    whole = plain
    for mention in reversed(gazetteer().mentions(plain)):
        if mention.meanings[0].kind != "spot":
            whole = whole[: mention.start] + whole[mention.end :]
    return _WITHIN.sub("", _BESIDE.sub("", whole)).lower()[:LONGEST] or None


def is_point(spot: str) -> bool:
    """Whether a spot is one place: a road alone is long."""
    return bool(_NAMED.search(spot))


def road_of(spot: str) -> str | None:
    """The road that a spot lies on, if it tells one."""
    found = _ROAD.match(spot)
    return found and found.group()


def located(event: ReportEvent) -> None:
    """A reaction: the place of a report was told or put right."""
    event.report.spot = spot_of(event.report.address)
