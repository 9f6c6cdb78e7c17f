"""Chooses the department of a report, and says why.

The order: the rule of the smallest place wins and, in one place, the exact category before its first part; then comes the
department that the category names; then the backstop of the smallest place; then the city's centre.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from feedback.models import Report
from feedback.routing.models import LEVELS
from feedback.routing.table import Rule, Table, table
from nlu.categories import OTHER, categories, category


@dataclass(frozen=True)
class Route:
    """Where a report goes. `because` is a sentence for staff."""

    lead: str
    supporters: tuple[str, ...]
    level: str
    because: str


def route(session: Session, report: Report, without: Collection[str] = ()) -> Route:
    """The departments for a report, those in `without` left out (they have returned it); at the very end there is always the
    city's centre, whether it returned the report or not."""
    for found in candidates(table(session), report):
        if found.lead not in without:
            break
    supporters = tuple(name for name in found.supporters if name != found.lead and name not in without)
    because = f"{found.because}（{'、'.join(without)}已退单）" if without else found.because
    return replace(found, supporters=supporters, because=because)


def candidates(rules: Table, report: Report) -> Iterator[Route]:
    """Every route that fits a report, the best first."""
    places = list(_places(report))
    codes = list(dict.fromkeys((report.category, report.category.partition(".")[0])))
    yield from _by_rules(rules, report, [(code, *place) for place in places for code in codes])
    name = category(report.category).name
    yield Route(category(report.category).department, (), "district", f"因为：「{name}」的默认主办部门")
    yield from _by_rules(rules, report, [("", *place) for place in places])
    yield Route(category(OTHER).department, (), "city", "因为：没有别的部门，由市级中心兜底")


def city_backstop(rules: Table) -> str:
    """Who takes what nobody else in the city does."""
    rule = rules.get(("", "", ""))
    return rule.department if rule else category(OTHER).department


def known_departments(session: Session, report: Report) -> list[str]:
    """All departments that a report could be given to, sorted."""
    named = [name for rule in table(session).values() for name in (rule.department, *rule.supporters)]
    filled = {_filled(name, report) for name in named}
    return sorted({entry.department for entry in categories().values()} | (filled - {None}))


def _places(report: Report) -> Iterator[tuple[str, str]]:
    if report.district and report.subdistrict:
        yield report.district, report.subdistrict
    if report.district:
        yield report.district, ""
    yield "", ""


def _by_rules(rules: Table, report: Report, keys: list[tuple[str, str, str]]) -> Iterator[Route]:
    for key in keys:
        rule = rules.get(key)
        if rule and (lead := _filled(rule.department, report)):
            supporters = filter(None, (_filled(name, report) for name in rule.supporters))
            yield Route(lead, tuple(supporters), rule.level, _because(rule, *key))


def _because(rule: Rule, code: str, district: str, subdistrict: str) -> str:
    matter = categories()[code].name if code in categories() else f"{code} 类" if code else "任何类别"
    place = f"{district}{subdistrict}" or "全市"
    note = f"，{rule.note}" if rule.note else ""
    return f"因为：{matter} × {place}的规则 #{rule.id}（{LEVELS[rule.level]}级{note}）"


def _filled(name: str, report: Report) -> str | None:
    """A department's name for the report's place; None if it asks for a place that the report doesn't tell."""
    for part in ("district", "subdistrict"):
        if f"{{{part}}}" in name:
            if not getattr(report, part):
                return None
            name = name.replace(f"{{{part}}}", getattr(report, part))
    return name
