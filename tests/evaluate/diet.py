"""The yardstick of understanding: Rasa's default pipeline (DIET with sparse features), taught the same texts.

It learns for up to an hour: `make yardstick` does that, and what it answers to the held-out texts is kept in
`var/yardstick` until the training data or the texts change. `make evaluate` shows it where it is kept.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from nlu.examples import FILES, examples
from nlu.settings import settings

HERE = Path(__file__).parent
CONFIG = HERE.parent / "bench" / "starter.yml"
LEFT_OUT = ("ResponseSelector", "EntitySynonymMapper", "FallbackClassifier")
"""Of the default pipeline, what has nothing to do with the questions that are asked here."""
EPOCHS = 6
"""Instead of the default's 100, which take six hours on two cores; after 2 it knows nine in ten of its training texts."""


def kept(question: str, texts: Sequence[str]) -> list[list[str]] | None:
    """For each text the labels that DIET gave, likeliest first; None if it has not learned from the present data.

    `question` is `intent` or `category`.
    """
    answers = _file(question, texts)
    return json.loads(answers.read_text("utf-8")) if answers.exists() else None


def main() -> None:
    """Let DIET learn both questions and keep its answers."""
    for name, question in (("reports", "category"), ("intents", "intent")):
        lines = (HERE / f"{name}.jsonl").read_text("utf-8").splitlines()
        texts = [json.loads(line)["text"] for line in lines]
        if not kept(question, texts):
            answers = json.dumps(_ask(question, texts), ensure_ascii=False)
            _file(question, texts).parent.mkdir(parents=True, exist_ok=True)
            _file(question, texts).write_text(answers, "utf-8")


def _file(question: str, texts: Sequence[str]) -> Path:
    return settings().var / "yardstick" / f"{_fingerprint(question, texts)}.json"


def _fingerprint(question: str, texts: Sequence[str]) -> str:
    digest = hashlib.sha256("\n".join([question, *texts]).encode())
    for file in (CONFIG, *FILES):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _ask(question: str, texts: Sequence[str]) -> list[list[str]]:
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    from rasa.core.agent import Agent
    from rasa.core.channels import UserMessage
    from rasa.model_training import train_nlu
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="minsheng-diet-") as name:
        folder = Path(name)
        _write(folder / "config.yml", _config())
        _write(folder / "nlu.yml", {"version": "3.1", "nlu": list(_examples(question))})
        model = train_nlu(str(folder / "config.yml"), str(folder / "nlu.yml"), name)
        processor = Agent.load(model).processor
        with asyncio.Runner() as runner:
            parsed = [runner.run(processor.parse_message(UserMessage(text))) for text in texts]
    return [[intent["name"] for intent in answer["intent_ranking"]] for answer in parsed]


def _config() -> dict:
    config = yaml.safe_load(CONFIG.read_text("utf-8"))
    kept = [component for component in config["pipeline"] if component["name"] not in LEFT_OUT]
    pipeline = [component | ({"epochs": EPOCHS} if "epochs" in component else {}) for component in kept]
    return {**config, "pipeline": pipeline, "policies": []}


def _examples(question: str) -> Iterator[dict]:
    """Our training texts with the label that is asked for as their intent."""
    texts: dict[str, list[str]] = defaultdict(list)
    for example in examples():
        if label := example.intent if question == "intent" else example.metadata.get(question):
            texts[label].append(example.text)
    for label, told in texts.items():
        yield {"intent": label, "examples": "".join(f"- {text}\n" for text in told)}


def _write(file: Path, content: dict) -> None:
    file.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")


if __name__ == "__main__":
    main()
