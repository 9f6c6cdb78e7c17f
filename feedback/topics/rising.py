"""Which signals stand out over their normal level, and which of them are one surge."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

import numpy as np
from scipy.special import betainc

from feedback.topics.normal import FEWEST_HOURS, Normal, hours_between, needed
from feedback.topics.signals import Voice
from nlu.categories import category

WINDOWS = (2, 6, 24)
"""Hours over which voices are counted."""
FEWEST = 5
"""Voices that a surge has at least."""
SPREAD = 8.0
"""Size parameter of the negative binomial: numbers of voices scatter more than by chance alone (weather, a market day), with
variance m + m²/SPREAD."""
STANDS_OUT = 1.0
"""Score from which a signal rises. The correction for how many are looked at is strict, since most of them overlap: in the
simulation (`tests/evaluate/topics.py`) false topics are still rare here."""
SHARED = 0.5
"""Part of the smaller one's voices that two rising signals of one surge share."""
MOSTLY = 0.6
"""Part of a surge's voices that come from a place which gives it its name."""
WORDS = 3

LevelsOf = Callable[[set[str]], Mapping[str, float]]
"""Reads the levels of signals, for now."""


@dataclass(frozen=True)
class Rise:
    """A signal that stands out: `count` voices in so many hours where `expected` are normal."""

    signal: str
    hours: int
    count: int
    expected: float
    score: float


@dataclass(frozen=True)
class Surge:
    """Voices that rise together, with what is said of them to staff."""

    rise: Rise
    voices: tuple[Voice, ...]
    words: tuple[str, ...]
    category: str
    district: str | None
    subdistrict: str | None
    spot: str | None

    @property
    def name(self) -> str:
        where = f"{self.district or ''}{self.spot or self.subdistrict or ''}" or "全市"
        return f"{where}：{'、'.join(self.words) or category(self.category).name}"


def surges(voices: Sequence[Voice], now: datetime, levels_of: LevelsOf) -> list[Surge]:
    """What rises among the voices of the last day, the most striking first; nothing while too little is known of what is normal."""
    voices = _one_each(voices)
    counts = {hours: _counts(_since(voices, now, hours)) for hours in WINDOWS}
    frequent = {hours: {s: n for s, n in counted.items() if n >= FEWEST} for hours, counted in counts.items()}
    slots = hours_between(now - timedelta(hours=max(WINDOWS)), now)
    normal = Normal(levels_of(needed(set().union(*frequent.values()), slots)))
    if not any(frequent.values()) or normal.hours_heard < FEWEST_HOURS:
        return []
    looks = sum(map(len, counts.values()))
    rises = [rise for hours in WINDOWS for rise in _rising(frequent[hours], hours, now, normal, looks)]
    return [_described(rise, together, normal) for rise, together in _unite(rises, voices, now)]


def _one_each(voices: Sequence[Voice]) -> list[Voice]:
    """Who writes often is one voice in a category."""
    return list({(voice.conversation_id, voice.category): voice for voice in voices}.values())


def _since(voices: Sequence[Voice], now: datetime, hours: int) -> list[Voice]:
    start = now - timedelta(hours=hours)
    return [voice for voice in voices if start < voice.at <= now]


def _counts(voices: Sequence[Voice]) -> Counter[str]:
    return Counter(chain.from_iterable(voice.signals for voice in voices))


def _rising(counts: Mapping[str, int], hours: int, now: datetime, normal: Normal, looks: int) -> list[Rise]:
    """The signals of a window that stand out, after correction for how many were looked at (Bonferroni)."""
    expected = normal.expected(list(counts), hours_between(now - timedelta(hours=hours), now))
    scores = -np.log10(np.maximum(tail(list(counts.values()), expected) * looks, 1e-300))
    return [
        Rise(signal, hours, count, mean, float(score))
        for (signal, count), mean, score in zip(counts.items(), expected, scores, strict=True)
        if score >= STANDS_OUT
    ]


def tail(counts: Sequence[int], means: Sequence[float]) -> np.ndarray:
    """Chance of at least so many voices where the mean is normal: the upper tail of the negative binomial with size SPREAD,
    P(X ≥ k) = I_{m/(m+r)}(k, r), the regularised incomplete beta function."""
    k, m = np.asarray(counts, float), np.asarray(means, float)
    return betainc(k, SPREAD, m / (m + SPREAD))


def _unite(rises: Sequence[Rise], voices: Sequence[Voice], now: datetime) -> list[tuple[Rise, list[Voice]]]:
    """Rising signals that share most of their voices are one surge; the one that stands out most speaks for all."""
    names = {rise.signal for rise in rises}
    with_signal: dict[str, list[Voice]] = {name: [] for name in names}
    for voice in voices:
        if not names.isdisjoint(voice.signals):
            for name in names.intersection(voice.signals):
                with_signal[name].append(voice)
    united: list[tuple[Rise, list[Voice], set[int]]] = []
    for rise in sorted(rises, key=lambda rise: -rise.score):
        together = _since(with_signal[rise.signal], now, rise.hours)
        ids = {voice.report_id for voice in together}
        if not any(len(ids & kept) >= SHARED * min(len(ids), len(kept)) for _, _, kept in united):
            united.append((rise, together, ids))
    return [(rise, together) for rise, together, _ in united]


def _described(rise: Rise, voices: Sequence[Voice], normal: Normal) -> Surge:
    about = Counter(voice.category for voice in voices).most_common(1)[0][0]
    district, subdistrict, spot = (_mostly(voices, part) for part in ("district", "subdistrict", "spot"))
    words = tuple(_telling(voices, about, normal))
    return Surge(rise, tuple(voices), words, about, district, subdistrict, spot)


def _mostly(voices: Sequence[Voice], part: str) -> str | None:
    """The place that most voices come from; None if they come from several."""
    name, count = Counter(getattr(voice, part) for voice in voices).most_common(1)[0]
    return name if count >= MOSTLY * len(voices) else None


def _telling(voices: Sequence[Voice], about: str, normal: Normal) -> list[str]:
    """The words that are much more frequent here than in the category otherwise, by how many voices have them and how much more
    often (the terms of the Kullback-Leibler divergence)."""
    counts = Counter(chain.from_iterable(voice.words for voice in voices))
    frequent = {word: count for word, count in counts.items() if count >= max(2, len(voices) / 5)}

    def weight(word: str) -> float:
        return frequent[word] * math.log(frequent[word] / len(voices) / (normal.share(word, about) + 1e-3))

    ranked = sorted(frequent, key=lambda word: (-weight(word), word))
    return [word for word in ranked if weight(word) > 0][:WORDS]
