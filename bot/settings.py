"""Ports and addresses of the processes (prefix `MINSHENG_`)."""

from functools import cache
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="MINSHENG_", env_file=ROOT / ".env", extra="ignore")

    var: Path = ROOT / "var"
    web_host: str = "127.0.0.1"
    web_port: int = 8000
    rasa_port: int = 5005
    actions_port: int = 5055
    rasa_rest_channel: bool = True
    """Rasa's stock REST channel, for tests and scripts. It believes any sender; off in production."""
    redis_url: str = ""
    """Redis or Valkey as Rasa's lock store; needed only with several Rasa processes."""
    reference_callback_url: str = ""
    """Where the reference dispatch system tells each step, beside being polled; empty with the secret: nowhere."""
    reference_callback_secret: SecretStr = SecretStr("")
    """What it signs its callbacks with."""


@cache
def settings() -> Settings:
    return Settings()
