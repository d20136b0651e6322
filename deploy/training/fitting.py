"""Fits the heads of a model: logistic regressions on one set of features, one file of weights."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from deploy.training import weak
from deploy.training.augmenting import copies
from deploy.training.corpus import Example
from deploy.training.patterns import choose
from workers.classify.model import Description, Head, TextModel, shape
from workers.classify.model.reading import Patterns

KINDS = (
    *("complaint", "suggestion", "inquiry", "praise", "withdrawal", "privacy_request", "legal_notice"),
    *("staff_report", "other"),
)
CATEGORIES = ("quality", "service", "price", "payment", "logistics", "after_sales", "hygiene", "other")
LEVELS = ("0", "1", "2", "3")


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings of a training; chosen by cross-validation over voices, see docs/model-card.md."""

    grams: int = 60_000
    concept_weight: float = 1.0
    strength: float = 4.0
    kind_strength: float = 10.0
    length_power: float = 0.25
    secondary_weight: float = 0.3
    weak_weight: float = 0.3


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model's numbers, before it is described."""

    patterns: Patterns
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def model(self, description: Description, name: str) -> TextModel:
        """The model as it would run."""
        return TextModel(description, name, self.patterns, self.idf, self.weights, self.bias)


HEADS = {
    "kind": Head(classes=KINDS, start=0),
    "category": Head(classes=CATEGORIES, start=9),
    "also": Head(classes=CATEGORIES, start=17),
    "safety": Head(classes=("safety",), start=25),
    "dissatisfaction": Head(classes=LEVELS, start=26),
}


def fit(examples: Sequence[Example], recipe: Recipe, blank: Description) -> Fitted:
    """Fit every head on these examples. Deterministic: the same examples give the same numbers."""
    patterns, features = choose(examples, recipe.grams)
    examples = [*examples, *copies(examples)]
    idf, matrix = _matrix(examples, patterns, features, recipe, blank)
    reader = _reader(blank, patterns, idf)
    columns = [
        *_kind(matrix, examples, reader, recipe),
        *_primary(matrix, examples, reader, recipe),
        *(_one(matrix, [code in example.categories for example in examples], recipe) for code in CATEGORIES),
        _one(matrix, [example.safety for example in examples], recipe),
        *_dissatisfaction(matrix, examples, recipe),
    ]
    weights = np.stack([weights for weights, _ in columns], axis=1)
    bias = np.array([bias for _, bias in columns])
    return Fitted(patterns, idf, weights.astype(np.float16).astype(np.float32), bias.astype(np.float32))


def matrix_of(model: TextModel, texts: Iterable[str]) -> sparse.csr_matrix:
    """The values of all features of these folded texts, exactly as the model sees them when it runs."""
    found = [model.find(shape(text)) for text in texts]
    ends = np.cumsum([0, *(len(one.features) for one in found)])
    return sparse.csr_matrix(
        (np.concatenate([one.values for one in found]), np.concatenate([one.features for one in found]), ends),
        shape=(len(found), len(model.weights)),
    )


def _matrix(
    examples: Sequence[Example], patterns: Patterns, features: int, recipe: Recipe, blank: Description
) -> tuple[NDArray[np.float32], sparse.csr_matrix]:
    said = [example.folded for example in examples]
    counted = matrix_of(_reader(blank, patterns, np.ones(features, np.float32)), said)
    texts = np.bincount(counted.indices, minlength=features)
    lengths = np.array([len(term) for term in patterns.terms[: patterns.grams]])
    idf = np.sqrt(np.log((1 + len(examples)) / (1 + texts)) + 1).astype(np.float32)
    idf[: patterns.grams] /= lengths**recipe.length_power
    idf[patterns.grams :] *= recipe.concept_weight
    return idf, matrix_of(_reader(blank, patterns, idf), said)


def _reader(blank: Description, patterns: Patterns, idf: NDArray[np.float32]) -> TextModel:
    """A model that only finds features."""
    return TextModel(blank, "", patterns, idf, np.zeros((len(idf), 0), np.float32), np.zeros(0, np.float32))


Column = tuple[NDArray[np.float64], float]


def _regression(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, class_weight="balanced", max_iter=400, tol=1e-3)


def _several(
    matrix: sparse.csr_matrix,
    labels: Sequence[str],
    classes: Sequence[str],
    strength: float,
    weights: NDArray[np.float64] | None = None,
) -> list[Column]:
    """One column for each class; a class without an example is never chosen."""
    fitted = _regression(strength).fit(matrix, labels, sample_weight=weights)
    by_class = dict(zip(fitted.classes_, zip(fitted.coef_, fitted.intercept_, strict=True), strict=True))
    never: Column = (np.zeros(matrix.shape[1]), -30.0)
    return [by_class.get(name, never) for name in classes]


def _kind(matrix: sparse.csr_matrix, examples: Sequence[Example], reader: TextModel, recipe: Recipe) -> list[Column]:
    hints = weak.kinds()
    labels = [*(example.kind for example in examples), *(hint.label for hint in hints)]
    weights = np.repeat([1.0, recipe.weak_weight], [len(examples), len(hints)])
    stacked = sparse.vstack([matrix, matrix_of(reader, [hint.folded for hint in hints])]).tocsr()
    return _several(stacked, labels, KINDS, recipe.kind_strength, weights)


def _primary(matrix: sparse.csr_matrix, examples: Sequence[Example], reader: TextModel, recipe: Recipe) -> list[Column]:
    """The primary category; a secondary one counts as a weak example of its own."""
    rows = [(row, example.primary, 1.0) for row, example in enumerate(examples)]
    rows += [
        (row, code, recipe.secondary_weight)
        for row, example in enumerate(examples)
        for code in example.secondary
        if recipe.secondary_weight
    ]
    hints = weak.categories()
    chosen = sparse.vstack([matrix[[row for row, _, _ in rows]], matrix_of(reader, [hint.folded for hint in hints])])
    weights = np.array([*(weight for _, _, weight in rows), *(recipe.weak_weight for _ in hints)])
    labels = [*(code for _, code, _ in rows), *(hint.label for hint in hints)]
    return _several(chosen.tocsr(), labels, CATEGORIES, recipe.strength, weights)


def _one(matrix: sparse.csr_matrix, labels: Sequence[bool], recipe: Recipe) -> Column:
    fitted = _regression(recipe.strength).fit(matrix, labels)
    return fitted.coef_[0], float(fitted.intercept_[0])


def _dissatisfaction(matrix: sparse.csr_matrix, examples: Sequence[Example], recipe: Recipe) -> list[Column]:
    rows = [row for row, example in enumerate(examples) if example.dissatisfaction is not None]
    return _several(matrix[rows], [str(examples[row].dissatisfaction) for row in rows], LEVELS, recipe.kind_strength)
