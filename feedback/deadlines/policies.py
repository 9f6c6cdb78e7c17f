"""Which policy a report's stages have, what it says in words, and the ones to begin with."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from itertools import product
from pathlib import Path

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.deadlines.models import UNITS, DeadlinePolicy
from feedback.draft import KINDS
from feedback.models import Report
from feedback.settings import settings
from feedback.working_time import WorkingTime
from nlu.categories import names
from storage import writing

FILE = Path(__file__).with_name("policies.yml")


def policies_of(session: Session, report: Report) -> dict[str, DeadlinePolicy]:
    """The policy of each stage of a report: of those that fit, the most specific one."""
    fitting = select(DeadlinePolicy).where(
        DeadlinePolicy.kind.in_(("", report.kind)),
        DeadlinePolicy.category.in_(("", _part(report.category), report.category)),
        DeadlinePolicy.urgent.in_((False, bool(report.urgent))),
        DeadlinePolicy.supervised.in_((False, bool(report.supervised))),
    )
    return {policy.stage: policy for policy in sorted(session.scalars(fitting), key=_specificity)}


def _specificity(policy: DeadlinePolicy) -> tuple[bool, bool, bool, int]:
    """Urgency counts before supervision, before the kind, before the category; a category's code before its first part."""
    depth = len(policy.category.split(".")) if policy.category else 0
    return policy.urgent, policy.supervised, bool(policy.kind), depth


def _part(category: str) -> str:
    return category.partition(".")[0]


def category_choices() -> dict[str, str]:
    """What a policy's category can be, and its name: every first part of a code, with all that belongs to it, and every code."""
    parts: dict[str, list[str]] = {}
    for code, name in names().items():
        parts.setdefault(_part(code), []).append(name)
    wholes = {part: "、".join(of_it) for part, of_it in parts.items()}
    return wholes | names()


@cache
def office_clock() -> WorkingTime:
    """The clock that runs during the opening hours of the settings."""
    return WorkingTime.parse(settings().opening_hours)


def budget(policy: DeadlinePolicy) -> timedelta:
    """How long a policy with an amount gives, on the clock of its unit."""
    unit = office_clock().day if policy.unit == "working_days" else timedelta(hours=1)
    return policy.amount * unit


def in_words(policy: DeadlinePolicy) -> str:
    """A policy as staff read it: 「紧急、投诉：24小时（自然时间）。示例」."""
    conditions = (
        "紧急" if policy.urgent else "",
        "督办" if policy.supervised else "",
        KINDS.get(policy.kind, policy.kind),
        category_choices().get(policy.category, policy.category),
    )
    limit = f"{policy.amount or ''}{UNITS[policy.unit]}"
    told = f"{'、'.join(filter(None, conditions)) or '所有诉求'}：{limit}"
    return f"{told}。{policy.note}" if policy.note else told


def shipped_policies() -> list[DeadlinePolicy]:
    """The examples of `policies.yml`."""
    return [policy for entry in yaml.safe_load(FILE.read_text("utf-8")) for policy in _of_entry(**entry)]


def _of_entry(
    stage: str, limit: str, note: str, urgent: bool = False, supervised: bool = False, kinds=("",), categories=("",)
) -> list[DeadlinePolicy]:
    *amount, unit = limit.split()
    same = {"stage": stage, "urgent": urgent, "supervised": supervised, "note": note, "updated_by": "随程序发布"}
    same |= {"amount": int(amount[0]) if amount else None, "unit": unit}
    return [DeadlinePolicy(kind=kind, category=category, **same) for kind, category in product(kinds, categories)]


def prepare() -> None:
    """Fill the table of policies with the examples if it is empty."""
    with writing() as session:
        if not session.scalar(select(DeadlinePolicy.id).limit(1)):
            session.add_all(shipped_policies())
