"""Columns whose content is encrypted at rest, and the keys to it.

Fernet of the library `cryptography`: the first key encrypts, all of them decrypt. How keys change: `rotation.py`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Text, TypeDecorator

from storage.files import written_beside
from storage.settings import settings


class DataKeyError(RuntimeError):
    """A key is malformed, or none of those that are known opens what is stored. Names the place where keys are told."""


def encrypt(text: str) -> str:
    """The text as a token of the first key."""
    return encrypt_bytes(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text of a token.

    Raises:
        DataKeyError: no key that is known opens it.
    """
    return decrypt_bytes(token.encode()).decode()


def encrypt_bytes(content: bytes) -> bytes:
    """The same for the content of a file."""
    return cipher().encrypt(content)


def decrypt_bytes(token: bytes) -> bytes:
    """The same for the content of a file.

    Raises:
        DataKeyError: no key that is known opens it.
    """
    try:
        return cipher().decrypt(token)
    except InvalidToken:
        cipher.cache_clear()  # a key may have been added since the keys were read
    try:
        return cipher().decrypt(token)
    except InvalidToken:
        raise DataKeyError(
            f"none of the {len(keys())} keys of {_source()} opens what is stored: the key that encrypted it is missing"
        ) from None


class Encrypted(TypeDecorator):
    """A text that is stored encrypted: it can be read and written, but not be searched or compared."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return value if value is None else encrypt(value)

    def process_result_value(self, value, dialect):
        return value if value is None else decrypt(value)


class EncryptedJSON(Encrypted):
    """Plain data that is stored encrypted."""

    cache_ok = True

    def process_bind_param(self, value, dialect):
        return super().process_bind_param(json.dumps(value, ensure_ascii=False), dialect)

    def process_result_value(self, value, dialect):
        return json.loads(super().process_result_value(value, dialect))


def keys() -> list[str]:
    """The keys, the one that encrypts first: of `MINSHENG_DATA_KEYS`, else of a file in `var` that is made on first use."""
    told = settings().data_keys.get_secret_value()
    return [key.strip() for key in told.split(",") if key.strip()] or secret_file("data_keys", new_key).split()


def new_key() -> str:
    """A key that was never used before."""
    return Fernet.generate_key().decode()


def add_key() -> Path | None:
    """Put a new key in front of those in the file; returns the file, or None where the keys stand in the environment."""
    if settings().data_keys.get_secret_value():
        return None
    file = settings().var / "data_keys"
    fresh = written_beside(file, "\n".join([new_key(), *keys()]).encode())
    fresh.replace(file)
    cipher.cache_clear()
    return file


def secret_file(name: str, make: Callable[[], str]) -> str:
    """The content of a file in `var` that only this user may read; of several processes that make it at once one wins."""
    file = settings().var / name
    if not file.exists():
        fresh = written_beside(file, make().encode())
        try:
            os.link(fresh, file)  # unlike a rename, this never replaces what another process has made
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return file.read_text()


@cache
def cipher() -> MultiFernet:
    """What encrypts and decrypts with the keys, made on first use.

    Raises:
        DataKeyError: one of the keys is malformed.
    """
    try:
        return MultiFernet([Fernet(key) for key in keys()])
    except ValueError as malformed:
        raise DataKeyError(f"{_source()}: not a key ({malformed}); `python -m feedback keys new` makes one") from None


def _source() -> str:
    told = settings().data_keys.get_secret_value()
    return "MINSHENG_DATA_KEYS" if told else f"{settings().var / 'data_keys'} (MINSHENG_DATA_KEYS is empty)"
