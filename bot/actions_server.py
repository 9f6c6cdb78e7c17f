"""Runs the action server on the loopback address."""

from __future__ import annotations

import os

os.environ["SANIC_HOST"] = "127.0.0.1"  # rasa_sdk listens on every address unless told otherwise

from rasa_sdk.endpoint import create_app

from bot.logs import configure_logging
from bot.settings import settings


def main() -> None:
    configure_logging("actions")
    app = create_app("actions", cors_origins=[])
    app.run("127.0.0.1", settings().actions_port, access_log=False)


if __name__ == "__main__":
    main()
