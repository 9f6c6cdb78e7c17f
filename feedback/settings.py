"""Where reports are dispatched to, and when they are closed (prefix `MINSHENG_`)."""

from functools import cache
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="MINSHENG_", env_file=ROOT / ".env", extra="ignore")

    var: Path = ROOT / "var"
    dispatch_url: str = ""
    """Base of an Open311 GeoReport v2 server; empty means the reference dispatch system on this machine."""
    dispatch_api_key: SecretStr = SecretStr("reference")
    dispatch_poll_seconds: float = 2.0
    reference_port: int = 8031
    """Port of the reference dispatch system, on 127.0.0.1."""
    close_after_days: int = 7
    """Days after which a resolved report is closed, and until which it can be opened again."""

    @property
    def dispatch_base(self) -> str:
        return (self.dispatch_url or f"http://127.0.0.1:{self.reference_port}/open311/v2").rstrip("/")


@cache
def settings() -> Settings:
    return Settings()
