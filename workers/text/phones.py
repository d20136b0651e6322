"""Phones: mobiles and landlines of the mainland, service lines, Hong Kong and Taiwan numbers, also masked or spoken."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from schemas.matching import matches

_GAP = r"(?:[ ,、.-]{0,2}(?:嗯|呃|啊)?[ ,、]?)"
_MOBILE = re.compile(
    r"(?<![\d*a-z])(?:\(?\+?(?:0086|86)\)?[ -]?)?"
    rf"(1[3-9]\d(?:[ -]?[\d*x]{{4}}[ -]?[\d*]{{4}}|{_GAP}\d{{1,4}}(?:{_GAP}\d{{1,4}}){{1,7}}))(?![\d*]|\.\d)"
)
_MOBILE_SIGN = re.compile(r"1[3-9][\d*x ,、.-]")
_MASKED = re.compile(r"(?<![\d*])(1[3-9]\d[\d*]{8})(?![\d*])")
_LANDLINE = re.compile(
    r"(?<![\d.*a-z-])\(?((?:010|02\d|0[3-9]\d{2})\)?[ -]{0,2}[2-9][\d*]{2,3}[ -]?[\d*]{4})(?![\d*-])"
)
_SERVICE = re.compile(
    r"(?<![\d.*-])([48]00-[\d*]{3}-?[\d*]{4}|[48]00-\d{4}-\d{3}|[48]00\d{7}|[48]00 \d{3,4} \d{3,4})(?![\d-])"
)
_HONG_KONG = re.compile(r"(?<![\d*-])(?:(\+?852)[ -]?)?([2-9]\d{3}[ -]?\d{4})(?![\d*-]|[年月日元块])")
_TAIWAN = re.compile(r"(?<![\d*-])(?:\+?886[ -]?9\d{2}|09\d{2})[ -]?[\d*]{3}[ -]?[\d*]{3}(?![\d*-])")
_TAIL = re.compile(r"尾号(?:是|为|:)? ?([\d*]{4})(?!\d)")
_NO_PHONE = re.compile(r"(?:卡|车牌?|包裹|银行|账户?|单号?)[^,。\n]{0,4}$")
_NO_PHONE_AFTER = re.compile(r"(?:\)|）)?的?(?:银行卡|信用卡|储蓄卡|卡|包裹|车|订单|快递)")
_WORD = re.compile(r"(?:电话|手机|联络|联系|致电|打给我|tel|phone|whatsapp|mobile|call)[^\d\n]{0,8}$")
_SIGNS = ("电话", "手机", "联络", "联系", "致电", "打给我", "tel", "phone", "whatsapp", "mobile", "call", "852")
_NOT_DIALLED = str.maketrans("", "", " -()+,、.嗯呃啊")


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone at a half-open span of the text; `value` as one would dial it, hidden digits as `*`."""

    start: int
    end: int
    value: str


def phones(digits: str, figures: int) -> Iterator[Phone]:
    """Every phone of a text in which spoken digits are figures; spans may overlap, the first counts.

    `figures`: how many digits and asterisks the text holds.
    """
    if figures >= 7:
        yield from _mobiles(digits)
        yield from _others(digits)
    if figures >= 8 and any(map(digits.__contains__, _SIGNS)):
        for match in _HONG_KONG.finditer(digits):
            if match[1] or _WORD.search(digits[max(0, match.start() - 16) : match.start()]):
                yield Phone(*match.span(), _dialled(match[0]))
    yield from _tails(digits)


def _others(digits: str) -> Iterator[Phone]:
    for match in matches(_LANDLINE, digits, "0"):
        yield Phone(*_span(digits, match), _dialled(match[1]))
    for match in matches(_SERVICE, digits, ("400", "800")):
        yield Phone(*match.span(1), _dialled(match[1]))
    for match in matches(_TAIWAN, digits, ("09", "886")):
        yield Phone(*match.span(), _dialled(match[0]))


def _tails(digits: str) -> Iterator[Phone]:
    for match in matches(_TAIL, digits, ("尾号",)):
        before = digits[max(0, match.start() - 8) : match.start()]
        if not _NO_PHONE.search(before) and not _NO_PHONE_AFTER.match(digits, match.end()):
            yield Phone(*match.span(), f"尾号{match[1]}")


def _mobiles(digits: str) -> Iterator[Phone]:
    if not _MOBILE_SIGN.search(digits):
        return
    for pattern in (_MOBILE, _MASKED):
        for match in pattern.finditer(digits):
            value = _dialled(match[1])
            if len(value) == 11:
                yield Phone(*match.span(1), value)


def _span(digits: str, match: re.Match[str]) -> tuple[int, int]:
    start = match.start() if digits[match.start()] == "(" else match.start(1)
    return start, match.end()


def _dialled(written: str) -> str:
    return written.translate(_NOT_DIALLED).replace("x", "*")
