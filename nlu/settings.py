"""What understanding can be told from outside (prefix `MINSHENG_`)."""

from functools import cache
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="MINSHENG_", env_file=ROOT / ".env", extra="ignore")

    encoder: str = ""
    """Name or folder of a sentence-transformers model; empty means the bundled multilingual-e5-small."""
    var: Path = ROOT / "var"


@cache
def settings() -> Settings:
    return Settings()
