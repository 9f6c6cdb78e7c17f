"""What is taken for a photo, and what of it is kept: its pixels alone, drawn anew."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO

from PIL import ExifTags, Image, ImageCms, ImageOps

from feedback.errors import NotAPhoto, PhotoTooLarge

FORMATS = ("JPEG", "PNG", "WEBP")
"""By content, whatever a name or a header says. Not HEIC: its decoder (pi-heif 1.4) was tried, and damaged files crashed the
whole process. Browsers that can draw it send a JPEG instead."""
MEDIA_TYPE = "image/jpeg"
"""Of all that is kept."""
MOST_BYTES = 20_000_000
MOST_PIXELS = 52_000_000
"""A little more than the 50 megapixels of telephones; known from the head of a file, before anything is decoded."""
LONGEST_SIDE = 2048
SMALL_SIDE = 320
QUALITY = 85
_HEIC = re.compile(rb".{4}ftyp(?:hei|hev|mif|msf)", re.DOTALL)
_HEIC_WORDS = "还不能收 HEIC 格式的照片，请截图或者转成 JPEG 再发。"
_PLAIN_MODES = ("RGB", "RGBA", "L", "CMYK")
_SRGB = ImageCms.createProfile("sRGB")


@dataclass(frozen=True)
class Photo:
    """A photo as it is kept, and its thumbnail: JPEG without any metadata."""

    large: bytes
    small: bytes


def clean(content: bytes, longest_side: int = LONGEST_SIDE) -> Photo:
    """Draw a photo anew: upright, in sRGB, no larger than needed, the first frame of several, and nothing but pixels. What else
    a file carries (where and with what it was taken, other files behind its end) stays behind.

    Raises:
        PhotoTooLarge: it has more bytes or pixels than we take.
        NotAPhoto: it is of no format that we take, or damaged.
    """
    image = _opened(content)
    try:
        large = _bare(_in_srgb(ImageOps.exif_transpose(_shrunk(image, longest_side))))
    except Exception as damaged:  # a decoder may raise anything on damaged content; that is the content's fault
        raise NotAPhoto("照片不完整或者已损坏，请重新发一次。") from damaged
    small = large.copy()
    small.thumbnail((SMALL_SIDE, SMALL_SIDE))
    return Photo(_as_jpeg(large), _as_jpeg(small))


def location_of(content: bytes) -> tuple[float, float] | None:
    """Where a photo says that it was taken: latitude and longitude in degrees (WGS 84), for its owner to confirm; None if it
    says nothing that can be. To be asked before `clean`, which forgets it.

    Raises:
        PhotoTooLarge, NotAPhoto: as `clean`.
    """
    image = _opened(content)
    try:
        gps = image.getexif().get_ifd(ExifTags.IFD.GPSInfo)
        latitude = _degrees(gps[ExifTags.GPS.GPSLatitude], gps[ExifTags.GPS.GPSLatitudeRef] == "S")
        longitude = _degrees(gps[ExifTags.GPS.GPSLongitude], gps[ExifTags.GPS.GPSLongitudeRef] == "W")
    except Exception:  # no tags, or tags that make no sense
        return None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def _opened(content: bytes) -> Image.Image:
    """The head of a photo; its pixels are not decoded yet."""
    if len(content) > MOST_BYTES:
        raise PhotoTooLarge(f"照片太大了，一张最多 {MOST_BYTES // 1_000_000} MB。")
    try:
        image = Image.open(BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError as bomb:
        raise _too_many_pixels() from bomb
    except Exception as strange:
        raise NotAPhoto(
            _HEIC_WORDS if _HEIC.match(content) else "这不是能收的照片，请发 JPEG、PNG 或 WebP 格式的。"
        ) from strange
    if image.width * image.height > MOST_PIXELS:
        raise _too_many_pixels()
    return image


def _too_many_pixels() -> PhotoTooLarge:
    return PhotoTooLarge("照片的尺寸太大了，请缩小或者截图后再发。")


def _shrunk(image: Image.Image, longest_side: int) -> Image.Image:
    """So large as it is kept. A JPEG is decoded at about that size, which saves most of the memory."""
    if image.mode not in _PLAIN_MODES:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail((longest_side, longest_side))
    return image


def _in_srgb(image: Image.Image) -> Image.Image:
    """On white where it was transparent, and in the one colour space that needs no profile."""
    profile = image.info.get("icc_profile")
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    if profile:
        with suppress(ImageCms.PyCMSError):  # of a profile that can't be read, the plain values are as good as any
            return ImageCms.profileToProfile(image, BytesIO(profile), _SRGB, outputMode="RGB")
    return image.convert("RGB")


def _bare(image: Image.Image) -> Image.Image:
    """The pixels without what the file said beside them: Pillow writes some of that, such as a comment, into a new file too."""
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    return bare


def _as_jpeg(image: Image.Image) -> bytes:
    written = BytesIO()
    image.save(written, "JPEG", quality=QUALITY, optimize=True)
    return written.getvalue()


def _degrees(parts: tuple, negative: bool) -> float:
    degrees, minutes, seconds = map(float, parts)
    value = round(degrees + minutes / 60 + seconds / 3600, 6)
    return -value if negative else value
