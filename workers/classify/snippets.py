"""Which pieces of a text moved the model: its weightiest patterns, joined where they overlap, in whole words."""

from collections import defaultdict
from collections.abc import Iterable
from operator import itemgetter
from typing import NamedTuple

from workers.classify.model import Reading, TextModel

_MOST_FEATURES = 8
_MOST_PLACES = 3


class Snippet(NamedTuple):
    """A piece of the folded text, and what it adds to the score of a class."""

    start: int
    end: int
    weight: float


_Piece = tuple[int, int, float]
_WEIGHT = itemgetter(2)


def snippets(model: TextModel, reading: Reading, text: str, column: int, most: int) -> list[Snippet]:
    """The pieces of the folded text that speak most for one class, heaviest first."""
    best = _best(reading, column)
    pieces: list[_Piece] = []
    for feature, spans in _placed(model, reading, best).items():
        weight = best[feature] / len(spans)
        pieces += [(start, end, weight) for start, end in spans[:_MOST_PLACES]]
    joined = sorted(_joined(sorted(pieces)), key=_WEIGHT, reverse=True)[: 2 * most]
    trimmed = [_inside(text, start, end, weight) for start, end, weight in joined]
    whole = sorted(_joined(sorted(one for one in trimmed if _says_something(one))), key=_WEIGHT, reverse=True)
    return [Snippet(*one) for one in whole[:most]]


def _says_something(piece: _Piece) -> bool:
    """Whether a clerk can see a meaning in it: one character alone has none."""
    return piece[1] - piece[0] > 1


def _best(reading: Reading, column: int) -> dict[int, float]:
    """The features that add most to the score of the class, with what they add."""
    found = reading.found
    added = reading.added(column)
    order = (-added).argsort()[:_MOST_FEATURES]
    pairs = zip(found.features[order].tolist(), added[order].tolist(), strict=True)
    return {feature: weight for feature, weight in pairs if weight > 0}


def _placed(model: TextModel, reading: Reading, best: dict[int, float]) -> dict[int, list[tuple[int, int]]]:
    """Where in the text that the model read each of these features stands."""
    grams, concepts = model.patterns.grams, model.patterns.concepts
    stands_for = {feature: [feature] for feature in best if feature < grams}
    for pattern in reading.found.words:
        shown = [concept for concept in concepts[pattern] if concept in best]
        if shown:
            stands_for[pattern] = [*stands_for.get(pattern, ()), *shown]
    placed: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for pattern, start, end in [match for match in reading.found.matches if match[0] in stands_for]:
        for feature in stands_for[pattern]:
            placed[feature].append((start, end))
    return placed


def _inside(text: str, start: int, end: int, weight: float) -> _Piece:
    """The piece in the folded text (the model reads a blank in front of it), in whole words, no mark at an end."""
    start, end = max(start - 1, 0), min(end - 1, len(text))
    while start < end and not text[start].isalnum():
        start += 1
    while start < end and not text[end - 1].isalnum():
        end -= 1
    while start < end and start > 0 and _is_letter(text[start]) and _is_letter(text[start - 1]):
        start -= 1
    while start < end < len(text) and _is_letter(text[end - 1]) and _is_letter(text[end]):
        end += 1
    return start, end, weight


def _joined(pieces: Iterable[_Piece]) -> list[_Piece]:
    """Pieces in text order, those that overlap made one."""
    joined: list[_Piece] = []
    for start, end, weight in pieces:
        if joined and start < joined[-1][1]:
            first, last, before = joined[-1]
            joined[-1] = (first, max(last, end), before + weight)
        else:
            joined.append((start, end, weight))
    return joined


def _is_letter(char: str) -> bool:
    return char.isascii() and char.isalnum()
