"""Looks for matters that nobody near would take."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from feedback.models import Report
from feedback.routing.choosing import candidates, city_backstop
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
