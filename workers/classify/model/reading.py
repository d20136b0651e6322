"""Runs a model over a text: one pass of the automaton, one sum of weight rows for all heads.

The sums may be hidden ones: each that is above zero counts towards every class by its row of the layer. For one text
this is linear too, so what each word adds to a class is known exactly.
"""

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
    """What is looked for: `grams` n-grams, each the feature of its own number, then words that are no such n-gram.

    `concepts` maps a pattern to the concepts it belongs to; their features have the numbers after the n-grams'.
    """

    terms: list[str]
    grams: int
    concepts: dict[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Layer:
    """From hidden sums to classes: `offset` is added to the sums, `outer` has a row for each of them.

    The weights below may be whole numbers of any unit: offset and rows make up for it.
    """

    offset: Floats
    outer: Floats


@dataclass(frozen=True, slots=True)
class Found:
    """The features of one text with their values, which have length 1 together, and with their rows of weights.

    `words`: the patterns that belong to concepts.
    """

    matches: list[Match]
    words: set[int]
    features: NDArray[np.int64]
    values: Floats
    rows: Floats


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model says of one text: a score for each class of each head, and what it saw.

    `familiarity`: patterns found for each character; far below 1 the model has not seen such texts. `outer`: what a
    sum of weights counts towards each class in this text.
    """

    scores: list[float]
    found: Found
    familiarity: float
    outer: Floats

    def of(self, head: Head) -> list[float]:
        """The scores of a head, in the order of its classes."""
        return self.scores[head.start : head.start + len(head.classes)]

    def added(self, column: int) -> Floats:
        """What each feature found adds to the score in this column."""
        return self.found.values * (self.found.rows @ self.outer[:, column])


class TextModel:
    """A model ready to read. Pure: the same text gives the same answer."""

    def __init__(
        self,
        description: Description,
        name: str,
        patterns: Patterns,
        idf: Floats,
        weights: Floats | NDArray[np.int8],
        bias: Floats,
        layer: Layer | None = None,
    ) -> None:
        """Without a layer the columns of the weights are the classes themselves."""
        self.description = description
        self.name = name
        self.patterns = patterns
        self.weights = weights
        self._idf = idf
        self._bias = bias
        self._layer = layer
        self._outer = np.eye(len(bias), dtype=np.float32) if layer is None else layer.outer
        self._in_concepts = frozenset(patterns.concepts)
        self._automaton = AhoCorasick(patterns.terms)

    @property
    def hidden(self) -> int:
        """The number of hidden sums; 0 for a model without a layer."""
        return 0 if self._layer is None else len(self._layer.outer)

    def read(self, folded: str) -> Reading:
        """Read a folded text; only its beginning counts."""
        shaped = shape(folded)
        found = self.find(shaped)
        sums, outer = found.values @ found.rows, self._outer
        if self._layer is not None:
            sums += self._layer.offset
            outer = outer * (sums > 0)[:, None]
        scores = sums @ outer + self._bias
        return Reading(scores.tolist(), found, len(found.features) / len(shaped), outer)

    def find(self, shaped: str) -> Found:
        """The features of a text that `shape` made."""
        matches: list[Match] = self._automaton.find_matches_as_indexes(shaped, overlapping=True)
        patterns = {match[0] for match in matches}
        numbers = np.fromiter(patterns, np.int64, len(patterns))
        grams = numbers[numbers < self.patterns.grams]
        counts: dict[int, int] = {}
        words = patterns & self._in_concepts
        for pattern in words:
            for concept in self.patterns.concepts[pattern]:
                counts[concept] = counts.get(concept, 0) + 1
        features = np.concatenate((grams, np.fromiter(counts, np.int64, len(counts))))
        values = self._idf[features]
        if counts:
            values[len(grams) :] *= np.sqrt(np.fromiter(counts.values(), np.float32, len(counts)))
        length = sqrt(values @ values)
        if length:
            values /= np.float32(length)
        return Found(matches, words, features, values, self.weights[features].astype(np.float32, copy=False))
