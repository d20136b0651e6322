"""Identity card numbers: only valid ones, and only masked.

18 characters: region, birthday, order, check character (GB 11643, checked by python-stdnum). 15 digits: the form in use
until 1999, without a check, so it counts only under a word for a card.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from schemas.masking.contact import mask_id_number

_LONG = re.compile(
    r"(?<![\da-z])[1-8]\d{5}[ -]?(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[ -]?\d{3}"
    r"[ -]?[\dx](?![\da-z])"
)
_SHORT = re.compile(r"(?<!\d)[1-8]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?!\d)")
_MASKED = re.compile(r"(?<![\d*])[1-8][\d*]{2,16}[\dx](?![\d*])")
_FEWEST_MASKED = 8
_WORD = re.compile(r"(?:身份证|证件)[^\d\n]{0,8}$")
_BLANKS = str.maketrans("", "", " -")


@dataclass(frozen=True, slots=True)
class Card:
    """A card at a half-open span of the text; `value` is masked."""

    start: int
    end: int
    value: str


def id_cards(digits: str) -> Iterator[Card]:
    """Every valid card number of a text in which spoken digits are figures."""
    if "*" in digits:
        yield from _masked(digits)
    for match in _LONG.finditer(digits):
        number = match[0].translate(_BLANKS).upper()
        if _is_valid(number):
            yield Card(*match.span(), mask_id_number(number))
    if "证" in digits:
        for match in _SHORT.finditer(digits):
            if _WORD.search(digits[max(0, match.start() - 14) : match.start()]) and _is_day(match[0]):
                yield Card(*match.span(), mask_id_number(match[0]))


def _masked(digits: str) -> Iterator[Card]:
    """Cards that the sender hid in part, under a word for a card; all of it is hidden then."""
    for match in _MASKED.finditer(digits):
        if (
            "*" in match[0]
            and len(match[0]) >= _FEWEST_MASKED
            and _WORD.search(digits[max(0, match.start() - 14) : match.start()])
        ):
            yield Card(*match.span(), mask_id_number(match[0].upper()))


def _is_valid(number: str) -> bool:
    try:
        return bool(ric.validate(number))
    except ValidationError:
        return False


def _is_day(number: str) -> bool:
    try:
        return bool(date(1900 + int(number[6:8]), int(number[8:10]), int(number[10:12])))
    except ValueError:
        return False
