"""How channels reach the assistant, and their limits (prefix `MINSHENG_`)."""

from functools import cache
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="MINSHENG_", env_file=ROOT / ".env", extra="ignore")

    rasa_url: str = "http://127.0.0.1:5005"
    longest_message: int = 2000
    """Characters of a resident's message; longer ones are refused with a sentence that says so."""


@cache
def settings() -> Settings:
    return Settings()
