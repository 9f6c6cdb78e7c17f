"""Changes to the table of rules: checked, with who made them; and the rules a new installation begins with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.errors import FeedbackError
from feedback.routing.models import LEVELS, RoutingRule
from nlu.categories import categories
from nlu.places import districts, subdistricts

SEEDS = Path(__file__).with_name("rules.yml")
EDITABLE = ("category", "district", "subdistrict", "level", "department", "supporters", "note", "active")
LONGEST_DEPARTMENT = 60
LONGEST_NOTE = 200


class InvalidRule(FeedbackError):
    """A rule can't be as asked; `problems` has a sentence for each field."""

    code = "invalid_rule"

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("；".join(problems.values()))
        self.problems = problems


def problems(values: dict[str, Any]) -> dict[str, str]:
    """What is wrong with the fields of a rule, in words by field; empty if nothing."""
    category, district, subdistrict = (values.get(name) or "" for name in ("category", "district", "subdistrict"))
    department, supporters = values.get("department") or "", values.get("supporters") or ()
    found = {}
    if category and category not in categories() and category not in first_parts():
        found["category"] = f"没有类别 {category}"
    if district and district not in districts():
        found["district"] = f"没有「{district}」这个区"
    elif subdistrict and subdistrict not in subdistricts(district):
        found["subdistrict"] = f"{district}没有「{subdistrict}」" if district else "写街镇要先选区"
    if values.get("level") not in LEVELS:
        found["level"] = f"层级只能是{'、'.join(LEVELS.values())}"
    if trouble := _trouble_of_name(department):
        found["department"] = trouble
    if trouble := next(filter(None, map(_trouble_of_name, supporters)), ""):
        found["supporters"] = trouble
    elif department in supporters:
        found["supporters"] = "主办部门不能同时协办"
    if len(values.get("note") or "") > LONGEST_NOTE:
        found["note"] = f"说明不超过 {LONGEST_NOTE} 个字"
    return found


def first_parts() -> list[str]:
    """The first parts of the categories' codes, such as `road`."""
    return list(dict.fromkeys(code.partition(".")[0] for code in categories() if "." in code))


def save_rule(session: Session, values: dict[str, Any], actor: str, rule_id: int | None = None) -> RoutingRule:
    """Add a rule, or change the one of an id.

    Raises:
        InvalidRule: a field is wrong, or another rule covers the same category and place.
    """
    values = {name: values.get(name) for name in EDITABLE}
    for name in ("category", "district", "subdistrict", "department", "note"):
        values[name] = (values[name] or "").strip()
    values["supporters"] = [name.strip() for name in values["supporters"] or () if name.strip()]
    values["active"] = values["active"] is not False
    if wrong := problems(values) or _taken(session, values, rule_id):
        raise InvalidRule(wrong)
    rule = session.get_one(RoutingRule, rule_id) if rule_id else RoutingRule()
    for name, value in (values | {"updated_by": actor}).items():
        setattr(rule, name, value)
    session.add(rule)
    session.flush()
    return rule


def seed_rules(session: Session) -> int:
    """Fill an empty table from `rules.yml`; returns how many rules came in."""
    if session.scalar(select(func.count()).select_from(RoutingRule)):
        return 0
    seeds = yaml.safe_load(SEEDS.read_text("utf-8"))
    for seed in seeds:
        save_rule(session, {"level": "district"} | seed, SEEDS.name)
    return len(seeds)


def _trouble_of_name(department: str) -> str:
    bare = department.replace("{district}", "").replace("{subdistrict}", "")
    if not department or len(department) > LONGEST_DEPARTMENT:
        return f"部门名称要有 1 到 {LONGEST_DEPARTMENT} 个字"
    if "{" in bare or "}" in bare:
        return "部门名称里只能用 {district} 和 {subdistrict}"
    return ""


def _taken(session: Session, values: dict[str, Any], rule_id: int | None) -> dict[str, str]:
    same = select(RoutingRule.id).filter_by(**{name: values[name] for name in ("category", "district", "subdistrict")})
    other = session.scalar(same.where(RoutingRule.id != (rule_id or 0)))
    return {"category": f"规则 #{other} 已经管这个类别和地点，请改那一条"} if other else {}
