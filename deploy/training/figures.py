"""The figures an understanding is judged by, each with its target and a 95 % interval."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from deploy.training.answering import Answers
from deploy.training.fitting import CATEGORIES, KINDS

_DRAWS = 500
_SEED = 11
_BINS = 10


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with the interval that holds it in 95 of 100 drawings of the same texts; None: cannot be told."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured, and what it should be. `at_most`: the smaller the better."""

    name: str
    of: Callable[[Answers], float | None]
    target: float | None = None
    at_most: bool = False

    def met(self, value: float) -> bool | None:
        """Whether the target is met; None without one."""
        if self.target is None:
            return None
        return value <= self.target if self.at_most else value >= self.target


def _accuracy(given: Answers) -> float:
    return float(given.right.mean())


def _within(given: Answers) -> float:
    return float(given.within.mean())


def _macro(label: str, classes: tuple[str, ...]) -> Callable[[Answers], float]:
    def measured(given: Answers) -> float:
        right = [getattr(example, label) for example in given.examples]
        there = [code for code in classes if code in right]
        return float(f1_score(right, getattr(given, label), labels=there, average="macro", zero_division=0.0))

    return measured


def _harmed(given: Answers) -> NDArray[np.bool_]:
    return np.array([example.safety for example in given.examples])


def _safety_recall(given: Answers) -> float | None:
    return _share(np.array(given.safety)[_harmed(given)])


def _false_alarms(given: Answers) -> float | None:
    return _share(np.array(given.safety)[~_harmed(given)])


def _share(of: NDArray[np.bool_]) -> float | None:
    return float(of.mean()) if len(of) else None


def calibration_error(given: Answers) -> float | None:
    """Expected calibration error of the primary category over ten equal steps of probability."""
    if given.p is None:
        return None
    p = np.array(given.p)
    step = np.minimum((p * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(given.right[step == one].mean() - p[step == one].mean()) * (step == one).mean() for one in np.unique(step)
    ]
    return float(sum(gaps))


def _decided(given: Answers) -> float | None:
    return None if given.review is None else float(1 - np.mean(given.review))


def _right_of_decided(given: Answers) -> float | None:
    alone = None if given.review is None else ~np.array(given.review)
    return float(given.right[alone].mean()) if alone is not None and alone.any() else None


def share_at(precision: float) -> Callable[[Answers], float | None]:
    """The largest share of texts, surest first, of which so many are right."""

    def measured(given: Answers) -> float | None:
        if given.p is None:
            return None
        order = np.argsort(-np.array(given.p), kind="stable")
        share = np.cumsum(given.right[order]) / np.arange(1, len(order) + 1)
        enough = np.flatnonzero(share >= precision)
        return float((enough[-1] + 1) / len(order)) if len(enough) else 0.0

    return measured


MEASURES: tuple[Measure, ...] = (
    Measure("primary category, accuracy", _accuracy, 0.88),
    Measure("primary category, macro-F1", _macro("primary", CATEGORIES), 0.85),
    Measure("primary within the label set", _within, 0.95),
    Measure("kind, macro-F1", _macro("kind", KINDS), 0.90),
    Measure("safety recall", _safety_recall, 0.95),
    Measure("non-safety texts flagged", _false_alarms, 0.10, at_most=True),
    Measure("expected calibration error", calibration_error, 0.05, at_most=True),
    Measure("decided without review", _decided),
    Measure("right among those", _right_of_decided, 0.95),
    Measure("share that could be decided at 95 %", share_at(0.95), 0.70),
)


def figures(given: Answers) -> Mapping[str, Figure | None]:
    """Every measure with its interval, by bootstrap over the examples; seeds fixed."""
    draw = np.random.default_rng(_SEED)
    count = len(given.examples)
    drawn = [given.only(draw.integers(0, count, count)) for _ in range(_DRAWS)]
    return {measure.name: _figure(measure, given, drawn) for measure in MEASURES}


def _figure(measure: Measure, given: Answers, drawn: list[Answers]) -> Figure | None:
    value = measure.of(given)
    if value is None:
        return None
    values = [one for one in map(measure.of, drawn) if one is not None]
    low, high = np.quantile(values, [0.025, 0.975])
    return Figure(value, float(low), float(high))
