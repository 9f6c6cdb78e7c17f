"""Where work orders go: several systems at once, of three kinds, told apart by data alone (`config.py`)."""

from __future__ import annotations

from functools import cache, partial

from feedback.dispatch.addresses import guarded_client
from feedback.dispatch.destinations.config import Config, FilesConfig, WebhookConfig, choose, configured, secret
from feedback.dispatch.destinations.destination import Destination, Sent, Update
from feedback.dispatch.destinations.files import Files
from feedback.dispatch.destinations.numbers import keep_token, open_numbers
from feedback.dispatch.destinations.open311 import Open311
from feedback.dispatch.destinations.webhook import Webhook
from feedback.settings import settings

__all__ = ["Destination", "Sent", "Update", "choose", "connect", "destinations"]


@cache
def destinations() -> dict[str, Destination]:
    """The destinations of the settings by name, ready to be used, by several threads too.

    Raises:
        WrongFile: the file of destinations can't be used.
    """
    return {config.name: connect(config) for config in configured()}


def connect(config: Config) -> Destination:
    """The destination that a configuration describes."""
    if isinstance(config, FilesConfig):
        return Files(config)
    http = guarded_client(config.hosts(), settings().dispatch_parallel + 2)  # those that ask for updates too
    if isinstance(config, WebhookConfig):
        return Webhook(config, http, secret(config.secret))
    return Open311(
        config, http, secret(config.api_key), partial(open_numbers, config.name), partial(keep_token, config.name)
    )
