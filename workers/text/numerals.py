"""Numbers as people write and say them: figures, Chinese numerals, both mixed, and the vague ones.

`2万5` is 25000 and `三百五` 350 (the last digit takes the next lower unit); 两三百, 十几 and 100多 are ranges.
Source of the grammar: everyday usage; no number above 9999亿 is read.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

_NUMERALS = "零〇一二两三四五六七八九十百千万亿半几俩仨廿卅壹贰叁肆伍陆柒捌玖拾佰仟幺"
_TOKEN = re.compile(  # begins with one set of characters: patterns that do are searched twice as fast
    rf"[0-9{_NUMERALS}](?:(?<=\d)(?:\d{{0,2}}(?:(?:,\d{{3}})++(?!\d)|(?: \d{{3}})++(?= ?[元块]))|\d*+)"
    rf"(?:\.\d{{1,4}}(?![\d.]))?|(?<!\d)[{_NUMERALS}]*+)"
)
_SCALE = re.compile(
    r" ?([百千万亿]{1,2}|[kw](?![a-z]))(?:([\d一二三四五六七八九])(?![\d一二三四五六七八九十百千万.]))?"
)
_VAGUE = re.compile(r"(?:多|来|余|几|好几)(?=[^\d,。!?的])(百|千|万|亿)?|多(?=$|[ ,。!?的、;了])|出头")
_POINT = re.compile(r"点([零〇一二两三四五六七八九幺]{1,3})(?![零〇一二三四五六七八九十百千分刻钟])")
_RANGE = re.compile(r" ?(?:-{1,2}|~|—{1,2}|至|到) ?(?:¥|rmb ?)?")
_DIGITS = {
    **dict(zip("零〇一二两三四五六七八九幺俩仨", (0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3), strict=True)),
    **dict(zip("壹贰叁肆伍陆柒捌玖", range(1, 10), strict=True)),
}
_SMALL = {"十": 10, "百": 100, "千": 1_000, "拾": 10, "佰": 100, "仟": 1_000}
_LARGE = {"万": 10_000, "亿": 100_000_000}
_FORMAL = frozenset("壹贰叁肆伍陆柒捌玖")
_TWENTIES = {"廿": 20, "卅": 30}
_SINGLE = frozenset("两俩仨")
_SCALES = {"k": 1_000, "w": 10_000, **_SMALL, **_LARGE}
_LONGEST = 12
_LONGEST_RUN = 24
_LONE = frozenset("零〇一二三四五六七八九两半几俩仨幺十百千万亿")
_ORDINARY = frozenset("下直样起定些般边旦切共向次天年月号日季周星楼层会儿再时遍直路律概旁阵番度同致")
"""What follows a lone numeral in ordinary words (一下, 一样, 三天, 两次), where it is neither amount nor quantity."""
_ABOUT = frozenset("来把多余")
_HOURS = 12
_MEASURED = re.compile(r" ?(?:公斤|千克|斤|克|吨|元|块|万|亿|千|百|米|厘米|公里|折|倍|%|升|度|分贝)")
_WEEKDAY = re.compile(r"(?:礼拜|星期|周)$")


class Number(NamedTuple):
    """A number at a half-open span of the text; `high` where two ends are named, `vague` where it is no exact one."""

    start: int
    end: int
    value: Decimal
    high: Decimal | None = None
    vague: bool = False
    figures: bool = True
    scaled: bool = False

    @property
    def is_range(self) -> bool:
        """Whether the number is a range: two ends, or one end and 多."""
        return self.vague or self.high is not None


class _Piece(NamedTuple):
    """One numeral of a run of numeral characters."""

    start: int
    end: int
    value: Decimal
    high: Decimal | None = None
    scaled: bool = False


def numbers(text: str) -> Iterator[Number]:
    """Every number of a folded text, from left to right, apart; those with pauses between digits are not joined."""
    end = 0
    for token in _TOKEN.finditer(text):
        start, stop = token.span()
        if stop - start == 1 and text[start] in _LONE and text[stop : stop + 1] in _ORDINARY:
            continue
        if start < end:
            if stop <= end:
                continue
            start = end
        written = text[start:stop]
        if written[0].isdecimal():
            if stop - start > _LONGEST + 3:
                continue
            number = _figures(text, start, stop, written)
            end = number.end
            yield number
        else:
            for number in _in_run(text, start, stop):
                end = number.end
                yield number


def _in_run(text: str, start: int, stop: int) -> Iterator[Number]:
    """The numbers of a run of numeral characters; the day of 礼拜一 is none of them."""
    is_day = text[start] in "一二三四五六" and text[start + 1 : start + 2] not in _SMALL
    if is_day and _WEEKDAY.search(text[max(0, start - 2) : start]):
        start += 1
    written = text[start:stop]
    if written in _SMALL and text[stop : stop + 1] in _ABOUT and written + text[stop] != "十把":  # 百来块, 千把块
        yield Number(start, stop + 1, Decimal(_SMALL[written]), vague=True, figures=False, scaled=True)
    elif len(written) <= _LONGEST_RUN:
        yield from _spoken(text, start, written)


def joined(text: str, found: list[Number]) -> list[Number]:
    """Numbers with `from-to` ranges (500-600, 五百到六百) put together."""
    together: list[Number] = []
    for number in found:
        last = together[-1] if together else None
        if (
            last
            and not last.is_range
            and 0 < number.start - last.end < _LONGEST
            and number.high is None
            and _RANGE.fullmatch(text, last.end, number.start)
            and last.value < number.value
        ):
            together[-1] = Number(last.start, number.end, last.value, number.value, number.vague, number.figures, True)
        else:
            together.append(number)
    return together


def number_of(written: str) -> Decimal | None:
    """The whole of a written number; None for a range (两三百) or what is no number."""
    plain = written.replace(",", "").strip()
    found = list(numbers(plain))
    if len(found) != 1 or found[0].is_range or (found[0].start, found[0].end) != (0, len(plain)):
        return None
    return found[0].value


def digits_of(spoken: str) -> str:
    """Digits said one by one, as figures: 幺三零 is 130. Other characters are left out."""
    return "".join(str(_DIGITS.get(char, char)) for char in spoken if char.isdecimal() or char in _DIGITS)


def plain(value: Decimal) -> str:
    """A number as a decimal string without needless zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _figures(text: str, start: int, stop: int, written: str) -> Number:
    value = Decimal(written.replace(",", "").replace(" ", ""))
    scaled = False
    if scale := _SCALE.match(text, stop):
        factor = _factor(scale[1])
        rest = Decimal(_DIGITS.get(scale[2], 0) or scale[2]) * factor / 10 if scale[2] else Decimal(0)
        value, stop, scaled = value * factor + rest, scale.end(), True
    return _vague(text, Number(start, stop, value, scaled=scaled))


