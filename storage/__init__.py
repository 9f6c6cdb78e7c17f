"""The database: engine, sessions, declarative base and migrations. Imports nothing of ours."""

from storage.base import Base, UTCDateTime, utcnow
from storage.encrypted import (
    DataKeyError,
    Encrypted,
    EncryptedJSON,
    decrypt,
    decrypt_bytes,
    encrypt,
    encrypt_bytes,
    secret_file,
)
from storage.engine import engine, make_engine, migrate, reading, reset, writing
from storage.files import sync, written_beside
from storage.settings import Settings, settings

__all__ = [
    "Base",
    "DataKeyError",
    "Encrypted",
    "EncryptedJSON",
    "Settings",
    "UTCDateTime",
    "decrypt",
    "decrypt_bytes",
    "encrypt",
    "encrypt_bytes",
    "engine",
    "make_engine",
    "migrate",
    "reading",
    "reset",
    "secret_file",
    "settings",
    "sync",
    "utcnow",
    "written_beside",
    "writing",
]
