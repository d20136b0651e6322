"""What a detector reports, and the readings of a text that detectors search."""

import re
from dataclasses import dataclass
from functools import cached_property

from schemas.masking.squeezed import Squeezed
from schemas.normalise import fold

_SPOKEN = {
    "0": "〇零洞",
    "1": "一幺壹",
    "2": "二两贰",
    "3": "三叁",
    "4": "四肆",
    "5": "五伍",
    "6": "六陆",
    "7": "七拐柒",
    "8": "八捌",
    "9": "九勾玖",
}
_SPOKEN_CHARS = frozenset("".join(_SPOKEN.values()))
_SPOKEN_DIGITS = {ord(char): digit for digit, chars in _SPOKEN.items() for char in chars}
_LETTERS = re.compile(r"[^\W_]+")
_IN_NUMBERS = re.compile(r"[^ \-_.·,、\n]+")


@dataclass(frozen=True, slots=True)
class Finding:
    """Personal data at a half-open span of the folded text, and what is shown instead."""

    start: int
    end: int
    kind: str
    shown: str


class Reading:
    """A text as detectors see it: folded; with spoken digits (一三八, 幺) as figures, same length; and squeezed."""

    def __init__(self, text: str) -> None:
        self.folded = fold(text)
        self.plain = self.folded.text

    @cached_property
    def figures(self) -> str:
        """With every digit as a figure."""
        return self.plain if _SPOKEN_CHARS.isdisjoint(self.plain) else self.plain.translate(_SPOKEN_DIGITS)

    @cached_property
    def unspaced(self) -> Squeezed:
        """For words that have nothing between their characters."""
        return Squeezed(self.plain, None, 0)

    @cached_property
    def letters(self) -> Squeezed:
        """For words with up to three signs between their letters."""
        return Squeezed(self.plain, _LETTERS, 3)

    @cached_property
    def digits(self) -> Squeezed:
        """For numbers with up to three blanks, dashes or points between their digits."""
        return Squeezed(self.figures, _IN_NUMBERS, 3)
