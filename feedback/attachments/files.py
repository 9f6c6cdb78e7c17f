"""Where photos lie: two encrypted files each, the photo and its thumbnail, under the hash of the encrypted photo.

No two are the same, since the same photo is encrypted differently each time: a file belongs to one row, or to none. It is
written before its row, so a crash leaves at most a file without a row, which `sweep` finds. One folder belongs to one database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from feedback.attachments.photo import Photo
from feedback.settings import settings
from storage import decrypt_bytes, encrypt_bytes, sync, written_beside
from storage import settings as storage_settings

SMALL = "-small"


def folder() -> Path:
    """Of `MINSHENG_ATTACHMENTS_FOLDER`, else `attachments` in `var`."""
    return Path(settings().attachments_folder or storage_settings().var / "attachments")


def keep(photo: Photo) -> str:
    """Write a photo so that a power cut can't take it any more; returns the hash that names it."""
    large = encrypt_bytes(photo.large)
    name = hashlib.sha256(large).hexdigest()
    _write(_path(name + SMALL), encrypt_bytes(photo.small))
    _write(_path(name), large)
    return name


def read(name: str, small: bool = False) -> bytes:
    """The photo of a hash, or its thumbnail, as JPEG.

    Raises:
        FileNotFoundError: it is gone.
        DataKeyError: no key that is known opens it.
    """
    return decrypt_bytes(_path(name + SMALL if small else name).read_bytes())


def token_of(name: str) -> bytes:
    """The photo as it lies there."""
    return _path(name).read_bytes()


def batches(before: datetime) -> Iterator[tuple[str, dict[str, list[Path]]]]:
    """All that was written before a moment, so many at once as share the beginning of their hash: that beginning, and the files by
    hash. What a crash left half written stands there too, under no hash of a row."""
    for part in sorted(folder().glob("??")):
        found: dict[str, list[Path]] = {}
        for file in part.iterdir():
            with suppress(FileNotFoundError):  # another worker was quicker
                if file.stat().st_mtime < before.timestamp():
                    found.setdefault(file.name.removesuffix(SMALL), []).append(file)
        yield part.name, found


def _path(name: str) -> Path:
    return folder() / name[:2] / name


def _write(file: Path, content: bytes) -> None:
    """Either the whole file is there afterwards or nothing by its name."""
    written_beside(file, content).replace(file)
    for made in (file.parent, file.parent.parent):
        sync(made)
