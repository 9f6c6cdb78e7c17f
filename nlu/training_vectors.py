"""Vectors of the training texts, kept in `var/`: a retraining encodes only the texts that are new."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from nlu import encoder
from nlu.settings import settings

BATCH = 32
WORTH_PROCESSES = 500


def kept_vectors(texts: Sequence[str]) -> np.ndarray:
    """`(len(texts), dimensions)`, encoded on all cores where many are new."""
    fingerprint = hashlib.sha256(encoder.name().encode()).hexdigest()[:12]
    file = settings().var / "training_vectors" / f"{fingerprint}.npz"
    kept = _read(file) if file.exists() else {}
    keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    new = {key: text for key, text in zip(keys, texts, strict=True) if key not in kept}
    if new:
        kept = {key: kept[key] for key in keys if key in kept} | dict(
            zip(new, _encoded(list(new.values())), strict=True)
        )
        file.parent.mkdir(parents=True, exist_ok=True)
        # Two arrays: one for each text would take longer to read than the texts to learn.
        np.savez(file, keys=np.array(list(kept)), vectors=np.stack(list(kept.values())))
    return np.stack([kept[key] for key in keys])


def _read(file: Path) -> dict[str, np.ndarray]:
    with np.load(file) as content:
        return dict(zip(content["keys"].tolist(), content["vectors"], strict=True))


def _encoded(texts: list[str]) -> Iterator[np.ndarray]:
    batches = [texts[begin : begin + BATCH] for begin in range(0, len(texts), BATCH)]
    with encoder.mapping(len(texts) >= WORTH_PROCESSES) as mapped:
        for vectors in tqdm(mapped(encoder.encode_queries, batches), "为训练句子计算向量", len(batches), mininterval=1):
            yield from vectors
