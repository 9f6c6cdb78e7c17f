"""Training the assistant, and only when something it is made of has changed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from nlu.examples import training_texts
from nlu.places import without_places
from nlu.settings import ROOT, settings
from nlu.training_vectors import kept_vectors

CODE = ("nlu/**/*.py", "nlu/dictionary/*.txt", "requirements.txt")
INPUTS = (*CODE, "config.yml", "bot/domain/*.yml", "bot/rules/*.yml", "nlu/**/*.yml")
KEPT_MODELS = 3
_PROGRESS = re.compile(r"Starting to train component '\w+'")


class TrainingFailed(Exception):
    """Rasa did not train a model; its own words went to standard error."""


def fingerprint(patterns: Sequence[str] = INPUTS) -> str:
    """A hash of everything that the model is made of."""
    digest = hashlib.sha256()
    for pattern in patterns:
        for file in sorted(ROOT.glob(pattern)):
            digest.update(file.relative_to(ROOT).as_posix().encode())
            digest.update(file.read_bytes())
    digest.update(settings().encoder.encode())
    return digest.hexdigest()[:16]


def model_file() -> Path:
    """Where the model of the present inputs lies, whether or not it has been trained."""
    return settings().var / "models" / f"{fingerprint()}.tar.gz"


def ensure_model() -> Path:
    """The model of the present inputs, trained if it isn't there.

    Raises:
        TrainingFailed
    """
    model = model_file()
    if not model.exists():
        # Here they take all cores; inside Rasa they would take one.
        kept_vectors(list(map(without_places, training_texts())))
        _train(model)
        _forget_old_models(model)
    return model


def _train(model: Path) -> None:
    model.parent.mkdir(parents=True, exist_ok=True)
    part = model.with_name(f"part-{model.name}")
    command = [
        *(sys.executable, "-m", "rasa", "train", "--config", "config.yml", "--domain", "bot/domain"),
        *("--data", "nlu/data", "bot/rules", "--out", str(model.parent)),
        "--skip-validation",  # a test of its own; here it would read everything twice
        *("--fixed-model-name", part.name.removesuffix(".tar.gz")),
    ]
    environment = os.environ | {
        "RASA_TELEMETRY_ENABLED": "false",
        "RASA_CACHE_DIRECTORY": str(_cache()),
        "OMP_NUM_THREADS": "1",  # guides may be encoded at the same time
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONPATH": str(ROOT),
    }
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as training:
        output = list(map(_shown, training.stdout))
    _refuse_misaligned(output)
    if training.returncode or not part.exists():
        raise TrainingFailed("".join(output[-40:]) + "训练没有成功，原因在上面")
    part.rename(model)  # a training that was cut off leaves no half model behind


def _cache() -> Path:
    """Where Rasa keeps trained components. It knows their data, but not the code that they call: other code, another cache."""
    cache = settings().var / "rasa_cache" / fingerprint(CODE)
    for old in cache.parent.glob("*"):
        if old != cache:
            shutil.rmtree(old, ignore_errors=True)
    return cache


def _shown(line: str) -> str:
    """Passes a line of Rasa's output on; what tells how far it is goes to the terminal too."""
    if progress := _PROGRESS.search(line):
        print(f"  {progress[0]}", file=sys.stderr, flush=True)
    return line


def _refuse_misaligned(output: list[str]) -> None:
    """Rasa only warns of an entity that jieba's words cut through, and then learns nothing from it."""
    misaligned = [line for line in output if "Misaligned entity" in line]
    if misaligned:
        raise TrainingFailed("".join(misaligned) + "训练数据里有实体和分词对不上，请改正")


def _forget_old_models(newest: Path) -> None:
    models = sorted(newest.parent.glob("*.tar.gz"), key=lambda file: file.stat().st_mtime, reverse=True)
    for old in models[KEPT_MODELS:]:
        old.unlink()
