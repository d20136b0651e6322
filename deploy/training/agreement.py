"""How well two people agree on the same texts: Cohen's kappa of the first labels and a second blind labelling."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.training.corpus import Example
from deploy.training.second import SECOND, Second, second_labels

_LABELS = ("kind", "primary", "safety", "dissatisfaction")


def kappas(examples: Sequence[Example], folder: Path = SECOND) -> Mapping[str, float] | None:
    """Kappa of each label over the texts that were labelled twice; None where nobody has done so yet.

    A second label names its text by file and line (`01.tsv:7`). Raises ValueError for a line that is no such row.
    """
    second = second_labels(folder)
    both = [(_labels(one), _again(second[one.place])) for one in examples if one.place in second]
    if not both:
        return None
    found = {"texts": float(len(both))}
    for place, label in enumerate(_LABELS):
        found[label] = kappa([(one[place], other[place]) for one, other in both])
    return found


def kappa(pairs: Sequence[tuple[str, str]]) -> float:
    """Cohen's kappa: agreement beyond what two people with these habits would reach by chance; 1 is full."""
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    agreed = sum(one == other for one, other in pairs) / len(pairs)
    chance = sum(count * second[label] for label, count in first.items()) / len(pairs) ** 2
    return (agreed - chance) / (1 - chance) if chance < 1 else 1.0


def _labels(example: Example) -> tuple[str, ...]:
    return example.kind, example.primary, str(int(example.safety)), str(example.dissatisfaction)


def _again(second: Second) -> tuple[str, ...]:
    return second.kind, second.primary, str(int(second.safety)), str(second.dissatisfaction)
