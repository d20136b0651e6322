"""The authority's own number of a referral: always text, kept as it is written.

Source: one real 登记编号 of 25 digits and a petition number of letters and digits (facts 4.2); no published rule
(unsure), so eight to forty letters, digits and dashes are taken. Excel keeps 15 digits of a number and shows a
longer one as 3.3E+24 (support.microsoft.com, "Long numbers are displayed incorrectly in Excel").
"""

import re

from schemas.errors import Reason

MAX_EXACT = 10**15
"""Up to here a spreadsheet's number has all its digits."""
_NUMBER = re.compile(r"[0-9A-Za-z-]{8,40}")
_ROUNDED = re.compile(r"\d(?:\.\d+)?[Ee]\+?\d{1,3}")
_QUOTES = " \t\r\n'‘’\"“”`　="


def tidy(written: str) -> str:
    """A number without the quotation marks and blanks that keep a spreadsheet from reading it as a number."""
    return written.strip(_QUOTES)


def is_rounded(written: str) -> bool:
    """Whether it is what a spreadsheet makes of a long number: 3.3E+24."""
    return bool(_ROUNDED.fullmatch(written.strip()))


def wrong_number(number: str) -> tuple[Reason, str] | None:
    """Why a number is not taken, None when it is. What it says is never repeated."""
    if is_rounded(number):
        return Reason.DIGITS_LOST, "the number was stored as a figure and lost its digits: format the column as text"
    if not _NUMBER.fullmatch(number):
        return Reason.BAD_NUMBER, "the number is not 8 to 40 letters, digits and dashes"
    return None
