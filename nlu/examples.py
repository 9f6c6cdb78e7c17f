"""The training texts as they stand in `nlu/data/`, with what is said of them there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from nlu.settings import ROOT

FILES = sorted((ROOT / "nlu/data").rglob("*.yml"))


@dataclass(frozen=True)
class Example:
    """One training text; `metadata` may tell `category`, `kind`, `urgent` and `sentiment`."""

    text: str
    intent: str
    metadata: dict[str, Any] = field(default_factory=dict)


def examples() -> Iterator[Example]:
    """Every training text, in the order of the files."""
    for file in FILES:
        for block in yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)["nlu"]:
            for line in filter(str.strip, block["examples"].splitlines()):
                yield Example(line.removeprefix("- ").strip(), block["intent"], block.get("metadata") or {})


def training_texts() -> list[str]:
    """Every training text once."""
    return list(dict.fromkeys(example.text for example in examples()))
