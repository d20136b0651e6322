"""The form of a text that the model reads: folded, its first characters, every mark that says nothing a blank.

One character for one, and a blank before and behind: what the model finds at p stands at p - 1 of the folded text.
"""

import unicodedata

MOST_CHARS = 600
"""The model reads the beginning of a text; what a complaint is about stands there."""

NORMALISER = "fold-1"
"""Name of this form: a model trained on another one is refused."""

_TELLING = frozenset("?!%")


class _Blanks(dict[int, str]):
    """Fills itself with each character that comes along."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        says_nothing = unicodedata.category(char)[0] in "PZC" and char not in _TELLING
        self[code] = found = " " if says_nothing else char
        return found


_BLANKS = _Blanks()


def shape(folded: str) -> str:
    """The form the model reads of a folded text."""
    return f" {folded[:MOST_CHARS].translate(_BLANKS)} "