def _factor(units: str) -> int:
    factor = 1
    for unit in units:
        factor *= _SCALES[unit]
    return factor


def _vague(text: str, number: Number) -> Number:
    """The number with what follows it: 多, 来, 余, and a unit after those (三十多万)."""
    more = _VAGUE.match(text, number.end)
    if not more:
        return number
    value = number.value * (_SCALES[more[1]] if more[1] else 1)
    return Number(number.start, more.end(), value, number.high, True, number.figures, True)


def _spoken(text: str, start: int, written: str) -> Iterator[Number]:
    for piece in pieces(written):
        number = Number(
            start + piece.start, start + piece.end, piece.value, piece.high, figures=False, scaled=piece.scaled
        )
        if piece.high == piece.value:  # 几 behind it: an open range
            number = Number(number.start, number.end, piece.value, None, True, False, True)
        if piece.end == len(written):
            point = _POINT.match(text, number.end) if number.high is None else None
            if point and (number.value > _HOURS or _MEASURED.match(text, point.end())):
                value = number.value + Decimal(f"0.{digits_of(point[1])}")
                number = Number(number.start, point.end(), value, figures=False, scaled=True)
            else:
                number = _vague(text, number)
        yield number


@lru_cache(maxsize=2_000)
def pieces(run: str) -> tuple[_Piece, ...]:
    """The numerals that a run of numeral characters consists of: 十二一 is 十二 and 一."""
    found: list[_Piece] = []
    position = 0
    if not _FORMAL.isdisjoint(run) and "拾" not in run and "佰" not in run and "仟" not in run:
        return ()  # 陆续
    while position < len(run):
        if run[position] == "几":  # 几百 says neither end
            position += 1
            while position < len(run) and (run[position] in _SMALL or run[position] in _LARGE):
                position += 1
            continue
        piece = _about_a_hundred(run) if not position else None
        piece = piece or _next(run, position)
        if piece is None:
            position += 1
        else:
            found.append(piece)
            position = piece.end
    return tuple(found)


def _about_a_hundred(run: str) -> _Piece | None:
    """百八十, 千八百: eighty to a hundred, eight hundred to a thousand."""
    if run[:3] == "百八十":
        return _Piece(0, 3, Decimal(80), Decimal(100), scaled=True)
    return _Piece(0, 3, Decimal(800), Decimal(1_000), scaled=True) if run[:3] == "千八百" else None


