"""Fits a model: the features, one hidden layer above them, five heads above that."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from deploy.training import weak
from deploy.training.augmenting import copies
from deploy.training.corpus import Example
from deploy.training.network import Lesson, Network, learn
from deploy.training.patterns import telling_grams, with_concepts
from workers.classify.model import Description, Head, TextModel, shape
from workers.classify.model.reading import Layer, Patterns

KINDS = (
    *("complaint", "suggestion", "inquiry", "praise", "withdrawal", "privacy_request", "legal_notice"),
    *("staff_report", "other"),
)
CATEGORIES = ("quality", "service", "price", "payment", "logistics", "after_sales", "hygiene", "other")
LEVELS = ("0", "1", "2", "3")


_BYTE = 127

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings of a training; chosen by cross-validation over writers, see docs/model-card.md.

    `candidates`: n-grams of which a first network, taught for `candidate_epochs`, says which `grams` to keep.
    `secondary_weight`: what a second category counts beside the first. `weak_weight`: what a word of the pack counts
    beside a text. `evenness`: 0 every text counts alike, 1 every class. `dropped`: shares left out at random.
    """

    candidates: int = 120_000
    candidate_epochs: int = 5
    grams: int = 40_000
    concept_weight: float = 1.0
    length_power: float = 0.25
    secondary_weight: float = 0.3
    weak_weight: float = 0.3
    evenness: float = 0.5
    hidden: int = 64
    epochs: int = 8
    dropped: float = 0.5
    hidden_dropped: float = 0.3


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model's numbers, before it is described."""

    patterns: Patterns
    idf: Floats
    weights: NDArray[np.int8]
    layer: Layer
    bias: Floats

    def model(self, description: Description, name: str) -> TextModel:
        """The model as it would run."""
        return TextModel(description, name, self.patterns, self.idf, self.weights, self.bias, self.layer)


HEADS = {
    "kind": Head(classes=KINDS, start=0),
    "category": Head(classes=CATEGORIES, start=9),
    "also": Head(classes=CATEGORIES, start=17),
    "safety": Head(classes=("safety",), start=25),
    "dissatisfaction": Head(classes=LEVELS, start=26),
}


_WEIGHT_OF = {"kind": 1.0, "category": 1.0, "also": 0.5, "safety": 1.0, "dissatisfaction": 0.5}
"""How much each head counts in what the layer learns for all of them together."""


def fit(examples: Sequence[Example], recipe: Recipe, blank: Description) -> Fitted:
    """Fit every head on these examples. Deterministic: the same examples give the same numbers."""
    taught = [*examples, *copies(examples)]
    candidates = with_concepts(telling_grams(examples, recipe.candidates))
    _, first = _learned(taught, *candidates, recipe, recipe.candidate_epochs, blank)
    patterns, features = with_concepts(_kept(candidates[0], first, recipe.grams))
    idf, network = _learned(taught, patterns, features, recipe, recipe.epochs, blank)
    weights, layer = in_bytes(network.inner, Layer(network.inner_bias, network.outer))
    return Fitted(patterns, idf, weights, layer, network.outer_bias)


def _learned(
    examples: Sequence[Example], patterns: Patterns, features: int, recipe: Recipe, epochs: int, blank: Description
) -> tuple[Floats, Network]:
    """The idf of the features and a network taught with them."""
    idf, matrix = _matrix(examples, patterns, features, recipe, blank)
    lesson = _lesson(examples, matrix, _reader(blank, patterns, idf), recipe)
    return idf, learn(lesson, recipe.hidden, epochs, recipe.dropped, recipe.hidden_dropped)


def _kept(patterns: Patterns, network: Network, most: int) -> list[str]:
    """The n-grams that say most to a network, all hidden sums counted, in the order of the alphabet."""
    says = np.linalg.norm(network.inner[: patterns.grams] @ network.outer, axis=1)
    return sorted(patterns.terms[place] for place in np.argsort(-says, kind="stable")[:most])


def in_bytes(weights: Floats, layer: Layer) -> tuple[NDArray[np.int8], Layer]:
    """Weights of one byte, the largest of a column 127, and the layer that takes sums of them for what they were."""
    scale = (np.maximum(np.abs(weights).max(axis=0), 1e-9) / _BYTE).astype(np.float32)
    return np.rint(weights / scale).astype(np.int8), Layer(layer.offset / scale, layer.outer * scale[:, None])


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


def _lesson(examples: Sequence[Example], matrix: sparse.csr_matrix, reader: TextModel, recipe: Recipe) -> Lesson:
    """The examples for all heads; after them the words of the pack, each for the head that it speaks to."""
    hints = [("kind", weak.kinds()), ("category", weak.categories())]
    texts = len(examples) + sum(len(told) for _, told in hints)
    right = np.zeros((texts, sum(len(head.classes) for head in HEADS.values())), np.float32)
    weight = np.zeros_like(right)
    for row, example in enumerate(examples):
        _write(right[row], example, recipe)
    for name in HEADS:
        weight[: len(examples), _columns(name)] = _WEIGHT_OF[name]
    unrated = [row for row, example in enumerate(examples) if example.dissatisfaction is None]
    weight[unrated, _columns("dissatisfaction")] = 0
    for name in ("kind", "category"):
        labels = np.array([example.kind if name == "kind" else example.primary for example in examples])
        weight[: len(examples), _columns(name)] *= _evened(labels, recipe.evenness)[:, None]
    start = len(examples)
    for name, told in hints:
        for row, hint in enumerate(told, start):
            right[row, HEADS[name].start + HEADS[name].classes.index(hint.label)] = 1
        weight[start : start + len(told), _columns(name)] = recipe.weak_weight
        start += len(told)
    words = [matrix_of(reader, [hint.folded for hint in told]) for _, told in hints]
    exclusive = [_columns(name) for name in ("kind", "category", "dissatisfaction")]
    return Lesson(sparse.vstack([matrix, *words]).tocsr(), right, weight, exclusive)


def _write(right: Floats, example: Example, recipe: Recipe) -> None:
    """What is right for one example, over all columns."""
    right[HEADS["kind"].start + KINDS.index(example.kind)] = 1
    shares = {code: recipe.secondary_weight for code in example.secondary} | {example.primary: 1.0}
    for code, share in shares.items():
        right[HEADS["category"].start + CATEGORIES.index(code)] = share / sum(shares.values())
    for code in example.categories:
        right[HEADS["also"].start + CATEGORIES.index(code)] = 1
    right[HEADS["safety"].start] = example.safety
    if example.dissatisfaction is not None:
        right[HEADS["dissatisfaction"].start + example.dissatisfaction] = 1


def _evened(labels: NDArray[np.str_], evenness: float) -> Floats:
    """A weight for each text, so that rare classes count more."""
    classes, places, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return np.asarray(((len(labels) / len(classes) / counts) ** evenness)[places], np.float32)


def _columns(name: str) -> slice:
    head = HEADS[name]
    return slice(head.start, head.start + len(head.classes))
