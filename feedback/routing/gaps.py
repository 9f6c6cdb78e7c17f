"""Looks for matters that nobody near would take, and for rules that can't be any more."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.models import Report
from feedback.routing.choosing import candidates, city_backstop
from feedback.routing.models import RoutingRule
from feedback.routing.rules import EDITABLE, problems
from feedback.routing.table import table
from nlu.categories import categories
from nlu.places import districts


@dataclass(frozen=True)
class Gap:
    """A category that only the city's backstop would take in a district."""

    category: str
    district: str

    def __str__(self) -> str:
        return f"{self.district} × {categories()[self.category].name}"


def gaps(session: Session) -> list[Gap]:
    """Every category in every district must have a department of its own; these have none."""
    rules = table(session)
    last = city_backstop(rules)
    return [
        Gap(code, district)
        for code in categories()
        for district in districts()
        if all(found.lead == last for found in candidates(rules, Report(category=code, district=district)))
    ]


def find_faults(session: Session) -> list[str]:
    """What is wrong with the table, a sentence each: gaps, and rules whose category or place is no more."""
    rules = session.scalars(select(RoutingRule).order_by(RoutingRule.id))
    outdated = [
        f"规则 #{rule.id}：{words}"
        for rule in rules
        for words in problems({name: getattr(rule, name) for name in EDITABLE}).values()
    ]
    return outdated + [f"没有区里的部门接：{gap}" for gap in gaps(session)]