def _next(run: str, start: int) -> _Piece | None:
    digits = start
    while digits < len(run) and run[digits] in _DIGITS and (digits == start or run[digits] not in _SINGLE):
        digits += 1
        if run[digits - 1] in _SINGLE and not (run[digits - 1] == "两" and run[digits : digits + 1] == "三"):
            break
    if run[start : start + 2] == "一两" and run[start + 2 : start + 3] in _SMALL:
        return _neighbouring(run, start)
    if digits - start > 2 or (digits - start == 2 and not _neighbours(run, start)):
        ends_in_unit = digits < len(run)
        if digits - start > 2:
            stop = digits
            if ends_in_unit and not _DIGITS[run[start]]:
                return None
            return _Piece(start, stop, Decimal(digits_of(run[start:stop][:_LONGEST])), scaled=True)
        return _one(run, start) if ends_in_unit else _two(run, start)
    if digits - start == 2:
        return _neighbouring(run, start)
    return _one(run, start)


def _two(run: str, start: int) -> _Piece:
    return _Piece(start, start + 2, Decimal(digits_of(run[start : start + 2])), scaled=True)


def _neighbours(run: str, start: int) -> bool:
    """两三, 七八: two digits that name a range."""
    if run[start + 1] in _SINGLE:
        return False
    low, high = _DIGITS[run[start]], _DIGITS[run[start + 1]]
    return low > 0 and (high == low + 1 or (low, high) == (3, 5))


def _neighbouring(run: str, start: int) -> _Piece:
    """两三百, 三四十, 五六: one numeral with two ends."""
    stop, factor = start + 2, 1
    while stop < len(run) and (run[stop] in _SMALL or run[stop] in _LARGE) and stop - start < 4:
        factor *= _SCALES[run[stop]]
        stop += 1
    low, high = _DIGITS[run[start]] * factor, _DIGITS[run[start + 1]] * factor
    return _Piece(start, stop, Decimal(low), Decimal(high), scaled=True)


class _Sum:
    """A numeral while it is read: 三千 is a section of a unit, 五万 closes one, the last digit waits for its unit."""

    def __init__(self) -> None:
        self.total = self.section = self.unit = 0
        self.digit = -1
        self.lowest = 10**9
        self.zero = False

    def take(self, char: str, *, first: bool, last: bool) -> bool:
        """Go on with a character; False when the numeral ends before it."""
        if char in "零〇" and self.digit < 0 and self.unit:
            self.zero = True
            return True
        if char in _TWENTIES:
            if self.digit >= 0:
                return False
            self.section, self.unit, self.lowest = self.section + _TWENTIES[char], 10, 10
            return True
        if char in _DIGITS:
            return self._digit(char, first=first)
        if char in _SMALL:
            return self._small(_SMALL[char], first=first, last=last)
        return char in _LARGE and self._large(_LARGE[char])

    @property
    def value(self) -> Decimal:
        """The number so far; a last digit without a unit takes the next lower one: 三百五."""
        rest = max(self.digit, 0)
        return Decimal(self.total + self.section + (rest if self.zero or self.unit <= 10 else rest * self.unit // 10))

    def _digit(self, char: str, *, first: bool) -> bool:
        if self.digit >= 0 or (char in _SINGLE and not first and self.unit < 100):
            return False
        self.digit = _DIGITS[char]
        return True

    def _small(self, unit: int, *, first: bool, last: bool) -> bool:
        if self.digit < 0 and unit != 10 and (not first or last):
            return False  # 百十来 is a number, a lone 百 or 千 is none
        if unit >= self.lowest:
            return False
        self.section += (self.digit if self.digit >= 0 else 1) * unit
        self.unit = self.lowest = unit
        self.digit, self.zero = -1, False
        return True

    def _large(self, unit: int) -> bool:
        if self.digit < 0 and not self.section:
            return False
        self.total += (self.section + max(self.digit, 0)) * unit
        self.section, self.digit, self.unit, self.lowest, self.zero = 0, -1, unit, unit, False
        return True


def _one(run: str, start: int) -> _Piece | None:
    """The longest well-formed numeral that begins at `start`."""
    so_far = _Sum()
    position = start
    while position < len(run) and so_far.take(run[position], first=position == start, last=position + 1 == len(run)):
        position += 1
    after = run[position : position + 1]
    if after == "半":
        return _half(start, position, so_far)
    if position == start:
        return None
    open_end = after == "几" and so_far.digit < 0 and (so_far.unit == 10 or _ends_open(run, position, so_far.unit))
    value = so_far.value
    return _Piece(start, position + open_end, value, value if open_end else None, scaled=so_far.unit > 0)


def _ends_open(run: str, position: int, unit: int) -> bool:
    """四百几, 两千几: no numeral behind 几, as there is in 一百几十."""
    return unit in {100, 1_000} and position + 1 == len(run)


def _half(start: int, position: int, before: _Sum) -> _Piece:
    if position == start:
        return _Piece(start, start + 1, Decimal("0.5"))
    return _Piece(start, position, before.value, scaled=before.unit > 0)
