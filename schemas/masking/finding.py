"""What a detector reports, and the two readings of a text that detectors search."""

from dataclasses import dataclass

from schemas.normalise import Folded, fold

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
_SPOKEN_DIGITS = {ord(char): digit for digit, chars in _SPOKEN.items() for char in chars}


@dataclass(frozen=True, slots=True)
class Finding:
    """Personal data at a half-open span of the folded text, and what is shown instead."""

    start: int
    end: int
    kind: str
    shown: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as detectors see it: folded, and folded with spoken digits (一三八, 幺) as figures, same length."""

    folded: Folded
    plain: str
    figures: str


def read(text: str) -> Reading:
    """Fold a text once for all detectors."""
    folded = fold(text)
    return Reading(folded, folded.text, folded.text.translate(_SPOKEN_DIGITS))
