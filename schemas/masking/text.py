"""Masking of a whole text: finds, replaces, and keeps track of where the rest has moved."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from schemas.masking import addresses, links, numbers, words
from schemas.masking.contact import HIDDEN
from schemas.masking.finding import Finding, Reading
from schemas.masking.known import Known

_ORDER_LABEL = "订单号:"
_MOST_PASSES = 4
_LONGEST_PHRASE = 100


@dataclass(frozen=True, slots=True)
class Masked:
    """A masked text. `cuts` holds, pass by pass, the replaced spans (start, end, length of what is shown)."""

    text: str
    cuts: tuple[tuple[tuple[int, int, int], ...], ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """Where a span of the text that went in stands now; None when any of it is masked."""
        for one_pass in self.cuts:
            shift = 0
            for cut_start, cut_end, shown in one_pass:
                if cut_end <= start:
                    shift += shown - (cut_end - cut_start)
                elif cut_start < end:
                    return None
            start, end = start + shift, end + shift
        return start, end


def mask(text: str, known: Iterable[str] | Known = ()) -> Masked:
    """Mask personal data in a text; `known` are the sender's own name, phones, e-mails, address as stated.

    Masking what is masked already changes nothing.
    """
    values = Known.of(known)
    cuts: list[tuple[tuple[int, int, int], ...]] = []
    for _ in range(_MOST_PASSES):
        replaced = _replacements(text, values)
        if not replaced:
            break
        pieces, position = [], 0
        for start, end, shown in replaced:
            pieces += [text[position:start], shown]
            position = end
        text = "".join([*pieces, text[position:]])
        cuts.append(tuple((start, end, len(shown)) for start, end, shown in replaced))
    return Masked(text, tuple(cuts))


def mask_text(text: str, known: Iterable[str] | Known = ()) -> str:
    """The masked text alone; see `mask`."""
    return mask(text, known).text


def mask_phrase(text: str, known: Iterable[str] | Known = ()) -> str:
    """`mask_text` for what our own rules say again and again in the same words; a short phrase is remembered."""
    if len(text) > _LONGEST_PHRASE:
        return mask_text(text, known)
    reading, is_personal = _phrase(text)
    return mask_text(text, known) if is_personal or any(Known.of(known).find(reading)) else text


def mask_order_number(value: str, known: Iterable[str] | Known = ()) -> str:
    """Mask a value that stands in an order, batch or tracking field: a long number there is no bank card."""
    return mask_text(_ORDER_LABEL + value, known).removeprefix(_ORDER_LABEL)


def find_personal(text: str, known: Iterable[str] | Known = ()) -> list[str]:
    """The kinds of personal data a text still holds, in order of appearance; empty when it is masked."""
    return [finding.kind for finding in sorted(_findings(Reading(text), Known.of(known)), key=lambda one: one.start)]


def _findings(reading: Reading, known: Known) -> Iterator[Finding]:
    """The sender's own values first, then what can be told by its shape."""
    yield from known.find(reading)
    yield from _by_shape(reading)


def _by_shape(reading: Reading) -> Iterator[Finding]:
    yield from links.find(reading)
    yield from words.find(reading)
    yield from numbers.find(reading)
    yield from addresses.find(reading)


@lru_cache(maxsize=2_000)
def _phrase(text: str) -> tuple[Reading, bool]:
    """A phrase as detectors see it, and whether its shape shows anything personal."""
    reading = Reading(text)
    return reading, any(_by_shape(reading))


def _replacements(text: str, known: Known) -> list[tuple[int, int, str]]:
    """Spans of the original with what is shown, in order. Where findings overlap the first finder decides."""
    reading = Reading(text)
    taken: list[tuple[int, int, str]] = []
    for finding in _findings(reading, known):
        start, end = reading.folded.span(finding.start, finding.end)
        for free_start, free_end in list(_free(start, end, taken)):
            whole = (free_start, free_end) == (start, end)
            insort(taken, (free_start, free_end, finding.shown if whole else HIDDEN))
    return [(start, end, shown) for start, end, shown in taken if text[start:end] != shown]


def _free(start: int, end: int, taken: list[tuple[int, int, str]]) -> Iterator[tuple[int, int]]:
    """The parts of a span that no earlier finding took. `taken` is sorted and its spans are apart."""
    first = max(0, bisect_left(taken, (start,)) - 1)
    for index in range(first, len(taken)):
        taken_start, taken_end, _ = taken[index]
        if taken_start >= end or start >= end:
            break
        if start < taken_end:
            if start < taken_start:
                yield start, taken_start
            start = taken_end
    if start < end:
        yield start, end
