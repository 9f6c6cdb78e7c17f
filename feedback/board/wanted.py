"""What a reader wants to see of the published reports, as the query of an address says it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

from feedback.plain_text import storable

PAGE = 20
LONGEST = 40
"""Characters of each part; longer ones are nothing that could be found."""
_ID = re.compile("[0-9a-f]{16}")


@dataclass(frozen=True)
class Wanted:
    """Empty parts don't matter; ones that make no sense find nothing."""

    district: str = ""
    category: str = ""
    state: str = ""
    kind: str = ""
    words: str = ""
    order: str = ""
    before: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Wanted:
        return cls(**{part.name: storable(query.get(part.name, "")).strip()[:LONGEST] for part in fields(cls)})

    @property
    def is_an_id(self) -> bool:
        """Whether the words are nothing but the public id of a report."""
        return bool(_ID.fullmatch(self.words))

    @property
    def query(self) -> dict[str, str]:
        """What was said, without the place in the list."""
        return {name: value for name, value in vars(self).items() if value and name != "before"}

    @property
    def conditions(self) -> dict[str, str]:
        """For `published`."""
        return {name: value for name, value in vars(self).items() if value}
