"""The index: every guide's features side by side, and the evidence they give for a question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from knowledge_base.features import Features, kept_features
from knowledge_base.lexical import Terms, words
from knowledge_base.vectors import LocalVectors, Vectors, highest, open_vectors
from nlu.sounds import sounds

EVIDENCE = ("asked", "told", "nearest", "words", "sounds", "named")
"""What speaks for a guide, each a number of about 0..1:
`asked`: cosine with the mean of what is asked of the guide, where directions in which one guide's questions differ count
less (linear discriminant analysis); `told`: cosine with what the guide says; `nearest`: cosine with its nearest single
text; `words` and `sounds`: TF-IDF cosine of words and of syllables, less for guides of few words; `named`: part of the question that is one of its names.
"""
WITHIN = 0.6
"""Share of the scatter within guides in the discriminant's metric; the rest is the same in all directions."""
FEW_SYLLABLES = 250
"""Syllables and pairs of them with which a guide's words count half: one that says little proves little by lacking a word."""
TOLD_SHARE = 0.3
"""What a text that the guide says counts for its mean, beside one that is asked."""


class Index:
    """Guides and the evidence for each of them. Built once; a change of guides builds a new one."""

    EXAMINED = 150
    """Guides whose own texts are compared, those for which the rest speaks most: to read every text takes longer than all
    else. Of 2,262 real guides that finds and decides the same for 99.3 % of questions (`make bench`)."""

    def __init__(self, guides: Sequence[Features], vectors: Vectors | None = None) -> None:
        self.guides = list(guides)
        if not guides:
            return
        self._vectors = vectors or LocalVectors(guides)
        self._words = Terms(words, [guide.words for guide in guides])
        self._sounds = Terms(sounds, [guide.sounds for guide in guides])
        told = np.array([counts.sum() for _, counts in (guide.sounds for guide in guides)])
        self._fullness = told / (told + FEW_SYLLABLES)
        self._names: dict[str, list[int]] = defaultdict(list)
        for number, guide in enumerate(guides):
            for name in guide.names:
                self._names[name].append(number)
        self._longest_name = max(map(len, self._names))
        self._all_names = "\n".join(self._names)
        self._learn_directions()

    def _learn_directions(self) -> None:
        asked = np.concatenate([guide.asked for guide in self.guides])
        told = np.stack([guide.told for guide in self.guides])
        self._centre, told_centre = asked.mean(axis=0), told.mean(axis=0)
        counts = np.array([len(guide.asked) for guide in self.guides])
        owners = np.repeat(np.arange(len(self.guides)), counts)
        sums = np.add.reduceat(asked - self._centre, np.cumsum(counts) - counts)
        means = (sums + TOLD_SHARE * (told - told_centre)) / (counts[:, None].astype(np.float32) + TOLD_SHARE)
        self._metric = _discriminant(asked - self._centre - means[owners])
        self._asked = _unit(means @ self._metric)
        self._told = _unit(told - told_centre)

    def evidence(self, question: str, vector: np.ndarray) -> np.ndarray:
        """The evidence for each guide, `(guides, len(EVIDENCE))`; `question` is normalized, `vector` its encoding."""
        centred = vector - self._centre
        asked = self._asked @ _unit(centred @ self._metric)
        words = self._words.scores(question) * self._fullness
        sounds = self._sounds.scores(question) * self._fullness
        named = self._named(question)
        promising = highest(asked + words + sounds + named, self.EXAMINED)
        told = self._spread(promising, self._told[promising] @ _unit(centred))
        nearest = self._spread(*self._vectors.nearest(vector, among=promising))
        return np.column_stack([asked, told, nearest, words, sounds, named])

    def _spread(self, guides: np.ndarray, values: np.ndarray) -> np.ndarray:
        """For each guide its highest value; who has none counts as the last of those who have."""
        spread = np.full(len(self.guides), values.min(initial=1.0))
        np.maximum.at(spread, guides, values)
        return spread

    def _named(self, question: str) -> np.ndarray:
        """Whether one of its names stands in the question, and how much of the question that is."""
        shares = np.zeros(len(self.guides))
        for begin in range(len(question)):
            for end in range(begin + 2, min(begin + self._longest_name, len(question)) + 1):
                for number in self._names.get(question[begin:end], ()):
                    shares[number] = max(shares[number], (end - begin) / len(question))
        return shares

    def pieces_of_names(self, words: str) -> list[str]:
        """The longest pieces of words, of two characters or more, that stand in the name of a guide."""
        pieces, begin = [], 0
        while self.guides and begin < len(words) - 1:
            ends = range(len(words), begin + 1, -1)
            end = next((end for end in ends if words[begin:end] in self._all_names and " " not in words[begin:end]), 0)
            pieces += [words[begin:end]] if end else []
            begin = end or begin + 1
        return pieces


def load_index() -> Index:
    """The index of the guides in the database; what is not kept yet is made and kept."""
    guides = kept_features()
    return Index(guides, open_vectors(guides) if guides else None)


def _discriminant(deviations: np.ndarray) -> np.ndarray:
    """The map after which deviations within guides look alike in all directions, `(dimensions, dimensions)`."""
    dimensions = deviations.shape[1]
    scatter = deviations.T @ deviations / len(deviations)
    even = max(float(np.trace(scatter)) / dimensions, 1e-9) * np.eye(dimensions, dtype=np.float32)
    return np.linalg.cholesky(np.linalg.inv(WITHIN * scatter + (1 - WITHIN) * even)).astype(np.float32)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)
