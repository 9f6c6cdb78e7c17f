"""Files that are there whole or not at all, and that a power cut can't take any more."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def written_beside(file: Path, content: bytes) -> Path:
    """Write a content that only this user may read next to where it belongs, under a name of its own; the caller moves it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    return fresh


def sync(path: Path) -> None:
    """See that a file, or which files a folder holds, is written down. A name survives a power cut only if its folder was."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
