"""Photos of a step: so many, so large, and nothing but the picture (`feedback/attachments/photo.py`)."""

from __future__ import annotations

from feedback.attachments.photo import clean
from feedback.errors import PhotoTooLarge

MOST = 4
"""Photos of one step."""
LARGEST = 8_000_000
"""Bytes of one photo as it comes in."""
LONGEST_SIDE = 1600
"""Pixels, as it is kept."""


def cleaned(content: bytes) -> bytes:
    """A JPEG of the picture, upright, without place, time or device.

    Raises:
        PhotoRefused: too large, or no photo that can be read.
    """
    if len(content) > LARGEST:
        raise PhotoTooLarge(f"照片太大，每张最多 {LARGEST // 1_000_000} MB。")
    return clean(content, LONGEST_SIDE).large
