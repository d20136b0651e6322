"""Telephone numbers in the form in which two of them are compared, however they were written."""

import re

from schemas.normalise import fold

MASK = re.compile("[*x•·#_]")
"""What stands for hidden digits."""
SEPARATORS = re.compile(r"[\s().+/-]")
_CHINA = "86"
_OUTSIDE_DIGITS = re.compile(r"\D")
_SHORTEST, _LONGEST = 7, 15
_WITH_COUNTRY = 13


def canonical_phone(written: str) -> str | None:
    """The digits of a telephone without country code 86, trunk zero, blanks and dashes; None for what is none."""
    bare = SEPARATORS.sub("", fold(written).text)
    international = fold(written).text.strip().startswith(("+", "00"))
    digits = _OUTSIDE_DIGITS.sub("", bare).lstrip("0")
    if digits.startswith(_CHINA) and (international or len(digits) == _WITH_COUNTRY):
        digits = digits[len(_CHINA) :].lstrip("0")
    real = _SHORTEST <= len(digits) <= _LONGEST and len(set(digits)) > 2
    return digits if real and not MASK.search(bare) else None
