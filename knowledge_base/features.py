"""What search knows of a guide: its texts as vectors and its words. Made once for each content and kept in the database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from sqlalchemy import select
from tqdm import tqdm

from knowledge_base.lexical import counted, words
from knowledge_base.models import GuideFeatures, GuideRow
from knowledge_base.schema import Guide
from nlu import encoder
from nlu.sounds import sounds
from storage import reading, writing

VERSION = 1
"""Counts up when the same guide gives other features than before."""
SAVED_TOGETHER = 32
WORTH_PROCESSES = 64
"""New guides from which more processes are started; each loads the encoder anew."""
Encode = Callable[[Sequence[str]], np.ndarray]
Bag = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Features:
    """A guide as search sees it. `asked` holds a vector a row, of the title and the questions; `told` one for what it says."""

    key: str
    id: str
    title: str
    field: str
    names: tuple[str, ...]
    asked: np.ndarray
    told: np.ndarray
    words: Bag
    sounds: Bag


def features_of(guide: Guide, encode: Encode = encoder.encode_queries) -> Features:
    """Encode a guide's texts and count its words."""
    names = tuple(map(encoder.normalize, (guide.title, *guide.aliases)))
    *asked, told = texts_of(guide)
    vectors = encode([*asked, told])
    details = (*guide.conditions, *guide.steps, *(material.name for material in guide.materials))
    everything = " ".join(
        [*asked, *names[1:], told, *map(encoder.normalize, (*details, guide.where or "", guide.online or ""))]
    )
    return Features(
        key=guide_key(guide.model_dump(mode="json", exclude_defaults=True)),
        id=guide.id, title=guide.title, field=guide.field, names=names,
        asked=vectors[:-1], told=vectors[-1],
        words=counted(words(everything)), sounds=counted(sounds(everything)),
    )  # fmt: skip


def texts_of(guide: Guide) -> list[str]:
    """What of a guide is encoded: title and questions, and last what it says.

    Aliases count as words alone: encoding them too costs a quarter more and finds nothing more.
    """
    asked = dict.fromkeys(map(encoder.normalize, (guide.title, *guide.questions)))
    return [*asked, encoder.normalize(f"{guide.title}：{guide.summary or ''}")]


def kept_features() -> list[Features]:
    """The features of all guides in the database; only what is new or changed is encoded."""
    with reading() as session:
        rows = session.scalars(select(GuideRow).order_by(GuideRow.id)).all()
        kept = {row.key: row for row in session.scalars(select(GuideFeatures))}
    wanted = {guide_key(row.body): row for row in rows}
    made = {features.key: features for features in _make([row for key, row in wanted.items() if key not in kept])}
    return [made[key] if key in made else _from_row(kept[key], row) for key, row in wanted.items()]


def _make(rows: Sequence[GuideRow]) -> Iterator[Features]:
    guides = [Guide.model_validate(row.body) for row in rows]
    with encoder.mapping(len(guides) >= WORTH_PROCESSES) as mapped:
        made = mapped(features_of, guides)
        progress = iter(tqdm(made, "为指南计算向量", len(guides), unit="份", disable=not guides, mininterval=1))
        while batch := list(islice(progress, SAVED_TOGETHER)):
            with writing() as session:
                for features in batch:
                    session.merge(to_row(features))
            yield from batch


def guide_key(body: dict) -> str:
    """What features are kept under: the guide's content and the encoder."""
    text = json.dumps([VERSION, encoder.name(), body], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def to_row(features: Features) -> GuideFeatures:
    """Features as they are kept."""
    return GuideFeatures(
        key=features.key, asked=features.asked.tobytes(), told=features.told.tobytes(),
        words=_packed(features.words), sounds=_packed(features.sounds),
    )  # fmt: skip


def _from_row(kept: GuideFeatures, row: GuideRow) -> Features:
    told = np.frombuffer(kept.told, np.float32)
    return Features(
        key=kept.key, id=row.id, title=row.title, field=row.field,
        names=tuple(map(encoder.normalize, (row.title, *row.body.get("aliases", ())))),
        asked=np.frombuffer(kept.asked, np.float32).reshape(-1, len(told)), told=told,
        words=_unpacked(kept.words), sounds=_unpacked(kept.sounds),
    )  # fmt: skip


def _packed(bag: Bag) -> bytes:
    numbers, counts = bag
    return numbers.tobytes() + counts.tobytes()


def _unpacked(packed: bytes) -> Bag:
    half = len(packed) // 2
    return np.frombuffer(packed[:half], np.uint32), np.frombuffer(packed[half:], np.float32)
