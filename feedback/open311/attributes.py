"""What is asked for each service (`attributes.yml`), and whether an answer is one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, field_validator

from feedback.privacy import consent
from nlu.places import districts

FILE = Path(__file__).with_name("attributes.yml")
LONGEST = {"string": 200, "text": 1000}


class Attribute(BaseModel):
    """One question. `name` is what stands before the answer in the report, `urgent` are answers that make it urgent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    name: str
    description: str
    datatype: Literal["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
    datatype_description: str = ""
    required: bool = False
    values: dict[str, str] = {}
    services: tuple[str, ...] = ()
    urgent: tuple[str, ...] = ()

    @field_validator("values", mode="before")
    @classmethod
    def _looked_up(cls, values: object) -> object:
        """Lists that stand elsewhere already."""
        if values == "districts":
            return {name: name for name in districts()}
        return consent.texts() if values == "consents" else values

    def belongs_to(self, service_code: str) -> bool:
        return not self.services or bool({service_code, service_code.partition(".")[0]} & set(self.services))

    def fault(self, answers: Sequence[str]) -> str | None:
        """What is wrong with the answers, in words; None if nothing is."""
        if not answers:
            return "必填" if self.required else None
        if len(answers) > 1 and self.datatype != "multivaluelist":
            return "只能有一个值"
        return next(filter(None, map(self._fault, answers)), None)

    def _fault(self, answer: str) -> str | None:
        if self.values:
            return None if answer in self.values else f"只能是 {'、'.join(self.values)}"
        if longest := LONGEST.get(self.datatype):
            if len(answer) > longest:
                return f"最多 {longest} 个字"
            return "不能换行" if self.datatype == "string" and "\n" in answer else None
        if self.datatype == "number":
            return None if _is_number(answer) else "要是数字"
        return None if _is_moment(answer) else "要是带时区的时间，例如 2026-11-28T08:30:00+08:00"

    def told(self, answers: Sequence[str]) -> str:
        """Question and answer as a line of a report."""
        return f"{self.name}：{'、'.join(self.values.get(answer, answer) for answer in answers)}"


@cache
def attributes_of(service_code: str) -> tuple[Attribute, ...]:
    """The questions of a service, in the order in which they are asked."""
    return tuple(attribute for attribute in _all() if attribute.belongs_to(service_code))


@cache
def _all() -> tuple[Attribute, ...]:
    return tuple(Attribute(**entry) for entry in yaml.safe_load(FILE.read_text("utf-8")))


def _is_number(answer: str) -> bool:
    try:
        return math.isfinite(float(answer))
    except ValueError:
        return False


def _is_moment(answer: str) -> bool:
    try:
        return datetime.fromisoformat(answer).tzinfo is not None
    except ValueError:
        return False
