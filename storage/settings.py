"""Where the program keeps what it writes. Read once from the environment (prefix `MINSHENG_`)."""

from functools import cache
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL, make_url

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="MINSHENG_", env_file=ROOT / ".env", extra="ignore")

    var: Path = ROOT / "var"
    """Folder of everything the program writes."""
    database_url: str = ""
    """SQLAlchemy URL; empty means SQLite in `var`."""
    data_keys: SecretStr = SecretStr("")
    """Keys of what is encrypted at rest, by commas; the first encrypts, all decrypt. Empty means the file `data_keys` in `var`."""

    @property
    def url(self) -> URL:
        if not self.database_url:
            return URL.create("sqlite", database=str(self.var / "minsheng.db"))
        url = make_url(self.database_url)
        if url.drivername in ("postgresql", "postgres"):
            return url.set(drivername="postgresql+psycopg")
        return url


@cache
def settings() -> Settings:
    return Settings()
