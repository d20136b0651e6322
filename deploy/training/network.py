"""Fits the hidden layer of a model: sums of features, what is above zero of them, one output for each class.

A layer tells apart what the same word means beside others, which a sum of words cannot: 退款 with 没到 or with 拒绝.
Trained by Adam (Kingma and Ba 2015) on small lots, half of the features and a third of the hidden sums left out at
random (dropout), which keeps it from learning single texts by heart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float32]

_LOT = 128
_RATE = 2e-3
_WARM_UP = 200
_OF_SLOPE, _OF_SQUARE = 0.9, 0.99
_SPREAD = 0.02
_SEED = 3
_STRETCH = 3.0
"""Features have length 1 together; longer ones are learned faster."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is to be learned: features, for each class its share of right, and how much each answer counts.

    `exclusive`: the columns of each head of which one class is right; every other column stands for itself.
    """

    matrix: sparse.csr_matrix
    right: Floats
    weight: Floats
    exclusive: Sequence[slice]

    def off(self, scores: Floats, rows: NDArray[np.int64]) -> Floats:
        """How far the scores of some rows are off: the slope of the cross-entropy, averaged over the rows."""
        p = _sigmoid(scores)
        for columns in self.exclusive:
            p[:, columns] = _softmax(scores[:, columns])
        return np.asarray((p - self.right[rows]) * self.weight[rows] / np.float32(len(rows)))


@dataclass(frozen=True, slots=True)
class Network:
    """The hidden sums (`inner`: a row a feature) and what they say of the classes (`outer`: a row a hidden sum)."""

    inner: Floats
    inner_bias: Floats
    outer: Floats
    outer_bias: Floats


def learn(lesson: Lesson, hidden: int, epochs: int, dropped: float, hidden_dropped: float) -> Network:
    """Fit a network. The same lesson and numbers give the same network."""
    draw = np.random.default_rng(_SEED)
    texts, features = lesson.matrix.shape
    classes = lesson.right.shape[1]
    inner = _Moving(draw.normal(0, _SPREAD, (features, hidden)).astype(np.float32))
    inner_bias = _Moving(np.zeros(hidden, np.float32))
    outer = _Moving(draw.normal(0, hidden**-0.5, (hidden, classes)).astype(np.float32))
    outer_bias = _Moving(np.zeros(classes, np.float32))
    lots = -(-texts // _LOT)
    step = 0
    for _ in range(epochs):
        order = draw.permutation(texts)
        for rows in np.array_split(order, lots):
            some, seen = _some(lesson.matrix[rows], dropped, draw)
            sums = some @ inner.values[seen] + inner_bias.values
            kept = (draw.random(sums.shape, np.float32) >= hidden_dropped) / np.float32(1 - hidden_dropped)
            kept *= sums > 0
            shown = sums * kept
            off = lesson.off(shown @ outer.values + outer_bias.values, rows)
            back = off @ outer.values.T * kept
            step += 1
            rate = _RATE * min(1.0, step / _WARM_UP) * (1 - step / (epochs * lots + 1))
            inner.move(some.T @ back, rate, step, seen)
            inner_bias.move(back.sum(0), rate, step)
            outer.move(shown.T @ off, rate, step)
            outer_bias.move(off.sum(0), rate, step)
    return Network(inner.values * np.float32(_STRETCH), inner_bias.values, outer.values, outer_bias.values)


class _Moving:
    """Numbers on their way, each with its own pace (Adam); rows that no text of a lot names stay where they are."""

    def __init__(self, values: Floats) -> None:
        self.values = values
        self._slope = np.zeros_like(values)
        self._square = np.zeros_like(values)

    def move(self, slope: Floats, rate: float, step: int, rows: NDArray[np.int64] | None = None) -> None:
        """Go down the slope; `rows` are the rows it is of."""
        place = slice(None) if rows is None else rows
        mean = self._slope[place] * np.float32(_OF_SLOPE) + slope * np.float32(1 - _OF_SLOPE)
        square = self._square[place] * np.float32(_OF_SQUARE) + slope**2 * np.float32(1 - _OF_SQUARE)
        self._slope[place], self._square[place] = mean, square
        spread = np.sqrt(square / np.float32(1 - _OF_SQUARE**step)) + np.float32(1e-8)
        self.values[place] -= np.float32(rate / (1 - _OF_SLOPE**step)) * mean / spread


def _some(
    matrix: sparse.csr_matrix, dropped: float, draw: np.random.Generator
) -> tuple[sparse.csr_matrix, NDArray[np.int64]]:
    """The rows without a share of their features, in columns of their own, and which columns these were."""
    seen, places = np.unique(matrix.indices, return_inverse=True)
    kept = draw.random(matrix.nnz, np.float32) >= dropped
    values = (matrix.data * kept * (_STRETCH / (1 - dropped))).astype(np.float32)
    return sparse.csr_matrix((values, places, matrix.indptr), shape=(matrix.shape[0], len(seen))), seen


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _sigmoid(scores: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(scores, -30, 30))))
