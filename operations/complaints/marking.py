"""A text with the words marked that decisions rest on, masked. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from schemas.masking import mask
from schemas.masking.text import Masked
from schemas.records import Evidence

MOST_MARKS = 60


class Piece(NamedTuple):
    """A part of a text; `reasons` are the numbers (from 1) of the reasons that rest on it."""

    text: str
    reasons: tuple[int, ...] = ()


def marked(text: str, reasons: Sequence[Evidence], known: Iterable[str] = (), *, full: bool = False) -> list[Piece]:
    """Cut a text where reasons begin and end. Words that are hidden are not marked; `full` hides nothing."""
    shown = Masked(text) if full else mask(text, known)
    spans = list(_spans(shown, text, reasons))
    cuts = sorted({0, len(shown.text), *(at for start, end, _ in spans for at in (start, end))})
    return [
        Piece(shown.text[begin:end], tuple(number for start, stop, number in spans if start <= begin and end <= stop))
        for begin, end in pairwise(cuts)
    ]


def _spans(shown: Masked, text: str, reasons: Sequence[Evidence]) -> Iterator[tuple[int, int, int]]:
    for number, one in enumerate(reasons[:MOST_MARKS], 1):
        if one.start is None or one.end is None or not 0 <= one.start < one.end <= len(text):
            continue
        span = shown.span(one.start, one.end)
        if span is not None:
            yield *span, number
