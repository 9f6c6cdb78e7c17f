"""Runs the reference dispatch system on the loopback address."""

import uvicorn
from starlette.middleware.trustedhost import TrustedHostMiddleware

from bot.logs import configure_logging
from bot.settings import settings as bot_settings
from feedback.dispatch.reference import Callback, create_app
from feedback.settings import settings


def main() -> None:
    configure_logging("reference_dispatch")
    port = settings().reference_port
    app = create_app(
        settings().var / "reference_dispatch.db", settings().dispatch_api_key.get_secret_value(), _callback(port)
    )
    # Otherwise a page from elsewhere could reach it under a name of its own that leads to this machine.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
    uvicorn.run(app, host="127.0.0.1", port=port, ws="none", log_config=None, access_log=False)


def _callback(port: int) -> Callback | None:
    url, secret = bot_settings().reference_callback_url, bot_settings().reference_callback_secret.get_secret_value()
    return Callback(url, secret, base=f"http://127.0.0.1:{port}") if url and secret else None


if __name__ == "__main__":
    main()
