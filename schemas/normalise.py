"""The form of a text that rules match on: NFKC, simplified characters, small letters, nothing invisible.

Only for matching; people always see the original. `Folded.span` leads from a match back to the original.
"""

import unicodedata
from dataclasses import dataclass

from schemas.han import simplified_forms

_LINE_ENDS = "\n\t"


def _fold_character(char: str) -> str:
    """The folded form of one character: one character as a rule, none or several now and then."""
    category = unicodedata.category(char)
    if char in _LINE_ENDS:
        return char
    if category in {"Cc", "Cf", "Mn", "Me"}:
        return "\n" if char in "\r\x0b\x0c\x85" else ""
    if category.startswith("Z"):
        return "\n" if category in {"Zl", "Zp"} else " "
    if category == "Nd":
        return str(unicodedata.decimal(char))
    simple = simplified_forms()
    return "".join(simple.get(part, part) for part in unicodedata.normalize("NFKC", char)).lower()


class _Table(dict[int, str]):
    """Fills itself with each character that comes along, and notes those that change the length."""

    def __init__(self) -> None:
        super().__init__()
        self.uneven: set[str] = set()

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = _fold_character(char)
        if len(folded) != 1:
            self.uneven.add(char)
        self[code] = folded
        return folded


_TABLE = _Table()


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text with the way back. `starts` is None while both texts have the same length throughout."""

    text: str
    original: str
    starts: tuple[int, ...] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The half-open span in the original, in code points, that became `text[start:end]`."""
        if self.starts is None or start >= end:
            return (start, end) if self.starts is None else (self.starts[start], self.starts[start])
        return self.starts[start], self.starts[end - 1] + 1


def fold(text: str) -> Folded:
    """Fold a text for matching, keeping for each folded character where it stands in the original.

    Characters are folded one by one, so a letter and a combining accent stay what they are (the accent goes).
    """
    folded = text.translate(_TABLE)
    if _TABLE.uneven.isdisjoint(text):
        return Folded(folded, text)
    starts: list[int] = []
    for position, char in enumerate(text):
        starts.extend([position] * len(_TABLE[ord(char)]))
    starts.append(len(text))
    return Folded(folded, text, tuple(starts))
