"""Runs the reference dispatch system on the loopback address."""

import uvicorn

from bot.logs import configure_logging
from feedback.dispatch.reference import create_app
from feedback.settings import settings


def main() -> None:
    configure_logging("reference_dispatch")
    app = create_app(settings().var / "reference_dispatch.db", settings().dispatch_api_key.get_secret_value())
    uvicorn.run(app, host="127.0.0.1", port=settings().reference_port, ws="none", log_config=None, access_log=False)


if __name__ == "__main__":
    main()
