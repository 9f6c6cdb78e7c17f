"""What a text is about, learned from labelled texts: intent, category, kind, urgency, sentiment. Knows nothing of Rasa.

A linear learner (support vectors) sees characters, words and how they sound as they are, beside the sentence vector.
For a question with many answers, each told by words of its own, the weights of naive Bayes are added to its weights. For
any other its chances are averaged with those of a small network, which sees words and sounds reduced to the directions in
which training texts differ most (latent semantic analysis), beside the same vector. Which helps where was found on
training texts left out in turn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import jieba
import numpy as np
import skops.io as sio
from joblib import Parallel, cpu_count, delayed
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import ComplementNB
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

from nlu.encoder import normalize as one_way_of_writing
from nlu.sounds import sounds

TRUSTED = ["nlu.matter.Network"]
"""What skops does not know and the learned parts hold: numbers alone."""
Ranking = list[tuple[str, float]]
"""Labels with their probabilities, likeliest first."""
TOLD_BY_WORDS = frozenset(["category"])
"""Questions that naive Bayes helps (first right .739 instead of .720, among three .908 instead of .896 on 6,000 texts left
out) and the network doesn't."""
BAYES_COUNTS = 1.5
"""Weight of naive Bayes' log likelihoods beside the sharpened distances; from 1.2 to 2.4 it makes no difference."""
BAYES_SMOOTHING = 0.1
NETWORK_COUNTS = 0.3
"""Share of the network's chances in the average; of .3 and .5 the better one on texts left out of training."""
SHARPNESS = 4.0
"""Makes chances of the linear learner's distances (softmax): of 2 to 6 the one with the least loss on texts left out."""
DENSE_WEIGHT = 0.5
"""Length of the sentence vector for the linear learner, beside terms of length 1."""
FEWEST_TEXTS = 3
"""Training texts that a term must stand in: 2 take half as much memory again and are no better on texts left out."""
LONGEST_RUN = 3
"""Characters that are counted together."""


def terms_of(text: str) -> Iterator[str]:
    """Runs of characters (c…), syllables (s…) and words (w…) of a text."""
    plain = one_way_of_writing(text)
    for length in range(1, LONGEST_RUN + 1):
        yield from (f"c{plain[begin : begin + length]}" for begin in range(len(plain) - length + 1))
    yield from (f"s{sound}" for sound in sounds(plain))
    yield from (f"w{word}" for word in jieba.lcut(plain))


@dataclass
class Network:
    """A network of one hidden layer, as scikit-learn taught it: its own checks of each text would take longer than all else."""

    layers: list[np.ndarray]
    offsets: list[np.ndarray]

    def chances(self, features: np.ndarray) -> np.ndarray:
        """`(texts, labels)`, rows sum to 1."""
        hidden = np.maximum(features @ self.layers[0] + self.offsets[0], 0)
        return _softmax(hidden @ self.layers[1] + self.offsets[1])


