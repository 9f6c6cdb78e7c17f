"""Photos of a step: checked by what is in them, and written anew so that nothing but the picture goes out."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageOps

MOST = 4
"""Photos of one step."""
LARGEST = 8_000_000
"""Bytes of one photo as it comes in."""
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 1600
"""Pixels, as it is kept."""


class PhotoRefused(Exception):
    """`str()` says why, for the worker; `status` is that of HTTP."""

    status = 422


def cleaned(content: bytes) -> bytes:
    """A JPEG of the picture, upright, without place, time or device.

    Raises:
        PhotoRefused: too large, or no JPEG, PNG or WebP.
    """
    if len(content) > LARGEST:
        raise PhotoRefused(f"照片太大，每张最多 {LARGEST // 1_000_000} MB。")
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as image:
            if image.width * image.height > MOST_PIXELS:  # known before anything is decoded
                raise PhotoRefused("照片的像素太多，请缩小后再传。")
            picture = ImageOps.exif_transpose(image).convert("RGB")
    except PhotoRefused:
        raise
    except Exception as error:  # a decoder may raise anything over damaged content
        raise PhotoRefused("这不是能打开的照片，请用 JPEG、PNG 或 WebP。") from error
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    picture.info.clear()
    written = BytesIO()
    picture.save(written, "JPEG", quality=85)
    return written.getvalue()
