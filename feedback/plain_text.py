"""Text that can be kept and written down, whatever somebody sent."""

from __future__ import annotations

import re

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def storable(text: str) -> str:
    """Without zero characters and halves of surrogate pairs, which PostgreSQL can't keep."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def for_xml(text: str) -> str:
    """Without characters that XML 1.0 has no way to say, not even escaped (its production `Char`)."""
    return _NOT_IN_XML.sub("", text)
