"""What a text is about, learned from labelled texts: intent, category, kind and urgency. Knows nothing of Rasa.

A small network per question, all over the same features: the words and how they sound, reduced to the directions in
which training texts differ most (latent semantic analysis), beside the sentence vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import jieba
import numpy as np
import skops.io as sio
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import normalize

from nlu.encoder import normalize as one_way_of_writing
from nlu.sounds import sounds

TRUSTED = ["scipy.sparse._csr.csr_matrix"]
"""What skops does not know and the learned parts hold: numbers alone."""
Ranking = list[tuple[str, float]]
"""Labels with their probabilities, likeliest first."""


@dataclass
class MatterModel:
    """Answers each question of `heads` about a text.

    `dense_weight` is the length of the sentence vector beside the words, whose length is at most 1.
    """

    seed: int = 42
    directions: int = 1000
    dense_weight: float = 1.0
    hidden: int = 512
    alpha: float = 1e-3
    epochs: int = 20
    heads: dict[str, MLPClassifier] = field(default_factory=dict)

    def fit(self, texts: Sequence[str], vectors: np.ndarray, labels: dict[str, list[str | None]]) -> MatterModel:
        """Learn from texts with their vectors; a text whose label for a question is None teaches it nothing."""
        tokens = list(map(_tokens, texts))
        self._mean = vectors.mean(axis=0)
        self._words = TfidfVectorizer(token_pattern=r"[^\t]+", lowercase=False, sublinear_tf=True, min_df=2)
        terms = self._words.fit_transform(tokens)
        directions = min(self.directions, terms.shape[1] - 1)
        svd = TruncatedSVD(directions, n_iter=3, random_state=self.seed).fit(terms.astype(np.float32))
        self._directions = np.ascontiguousarray(svd.components_.T)  # in this order a product reads a text's words alone
        features = self._features(tokens, vectors)
        for question, answers in labels.items():
            rows = [row for row, answer in enumerate(answers) if answer is not None]
            head = MLPClassifier((self.hidden,), alpha=self.alpha, max_iter=self.epochs, random_state=self.seed)
            self.heads[question] = head.fit(features[rows], [answers[row] for row in rows])
            del head._optimizer  # three times the weights, and of use in training alone
        return self

    def rankings(self, texts: Sequence[str], vectors: np.ndarray) -> list[dict[str, Ranking]]:
        """For each text a ranking of the answers to every question."""
        features = self._features(list(map(_tokens, texts)), vectors)
        answers = {
            question: (head.classes_.tolist(), head.predict_proba(features)) for question, head in self.heads.items()
        }
        return [
            {question: _ranked(classes, chances[row]) for question, (classes, chances) in answers.items()}
            for row in range(len(texts))
        ]

    def _features(self, tokens: list[str], vectors: np.ndarray) -> np.ndarray:
        # Vectors of e5 crowd into a narrow cone: taking off what they share leaves what tells them apart.
        dense = normalize(vectors - self._mean) * self.dense_weight
        return np.hstack([self._words.transform(tokens).astype(np.float32) @ self._directions, dense])

    def save(self, file: Path) -> None:
        """Write the learned parts."""
        sio.dump({name: getattr(self, name) for name in _LEARNED} | {"dense_weight": self.dense_weight}, file)

    @classmethod
    def load(cls, file: Path) -> MatterModel:
        """Read what `save` wrote; nothing in the file is executed."""
        model = cls()
        for name, value in sio.load(file, trusted=TRUSTED).items():
            setattr(model, name, value)
        return model


_LEARNED = ("heads", "_mean", "_words", "_directions")


def _tokens(text: str) -> str:
    """Words and syllables of a text, tabs between them."""
    plain = one_way_of_writing(text)
    return "\t".join([*jieba.lcut(plain), *(f"~{sound}" for sound in sounds(plain))])


def _ranked(classes: list[str], chances: np.ndarray) -> Ranking:
    return sorted(zip(classes, map(float, chances), strict=True), key=lambda pair: -pair[1])
