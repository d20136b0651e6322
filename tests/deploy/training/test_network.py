"""A hidden layer learns what a sum of words cannot, the same each time, and takes up one byte a weight."""

import numpy as np
import pytest
from scipy import sparse

from deploy.training.fitting import in_bytes
from deploy.training.network import Lesson, Network, learn
from workers.classify.model.reading import Layer

EITHER = np.array([[1, 0], [0, 1], [1, 1], [0, 0]] * 200, np.float32)
"""Two words; the first class is right where one of them stands alone."""

FIRST = (EITHER.sum(axis=1) == 1).astype(np.float32)


def lesson(weight: float = 1.0) -> Lesson:
    always = np.ones((len(EITHER), 1), np.float32)
    right = np.stack([FIRST, 1 - FIRST], axis=1)
    matrix = sparse.csr_matrix(np.hstack([EITHER, always]))
    return Lesson(matrix, right, np.full_like(right, weight), [slice(0, 2)])


def learned(given: Lesson) -> Network:
    return learn(given, hidden=16, epochs=150, dropped=0.0, hidden_dropped=0.0)


def test_what_a_word_means_may_hang_on_another() -> None:
    given = lesson()
    network = learned(given)

    shown = np.maximum(given.matrix @ network.inner + network.inner_bias, 0)
    scores = shown @ network.outer + network.outer_bias

    assert (scores.argmax(axis=1) == given.right.argmax(axis=1)).all()


def test_the_same_lesson_gives_the_same_network() -> None:
    one, other = (learn(lesson(), hidden=8, epochs=2, dropped=0.5, hidden_dropped=0.3) for _ in range(2))

    assert one.inner.tobytes() == other.inner.tobytes()
    assert one.outer.tobytes() == other.outer.tobytes()


def test_what_does_not_count_teaches_nothing() -> None:
    network = learn(lesson(weight=0.0), hidden=8, epochs=3, dropped=0.0, hidden_dropped=0.0)

    assert not network.outer_bias.any()


def test_weights_of_one_byte_say_nearly_the_same() -> None:
    draw = np.random.default_rng(2)
    weights = draw.normal(size=(500, 4)).astype(np.float32)
    layer = Layer(draw.normal(size=4).astype(np.float32), draw.normal(size=(4, 3)).astype(np.float32))
    text = draw.random(500, np.float32) / 20

    numbers, above = in_bytes(weights, layer)

    exact = np.maximum(text @ weights + layer.offset, 0) @ layer.outer
    assert numbers.dtype == np.int8
    assert np.maximum(text @ numbers + above.offset, 0) @ above.outer == pytest.approx(exact, abs=0.05)
