"""A text as the readers of fields see it: folded, misheard words mended, its numbers found once."""

import re
from functools import cached_property
from itertools import islice

from schemas.normalise import Folded
from schemas.records import Found
from workers.text.homophones import mended
from workers.text.numerals import Number, joined, numbers

SPOKEN = str.maketrans("零〇洞一幺二两三四五六七拐八九勾", "0001122345677899")
"""Digits as they are said one by one → figures."""
_SPOKEN_RUN = re.compile(r"[零〇洞一幺二两三四五六七拐八九勾](?:[ ,、。]{0,2}[零〇洞一幺二两三四五六七拐八九勾]){2}")
_MOST_NUMBERS = 200
_WIDE = re.compile(r"[\d０-９]，[\d０-９]")


class Reading:
    """One text; spans handed to `found` are of `text` and come out as spans of the original."""

    def __init__(self, folded: Folded) -> None:
        self.folded = folded
        self.text = mended(_with_wide_commas(folded))

    @cached_property
    def numbers(self) -> list[Number]:
        """The first numbers, ranges joined; nobody means hundreds of them."""
        return joined(self.text, list(islice(numbers(self.text), _MOST_NUMBERS)))

    @cached_property
    def digits(self) -> str:
        """The text with spoken digits as figures where at least three stand together; of the same length."""
        return self.text.translate(SPOKEN) if _SPOKEN_RUN.search(self.text) else self.text

    def found(
        self,
        span: tuple[int, int],
        value: str,
        *,
        currency: str | None = None,
        is_range: bool = False,
        high: str | None = None,
    ) -> Found:
        """A found value with its span in the text as it was sent."""
        start, end = self.folded.span(*span)
        return Found(value=value, start=start, end=end, currency=currency, range=is_range or None, high=high)

    def original(self, start: int, end: int) -> str:
        """What stands in the text as it was sent."""
        first, last = self.folded.span(start, end)
        return self.folded.original[first:last]


def _with_wide_commas(folded: Folded) -> str:
    """The folded text, where a full-width comma between figures stays one: it parts sentences, never thousands."""
    if folded.starts is not None or not _WIDE.search(folded.original):
        return folded.text
    return "".join("、" if sent == "，" else char for char, sent in zip(folded.text, folded.original, strict=True))
