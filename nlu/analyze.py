"""What the trained assistant understands of a text, without starting a server."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from nlu.categories import categories

FALLBACK = "nlu_fallback"
"""Not an intent of anybody: Rasa puts it first when it is unsure."""
NOTHING: dict[str, Any] = {
    "kind": None,
    "urgent": False,
    "category": {"code": None, "confidence": None},
    "ranking": [{"code": code, "confidence": 0.0} for code in categories()],
    "department": None,
    "sentiment": None,
}
NOWHERE = {"district": None, "subdistrict": None, "address": None}


def analyze(texts: Iterable[str], model: Path) -> Iterator[dict[str, Any]]:
    """The analysis of each text, in order, by the parts of a trained Rasa model."""
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    from rasa.core.agent import Agent
    from rasa.core.channels import UserMessage
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)
    processor = Agent.load(model).processor
    with asyncio.Runner() as runner:
        for text in texts:
            # Rasa's pipeline has no answer to a text without a word in it.
            parsing = processor.parse_message(UserMessage(text), only_output_properties=False) if text.strip() else None
            yield _contract(text, runner.run(parsing) if parsing else {})


def _contract(text: str, parsed: dict[str, Any]) -> dict[str, Any]:
    """The shape that other tools rely on; unknown leaves are None."""
    intent = next((i for i in parsed.get("intent_ranking") or [] if i["name"] != FALLBACK), {})
    matter = parsed.get("matter") or NOTHING
    return {
        "text": text,
        "intent": {"name": intent.get("name"), "confidence": intent.get("confidence")},
        "kind": matter["kind"],
        "urgent": matter["urgent"],
        "category": matter["category"],
        "ranking": parsed.get("ranking") or NOTHING["ranking"],
        "location": {part: (parsed.get("location") or NOWHERE)[part] for part in NOWHERE},
        "department": matter["department"],
        "sentiment": matter["sentiment"],
        **{name: _first(parsed, name) for name in ("time", "phone", "wechat", "email", "report_number")},
    }


def _first(parsed: dict[str, Any], kind: str) -> str | None:
    """The first value of an entity."""
    return next((entity["value"] for entity in parsed.get("entities") or [] if entity["entity"] == kind), None)
