"""Runs the reference dispatch system on the loopback address."""

import uvicorn
from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware

from bot.logs import configure_logging
from bot.settings import settings as bot_settings
from feedback.dispatch.reference import Callback, create_app
from feedback.settings import settings


def program() -> FastAPI:
    """The program over its file in `var`. It answers to no name but its own: otherwise a page from elsewhere could reach it
    under a name that leads to this machine."""
    app = create_app(
        settings().var / "reference_dispatch.db", settings().dispatch_api_key.get_secret_value(), callback()
    )
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
    return app


def callback() -> Callback | None:
    """Where it calls back, if an address and a secret are set."""
    url, secret = bot_settings().reference_callback_url, bot_settings().reference_callback_secret.get_secret_value()
    return Callback(url, secret, base=f"http://127.0.0.1:{settings().reference_port}") if url and secret else None


def main() -> None:
    configure_logging("reference_dispatch")
    uvicorn.run(
        program(),
        host="127.0.0.1",
        port=settings().reference_port,
        ws="none",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=3,  # nobody waits for what it was told to be slow with
    )


if __name__ == "__main__":
    main()
