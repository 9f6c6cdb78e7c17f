"""Logging for an operator: one line an event, a constant name and separate fields, no resident's words."""

from __future__ import annotations

import logging
import sys

_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}


class _Fields(logging.Formatter):
    """Adds what `extra` carries as `name=value`."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        fields = " ".join(f"{k}={v}" for k, v in vars(record).items() if k not in _STANDARD)
        return f"{line} {fields}" if fields else line


def configure_logging(process: str) -> None:
    """Log to standard error; libraries only from warnings on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Fields("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S%z"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for ours in ("bot", "channels", "feedback", "knowledge_base", "actions", "nlu"):
        logging.getLogger(ours).setLevel(logging.INFO)
    logging.getLogger(f"bot.{process}").info("process.started")
