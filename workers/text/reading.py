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
_COUNTING = re.compile(r"[一两二三四五六七八九](?=[共个直下样起次定块箱件天盒斤瓶袋份条张般])")
_TENS = re.compile(
    r"(?<=[零〇幺二][零〇一幺二三四五六七八九])[零〇一幺二三四五六七八九 ]{0,12}"
    r"十[零〇一幺二三四五六七八九十 ]{2,16}"
)
_MOST_NUMBERS = 200
_WIDE = re.compile(r"[\d０-９]，[\d０-９]")
_THOUSANDS = re.compile(r"(?<![A-Za-z\d０-９])[\d０-９]{1,3}(?:，[\d０-９]{3})+(?![\d０-９])")


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
        if not _SPOKEN_RUN.search(self.text):
            return self.text
        said = self.text.translate(SPOKEN)
        for tens in _TENS.finditer(self.text):  # 二零二六十一十五零二: tens among digits said one by one
            said = said[: tens.start()] + _without_tens(said[tens.start() : tens.end()]) + said[tens.end() :]
        for word in _COUNTING.finditer(self.text):  # 零零三八一共三百: the last one counts, it is no digit
            said = f"{said[: word.start()]}{word[0]}{said[word.end() :]}"
        return said

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


def _without_tens(said: str) -> str:
    """十五 as 15, 二十 as 20, 二十三 as 2-3: of the same length; the dash is no part of a number that was said."""
    digits = list(said)
    for place, char in enumerate(said):
        if char == "十":
            before = place > 0 and said[place - 1].isdecimal() and (place < 2 or said[place - 2] != "十")
            after = place + 1 < len(said) and said[place + 1].isdecimal()
            digits[place] = "1" if after and not _is_tens(said, place) else ("-" if after and before else "0")
    return "".join(digits)


def _is_tens(said: str, place: int) -> bool:
    """Whether the digit before 十 says how many tens: 2 and 3 do in dates, after a pause or another ten."""
    return place > 0 and said[place - 1] in "23" and (place < 2 or not said[place - 2].isdecimal())


def _with_wide_commas(folded: Folded) -> str:
    """The folded text, where a full-width comma between figures parts sentences, unless it parts thousands (1，280)."""
    if folded.starts is not None or not _WIDE.search(folded.original):
        return folded.text
    kept = {place for match in _THOUSANDS.finditer(folded.original) for place in range(*match.span())}
    pairs = enumerate(zip(folded.text, folded.original, strict=True))
    return "".join("、" if sent == "，" and place not in kept else char for place, (char, sent) in pairs)
