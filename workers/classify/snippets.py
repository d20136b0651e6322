"""Which pieces of a text moved the model: its weightiest patterns, joined where they overlap, in whole words."""

from collections import defaultdict
from typing import NamedTuple

from workers.classify.model import Reading, TextModel

_MOST_PATTERNS = 12


class Snippet(NamedTuple):
    """A piece of the folded text, and what it adds to the score of a class."""

    start: int
    end: int
    weight: float


def snippets(model: TextModel, reading: Reading, text: str, column: int, most: int) -> list[Snippet]:
    """The pieces of the folded text that speak most for one class, heaviest first."""
    found = reading.found
    added = model.weights[found.features, column] * found.values
    best = {
        int(found.features[place]): float(added[place])
        for place in (-added).argsort()[:_MOST_PATTERNS].tolist()
        if added[place] > 0
    }
    placed: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for pattern, start, end in found.matches:
        for feature in model.owners[pattern]:
            if feature in best:
                placed[feature].append((start, end))
    pieces = [
        (*_inside(text, start, end), best[feature] / len(spans))
        for feature, spans in placed.items()
        for start, end in spans
    ]
    joined = [one for one in _joined(sorted(pieces)) if one.start < one.end]
    return sorted(joined, key=lambda one: (-one.weight, one.start))[:most]


def _inside(text: str, start: int, end: int) -> tuple[int, int]:
    """The span in the folded text (the model reads a blank in front of it), in whole words, no mark at an end."""
    start, end = max(start - 1, 0), min(end - 1, len(text))
    while start < end and not text[start].isalnum():
        start += 1
    while start < end and not text[end - 1].isalnum():
        end -= 1
    while start < end and start > 0 and _is_letter(text[start]) and _is_letter(text[start - 1]):
        start -= 1
    while start < end < len(text) and _is_letter(text[end - 1]) and _is_letter(text[end]):
        end += 1
    return start, end


def _joined(pieces: list[tuple[int, int, float]]) -> list[Snippet]:
    joined: list[Snippet] = []
    for start, end, weight in pieces:
        if joined and start < joined[-1].end:
            before = joined[-1]
            joined[-1] = Snippet(before.start, max(before.end, end), before.weight + weight)
        else:
            joined.append(Snippet(start, end, weight))
    return joined


def _is_letter(char: str) -> bool:
    return char.isascii() and char.isalnum()
