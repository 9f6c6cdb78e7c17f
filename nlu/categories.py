"""The report categories: codes that stay, and what a city says of each (`categories.yml`)."""

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

FILE = Path(__file__).with_name("categories.yml")
OTHER = "other"


class Category(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    name: str
    english: str = ""
    department: str
    public: bool
    boundary: str
    keywords: tuple[str, ...] = ()


@cache
def categories() -> dict[str, Category]:
    """All categories by code, in the order of the file."""
    read = [Category(**entry) for entry in yaml.safe_load(FILE.read_text("utf-8"))]
    return {category.code: category for category in read}


def category(code: str) -> Category:
    """The category of a code; an unknown one raises `KeyError` by name."""
    return categories()[code]


def names() -> dict[str, str]:
    """Code to Chinese name, for lists that people choose from."""
    return {code: category.name for code, category in categories().items()}
