"""What the product answers to labelled examples: the figures are of the whole understander, rules and model."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from deploy.training.corpus import Example
from deploy.training.fitting import CATEGORIES, KINDS
from workers.classify import Message, Understander


@dataclass(frozen=True)
class Answers:
    """Answers beside what is right, one of each an example. `p` is the probability given to the primary category."""

    examples: Sequence[Example]
    primary: Sequence[str]
    kind: Sequence[str]
    safety: Sequence[bool]
    p: Sequence[float] | None = None
    review: Sequence[bool] | None = None

    @cached_property
    def right(self) -> NDArray[np.bool_]:
        """Whether the primary category is the one a person named first."""
        return np.array([one == example.primary for one, example in zip(self.primary, self.examples, strict=True)])

    @cached_property
    def within(self) -> NDArray[np.bool_]:
        """Whether the primary category is one of those a person named."""
        return np.array([one in example.categories for one, example in zip(self.primary, self.examples, strict=True)])

    def only(self, rows: NDArray[np.int64]) -> "Answers":
        """The answers to some of the examples, each as often as it is listed."""
        return Answers(
            [self.examples[row] for row in rows],
            [self.primary[row] for row in rows],
            [self.kind[row] for row in rows],
            [self.safety[row] for row in rows],
            None if self.p is None else [self.p[row] for row in rows],
            None if self.review is None else [self.review[row] for row in rows],
        )


def answers(understander: Understander, examples: Sequence[Example]) -> Answers:
    """Ask the understander for every example."""
    said = [understander.understand(Message(example.text)) for example in examples]
    return Answers(
        examples=examples,
        primary=[one.primary for one in said],
        kind=[one.kind for one in said],
        safety=[one.safety for one in said],
        p=[next(score.p for score in one.categories if score.code == one.primary) for one in said],
        review=[one.needs_review for one in said],
    )


def by_class(given: Answers) -> dict[str, float]:
    """F1 of every category and kind that has examples, and the recall of harm: what a promotion is judged by."""
    found = {f"category {code}": value for code, value in _f1(given, CATEGORIES, "primary").items()}
    found |= {f"kind {code}": value for code, value in _f1(given, KINDS, "kind").items()}
    harmed = [said for said, example in zip(given.safety, given.examples, strict=True) if example.safety]
    return found | ({"safety recall": sum(harmed) / len(harmed)} if harmed else {})


def _f1(given: Answers, classes: Sequence[str], label: str) -> dict[str, float]:
    right = [getattr(example, label) for example in given.examples]
    there = [code for code in classes if code in right]
    scores = f1_score(right, getattr(given, label), labels=there, average=None, zero_division=0.0)
    return dict(zip(there, map(float, scores), strict=True))
