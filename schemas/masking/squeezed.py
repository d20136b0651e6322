"""Finds words that are written with something between their characters, without a pattern for each word."""

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise

_LATIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


class Squeezed:
    """A text without the characters that may stand between those of a word: in it the word is in one piece."""

    def __init__(self, text: str, kept: re.Pattern[str] | None, at_most: int) -> None:
        """`kept` matches the characters of words (None: all); of others `at_most` so many may stand in one place."""
        self._whole = text
        self._kept = kept
        self._at_most = at_most

    def spans(self, word: str) -> Iterator[tuple[int, int]]:
        """Where the word stands in the whole text, half-open and apart; whole words only where it is Latin."""
        if word[0] not in self._whole:
            return
        begin = self._text.find(word)
        while begin >= 0:
            places = self._places[begin : begin + len(word)]
            found = self._is_close(places) and self._is_whole(word, places[0], places[-1] + 1)
            if found:
                yield places[0], places[-1] + 1
            begin = self._text.find(word, begin + (len(word) if found else 1))

    @cached_property
    def _text(self) -> str:
        return "".join(self._kept.findall(self._whole)) if self._kept else self._whole

    @cached_property
    def _places(self) -> range | list[int]:
        """Where each character that is left stands in the whole text."""
        if self._kept is None:
            return range(len(self._whole))
        return [place for run in self._kept.finditer(self._whole) for place in range(*run.span())]

    def _is_close(self, places: range | list[int]) -> bool:
        return all(after - before <= self._at_most + 1 for before, after in pairwise(places))

    def _is_whole(self, word: str, start: int, end: int) -> bool:
        begins = not word[0].isascii() or start == 0 or self._whole[start - 1] not in _LATIN
        return begins and (not word[-1].isascii() or end == len(self._whole) or self._whole[end] not in _LATIN)
