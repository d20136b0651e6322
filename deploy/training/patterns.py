"""Chooses what a model looks for: the telling n-grams of the training texts, and the words of the concepts."""

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.feature_selection import chi2

from deploy.training.corpus import CONCEPTS, Example
from schemas.normalise import fold
from workers.classify.model.reading import Patterns
from workers.classify.model.shaping import shape

_LONGEST = 4


def with_concepts(grams: Sequence[str]) -> tuple[Patterns, int]:
    """Patterns for these n-grams and all concepts, and the number of features they stand for."""
    places = {gram: place for place, gram in enumerate(grams)}
    concepts: dict[int, list[int]] = {}
    features = len(grams)
    for words in _concepts():
        for word in words:
            concepts.setdefault(places.setdefault(word, len(places)), []).append(features)
        features += 1
    return Patterns(list(places), len(grams), {place: tuple(of) for place, of in concepts.items()}), features


def telling_grams(examples: Sequence[Example], most: int, least_texts: int = 2) -> list[str]:
    """The n-grams in at least `least_texts` texts that tell most about any label, in the order of the alphabet."""
    reader = CountVectorizer(
        analyzer="char", ngram_range=(1, _LONGEST), binary=True, lowercase=False, min_df=least_texts
    )
    counts = reader.fit_transform([shape(example.folded) for example in examples])
    names = reader.get_feature_names_out()
    telling = np.zeros(len(names))
    for labels in _labels(examples):
        score = np.nan_to_num(chi2(counts, labels)[0])
        telling = np.maximum(telling, score / (np.sort(score)[-min(most, len(score))] or 1))
    usable = np.array([bool(name.strip()) and not any(char.isdigit() for char in name) for name in names])
    telling[~usable] = -1
    best = np.argsort(-telling, kind="stable")[:most]
    return sorted(names[number] for number in best if telling[number] >= 0)


def _labels(examples: Sequence[Example]) -> list[list[str]]:
    return [
        [example.primary for example in examples],
        [example.kind for example in examples],
        [str(example.safety) for example in examples],
    ]


def _concepts() -> list[list[str]]:
    """The words of each concept in the form the model reads; an English word only from its beginning on."""
    found = []
    for line in CONCEPTS.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            words = (word.strip() for word in line.partition(": ")[2].split(", "))
            found.append(list(dict.fromkeys(_read(word) for word in words if word)))
    return found


def _read(word: str) -> str:
    shaped = shape(fold(word).text).strip()
    return f" {shaped}" if shaped[0].isascii() and shaped[0].isalnum() else shaped
