"""The register of texts to which residents agree before they tell how they can be reached."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from feedback.errors import ConsentMissing

FILE = Path(__file__).with_name("consent.yml")
CURRENT = "2026-11"
"""Version of the words with which the chat asks now."""


@cache
def texts() -> dict[str, str]:
    """Version → words."""
    return yaml.safe_load(FILE.read_text("utf-8"))


def given(version: str) -> str:
    """The version, if it is one that can have been agreed to.

    Raises:
        ConsentMissing: no such text was ever shown.
    """
    if version not in texts():
        raise ConsentMissing
    return version
