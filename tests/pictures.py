"""Photos as tests make them."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

from PIL import ExifTags, Image, ImageDraw
from PIL.TiffImagePlugin import IFDRational

SECRET = b"13800138000"
"""What somebody left in the metadata."""
SHANGHAI = (31.191667, 121.4375)


def picture(size: tuple[int, int] = (640, 480), mode: str = "RGB") -> Image.Image:
    """A dark hole in a grey road, and a red mark in its upper left corner."""
    road = Image.new("RGB", size, (150, 150, 145))
    draw = ImageDraw.Draw(road)
    width, height = size
    draw.ellipse((width // 3, height // 3, width * 2 // 3, height * 2 // 3), fill=(35, 30, 30))
    draw.rectangle((0, 0, width // 8, height // 8), fill=(220, 20, 20))
    return road.convert(mode)


def written(image: Image.Image, form: str = "JPEG", **options) -> bytes:
    file = BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


def jpeg(size: tuple[int, int] = (640, 480)) -> bytes:
    return written(picture(size))


def tags(orientation: int = 1) -> Image.Exif:
    """What a telephone writes into a photo: where, with what, how it was held."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "Phone " + SECRET.decode()
    thirds = [IFDRational(part) for part in (31, 11, 30, 121, 26, 15)]
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: tuple(thirds[:3]), 3: "E", 4: tuple(thirds[3:])})
    return exif


def bomb(side: int = 50_000) -> bytes:
    """A PNG of a few hundred bytes that says it is huge."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(100_000), 9))
        + chunk(b"IEND", b"")
    )
