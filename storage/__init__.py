"""The database: engine, sessions, declarative base and migrations. Imports nothing of ours."""

from storage.base import Base, UTCDateTime, utcnow
from storage.engine import engine, make_engine, migrate, reading, reset, writing
from storage.settings import Settings, settings

__all__ = [
    "Base",
    "Settings",
    "UTCDateTime",
    "engine",
    "make_engine",
    "migrate",
    "reading",
    "reset",
    "settings",
    "utcnow",
    "writing",
]
