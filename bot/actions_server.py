"""Runs the action server on the loopback address."""

from __future__ import annotations

import os

os.environ["SANIC_HOST"] = "127.0.0.1"  # rasa_sdk listens on every address unless told otherwise

from rasa_sdk.endpoint import create_app

from bot.logs import configure_logging
from bot.settings import settings

LONGER_THAN_RASA_KEEPS = 75
"""Seconds that a connection stays open: Rasa's client uses one again for 15 s, and fails on one that was just closed."""


def main() -> None:
    configure_logging("actions")
    app = create_app("actions", cors_origins=[])
    app.config.KEEP_ALIVE_TIMEOUT = LONGER_THAN_RASA_KEEPS
    app.run("127.0.0.1", settings().actions_port, access_log=False)


if __name__ == "__main__":
    main()
