"""Runs a model over a text: one pass of the automaton, one sum of weight rows for all heads."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from ahocorasick_rs import AhoCorasick
from numpy.typing import NDArray

from workers.classify.model.describing import Description, Head
from workers.classify.model.shaping import shape

Match = tuple[int, int, int]
"""Pattern and half-open span, as the automaton gives them."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Patterns:
    """What is looked for, and the features each stands for. A feature of several patterns is a concept."""

    terms: list[str]
    owners: list[tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Found:
    """The features of one text with their values, which have length 1 together."""

    matches: list[Match]
    features: NDArray[np.int64]
    values: Floats


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model says of one text: a score for each class of each head, and what it saw.

    `familiarity`: patterns found for each character; far below 1 the model has not seen such texts.
    """

    scores: list[float]
    found: Found
    familiarity: float

    def of(self, head: Head) -> list[float]:
        """The scores of a head, in the order of its classes."""
        return self.scores[head.start : head.start + len(head.classes)]


class TextModel:
    """A model ready to read. Pure: the same text gives the same answer."""

    def __init__(
        self, description: Description, name: str, patterns: Patterns, idf: Floats, weights: Floats, bias: Floats
    ) -> None:
        self.description = description
        self.name = name
        self.owners = patterns.owners
        self.terms = patterns.terms
        self.weights = weights
        self._idf = idf
        self._bias = bias
        shared = Counter(feature for owners in patterns.owners for feature in owners)
        single = [len(owners) == 1 and shared[owners[0]] == 1 for owners in patterns.owners]
        self._own = np.array(
            [owners[0] if alone else -1 for owners, alone in zip(patterns.owners, single, strict=True)]
        )
        self._several = frozenset(index for index, alone in enumerate(single) if not alone)
        self._automaton = AhoCorasick(patterns.terms)

    def read(self, folded: str) -> Reading:
        """Read a folded text; only its beginning counts."""
        shaped = shape(folded)
        found = self.find(shaped)
        scores = found.values @ self.weights[found.features] + self._bias if found.matches else self._bias
        return Reading(scores.tolist(), found, len(found.features) / len(shaped))

    def find(self, shaped: str) -> Found:
        """The features of a text that `shape` made."""
        matches: list[Match] = self._automaton.find_matches_as_indexes(shaped, overlapping=True)
        patterns = {match[0] for match in matches}
        several = self._several & patterns
        patterns -= several
        alone = self._own[np.fromiter(patterns, np.int64, len(patterns))]
        counts = Counter(feature for pattern in several for feature in self.owners[pattern])
        features = np.concatenate((alone, np.fromiter(counts, np.int64, len(counts))))
        features.sort()
        values = self._idf[features]
        if counts:
            values = values * np.array([_ROOTS[min(counts.get(feature, 1), _MOST)] for feature in features.tolist()])
        length = sqrt(values @ values)
        return Found(matches, features, (values / length if length else values).astype(np.float32))


_MOST = 64
_ROOTS: Sequence[float] = [sqrt(count) for count in range(_MOST + 1)]