@dataclass
class MatterModel:
    """Answers each question that it was taught about a text."""

    seed: int = 42
    directions: int = 200
    hidden: int = 512
    alpha: float = 1e-3
    epochs: int = 20
    labels: dict[str, list[str]] = field(default_factory=dict)

    def fit(self, texts: Sequence[str], vectors: np.ndarray, labels: dict[str, list[str | None]]) -> MatterModel:
        """Learn from texts with their vectors; a text whose label for a question is None teaches it nothing."""
        self._mean = vectors.mean(axis=0)
        self._counter = _counter()
        counts = self._counter.fit_transform(texts)
        self._rarity = np.log((1 + len(texts)) / (1 + counts.getnnz(axis=0))).astype(np.float32) + 1
        terms = self._weighted(counts)
        self._first_sound = int(np.argmax([term.startswith("s") for term in self._counter.get_feature_names_out()]))
        svd = TruncatedSVD(self.directions, n_iter=3, random_state=self.seed).fit(terms[:, self._first_sound :])
        self._directions = np.ascontiguousarray(svd.components_.T.astype(np.float32))
        dense, reduced = self._dense(terms, vectors)
        whole = sparse.hstack([terms, sparse.csr_matrix(dense * DENSE_WEIGHT)], format="csr")
        linear, networks = [], {}
        for question, answers in labels.items():
            rows = [row for row, answer in enumerate(answers) if answer is not None]
            told = [answers[row] for row in rows]
            self.labels[question] = sorted(set(told))
            bayes = terms[rows] if question in TOLD_BY_WORDS else None
            linear.append(delayed(self._linear)(whole[rows], told, bayes))
            if question not in TOLD_BY_WORDS:
                networks[question] = delayed(self._network)(reduced[rows], told)
        # Threads do: what takes long in both learners lets go of Python's lock.
        learned = Parallel(cpu_count(), prefer="threads")([*linear, *networks.values()])
        linear, self._networks = learned[: len(linear)], dict(zip(networks, learned[len(linear) :], strict=True))
        # One matrix for all questions: its rows are read once.
        self._weights = np.ascontiguousarray(np.hstack([weights for weights, _ in linear]), np.float32)
        self._offsets = np.concatenate([offsets for _, offsets in linear]).astype(np.float32)
        return self

    def rankings(self, texts: Sequence[str], vectors: np.ndarray) -> list[dict[str, Ranking]]:
        """For each text a ranking of the answers to every question."""
        terms = self._weighted(self._counter.transform(texts))
        dense, reduced = self._dense(terms, vectors)
        known = terms.shape[1]
        distances = terms @ self._weights[:known] + dense @ self._weights[known:] * DENSE_WEIGHT + self._offsets
        rankings: list[dict[str, Ranking]] = [{} for _ in texts]
        begin = 0
        for question, labels in self.labels.items():
            chances = _softmax(SHARPNESS * distances[:, begin : begin + len(labels)])
            begin += len(labels)
            if network := self._networks.get(question):
                chances = NETWORK_COUNTS * network.chances(reduced) + (1 - NETWORK_COUNTS) * chances
            for ranking, row in zip(rankings, chances, strict=True):
                ranking[question] = _ranked(labels, row)
        return rankings

    def _weighted(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        """TF-IDF with logarithmic counts, rows of length 1; scikit-learn's own sums up all weights with every text. In the
        precision of the learned weights: a product of two would copy all of them."""
        counts.data = (1 + np.log(counts.data)) * self._rarity[counts.indices]
        return normalize(counts, copy=False)

    def _dense(self, terms: sparse.csr_matrix, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The sentence vectors, and what the networks see: words and sounds reduced, beside them."""
        # Vectors of e5 crowd into a narrow cone: taking off what they share leaves what tells them apart.
        dense = normalize(vectors - self._mean).astype(np.float32)
        return dense, np.hstack([terms[:, self._first_sound :] @ self._directions, dense])

    def _linear(
        self, features: sparse.csr_matrix, told: list[str], terms: sparse.csr_matrix | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Weights `(features, labels)` and offsets; labels in alphabetical order. With naive Bayes of the terms, if given."""
        count = Counter(told)
        usual = float(np.median(list(count.values())))
        # Rare labels count more, but less than in proportion: common ones are common for a reason.
        weight = {label: (usual / number) ** 0.5 for label, number in count.items()}
        learned = LinearSVC(class_weight=weight, random_state=self.seed).fit(features, told)
        weights, offsets = learned.coef_.T, learned.intercept_
        if len(count) == 2:  # one distance tells both
            return np.hstack([-weights / 2, weights / 2]), np.hstack([-offsets / 2, offsets / 2])
        if terms is not None:
            likelihoods = ComplementNB(alpha=BAYES_SMOOTHING).fit(terms, told).feature_log_prob_.T
            weights[: terms.shape[1]] += BAYES_COUNTS / SHARPNESS * likelihoods
        return weights, offsets

    def _network(self, features: np.ndarray, told: list[str]) -> Network:
        learned = MLPClassifier((self.hidden,), alpha=self.alpha, max_iter=self.epochs, random_state=self.seed)
        learned.fit(features, told)
        layers, offsets = learned.coefs_, learned.intercepts_
        if layers[1].shape[1] == 1:  # one output tells both: the other's is fixed at 0
            layers = [layers[0], np.hstack([np.zeros_like(layers[1]), layers[1]])]
            offsets = [offsets[0], np.hstack([np.zeros_like(offsets[1]), offsets[1]])]
        return Network([layer.astype(np.float32) for layer in layers], [o.astype(np.float32) for o in offsets])

    def save(self, file: Path) -> None:
        """Write the learned parts."""
        # As one text: skops would describe each of the terms by itself, in more bytes than all else.
        vocabulary = "\n".join(self._counter.get_feature_names_out())
        sio.dump({name: getattr(self, name) for name in _LEARNED} | {"vocabulary": vocabulary}, file)

    @classmethod
    def load(cls, file: Path) -> MatterModel:
        """Read what `save` wrote; nothing in the file is executed."""
        learned = sio.load(file, trusted=TRUSTED)
        model = cls()
        model._counter = _counter()
        model._counter.vocabulary_ = {term: column for column, term in enumerate(learned["vocabulary"].split("\n"))}
        for name in _LEARNED:
            setattr(model, name, learned[name])
        return model


_LEARNED = ("labels", "_mean", "_rarity", "_first_sound", "_directions", "_weights", "_offsets", "_networks")


def _counter() -> CountVectorizer:
    return CountVectorizer(analyzer=terms_of, min_df=FEWEST_TEXTS, dtype=np.float32)


def _softmax(values: np.ndarray) -> np.ndarray:
    grown = np.exp(values - values.max(axis=1, keepdims=True))
    return grown / grown.sum(axis=1, keepdims=True)


def _ranked(labels: list[str], chances: np.ndarray) -> Ranking:
    return sorted(zip(labels, map(float, chances), strict=True), key=lambda pair: -pair[1])
