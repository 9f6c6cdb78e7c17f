"""Where reports are dispatched to, when they are closed, when offices are open, how long what is known of residents is kept
(prefix `MINSHENG_`)."""

from functools import cache
from pathlib import Path

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from feedback.working_time import WorkingTime

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="MINSHENG_", env_file=ROOT / ".env", extra="ignore")

    var: Path = ROOT / "var"
    dispatch_url: str = ""
    """Base of an Open311 GeoReport v2 server; empty means the reference dispatch system on this machine."""
    dispatch_api_key: SecretStr = SecretStr("reference")
    dispatch_callback_secret: SecretStr = SecretStr("")
    """What that server signs its callbacks with; empty means that it sends none."""
    destinations: Path | None = None
    """File of several destinations (docs/dispatch.md), instead of the one of `dispatch_url`."""
    media_hosts: str = ""
    """Hosts that photos of departments may be fetched from, by commas, beside those of the destinations."""
    dispatch_poll_seconds: float = 2.0
    dispatch_parallel: int = 4
    """How many work orders one worker sends to one destination at the same time."""
    dispatch_most_attempts: int = 50
    """After so many attempts a work order is left to staff."""
    dispatch_most_hours: float = 72
    """After so many hours without success a work order is left to staff."""
    reference_port: int = 8031
    """Port of the reference dispatch system, on 127.0.0.1."""
    close_after_days: int = 7
    """Days after which a resolved report is closed, and until which it can be opened again."""
    keep_contact_days: int = 365
    """How long the contact is kept after a report was closed."""
    keep_conversation_days: int = 1095
    """How long the words of conversations are kept."""
    keep_reveals_days: int = 1095
    """How long it is kept that staff looked at a contact, and why."""
    opening_hours: str = "09:00-12:00,13:00-17:30"
    """Spans of a working day in city time, in which deadlines run."""

    @field_validator("opening_hours")
    @classmethod
    def _readable(cls, written: str) -> str:
        WorkingTime.parse(written)
        return written

    @field_validator("destinations", mode="before")
    @classmethod
    def _none_if_empty(cls, written: str | Path | None) -> str | Path | None:
        return written or None

    @property
    def uses_reference(self) -> bool:
        """Whether work orders go to the reference dispatch system, since no other is named."""
        return not (self.dispatch_url or self.destinations)

    @property
    def dispatch_base(self) -> str:
        return (self.dispatch_url or f"http://127.0.0.1:{self.reference_port}/open311/v2").rstrip("/")


@cache
def settings() -> Settings:
    return Settings()
