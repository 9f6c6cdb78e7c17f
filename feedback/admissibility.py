"""What the city's operation centre can't take: the rules of `inadmissible.yml`, and which of them a text calls for."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from feedback.errors import UnknownChoice
from nlu.places import other_city

FILE = Path(__file__).with_name("inadmissible.yml")
_DANGER = re.compile(
    "救命|正在打|被打|打人|家暴|持刀|砍|要杀|威胁|自杀|轻生|不想活|着火|起火|漏电|煤气味|流血|受伤|失踪|走失|拐"
)
ELSEWHERE = "other_city"
"""The rule that is recognised by the gazetteer rather than by expressions."""


class Rule(BaseModel):
    """Why something can't be taken. `words` are what the resident reads: the reason and the right place to go."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    name: str
    covers: str
    words: str
    patterns: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()

    def fits(self, text: str) -> bool:
        """Whether the text calls for the rule; rather silent than wrong."""
        found = other_city(text) if self.code == ELSEWHERE else _any(self.patterns).search(text)
        return bool(found) and not _any(self.unless).search(text)


@cache
def _any(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """An expression for one of several; for none of none."""
    return re.compile("|".join(patterns) or r"(?!)")


@cache
def rules() -> dict[str, Rule]:
    """All rules by code, in the order of the file."""
    read = [Rule(**entry) for entry in yaml.safe_load(FILE.read_text("utf-8"))]
    return {rule.code: rule for rule in read}


def rule_of(code: str) -> Rule:
    """The rule of a code.

    Raises:
        UnknownChoice: there is none.
    """
    if code not in rules():
        raise UnknownChoice("规则", code)
    return rules()[code]


def inadmissible(text: str) -> Rule | None:
    """The first rule that a text calls for; None where it speaks of danger, which is never refused, or calls for none."""
    if _DANGER.search(text):
        return None
    return next((rule for rule in rules().values() if rule.fits(text)), None)
