"""Runs Rasa on the loopback address with a trained model (its path, or that of the present inputs), our tracker store and action endpoint."""

from __future__ import annotations

import gc
import logging
import os
import sys
from pathlib import Path

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from rasa.core.run import serve_application
from rasa.core.utils import AvailableEndpoints
from rasa.shared.utils.io import read_yaml_file, write_yaml
from rasa.utils.endpoints import EndpointConfig
from rasa.utils.log_utils import configure_structlog

from bot.action_endpoint import ActionEndpoint
from bot.logs import configure_logging
from bot.settings import ROOT, settings
from bot.typed_choices import read_choices
from nlu.training import model_file

RARELY = (50_000, 20, 20)
"""Objects made before Python looks for cycles: the model has millions that stay, and a turn leaves few behind."""


def main() -> None:
    configure_logging("rasa")
    gc.set_threshold(*RARELY)
    read_choices()
    configure_structlog(logging.WARNING)  # below that, Rasa logs what residents write
    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "bot/endpoints.yml"))
    endpoints.action = ActionEndpoint(f"http://127.0.0.1:{settings().actions_port}/webhook")
    if settings().redis_url:
        endpoints.lock_store = EndpointConfig(type="bot.lock_store.ProjectLockStore", url=settings().redis_url)
    model = sys.argv[1] if len(sys.argv) > 1 else str(model_file())
    if not Path(model).exists():
        sys.exit("还没有训练好的模型：先运行 python -m nlu train")
    serve_application(
        model_path=model,
        interface="127.0.0.1",
        port=settings().rasa_port,
        credentials=_credentials(),
        enable_api=False,
        endpoints=endpoints,
    )


def _credentials() -> str:
    """The file with Rasa's input channels; without the stock REST channel where that is switched off."""
    file = ROOT / "bot/credentials.yml"
    if settings().rasa_rest_channel:
        return str(file)
    channels = {name: value for name, value in read_yaml_file(file).items() if name != "rest"}
    chosen = settings().var / "credentials.yml"
    write_yaml(channels, chosen)
    return str(chosen)


if __name__ == "__main__":
    main()
