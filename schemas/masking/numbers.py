"""Finds phones, ID numbers and bank cards, written with figures or spoken, and leaves order numbers alone."""

import re
from collections.abc import Iterable, Iterator
from datetime import date

from stdnum import luhn
from stdnum.iso7064 import mod_11_2

from schemas.identity import read_tracking_number
from schemas.masking.contact import mask_card, mask_id_number, mask_phone
from schemas.masking.finding import Finding, Reading
from schemas.matching import matches

_GAP = r"[ \-_·\n]{0,3}"
_MOBILE = re.compile(rf"(?<!\d)(?:\(?\+?(?:0{{0,2}}86)\)?{_GAP})?(1{_GAP}[3-9](?:{_GAP}[\do]){{9}})(?![\d])")
_POINT = r"[ ]?[.,、/ ()\-][ ]?"
_MOBILE_WITH_POINTS = re.compile(
    rf"(?<!\d)1[3-9]\d{_POINT}\d{{4}}{_POINT}\d{{4}}(?!\d)"
    rf"|(?<!\d)1[3-9]\d{{2}}{_POINT}\d{{3}}{_POINT}\d{{4}}(?!\d)"
    rf"|(?<!\d)1{_POINT}[3-9](?:{_POINT}\d){{9}}(?!\d)"
)
_LANDLINE = re.compile(
    r"(?<![\d.])\(?(?:010|02\d|0[3-9]\d{2})\)?[ \-]{0,3}\d{3,4}[ \-]?\d{4}(?!\d)(?: ?(?:转|ext\.?|分机) ?\d{1,6})?"
)
_SERVICE_LINE = re.compile(r"(?<![\d.])[48]00(?:-\d{3}-?\d{4}|-\d{4}-\d{3}|\d{7}| \d{3} \d{4}| \d{4} \d{3})(?!\d)")
_ABROAD = re.compile(
    r"(?<![\d+])(?:\+|00)(?!86)[1-9]\d{0,2}[ \-.]?(?:\(\d{1,4}\)[ \-.]?)?\d(?:[ \-.]?\d){6,11}(?!\d)"
    r"|(?<!\d)(?:852|853)[ \-][2-9]\d{3}[ \-]?\d{4}(?!\d)"
    r"|(?<!\d)886[ \-]?9\d{2}[ \-]?\d{3}[ \-]?\d{3}(?!\d)"
    r"|(?<!\d)09\d{2}[ \-]\d{3}[ \-]?\d{3}(?!\d)|(?<!\d)09\d{8}(?!\d)"
)
_LABELLED_PHONE = re.compile(
    r"(?:电话|手机|座机|联系方式|致电|回电|打给我|\btel|phone|mobile|cell|call me|reach me|whatsapp)"
    r"[:是为 ()号码我的联系.numberistao]{0,12}(\+?\d{7,13}|\+?\d{2,5}(?:[ \-]\d{3,5}){1,3})(?!\d)"
)
_OTHER_PHONES = (
    (_MOBILE_WITH_POINTS, ".,、/ ()-"),
    (_LANDLINE, "0"),
    (_SERVICE_LINE, ("400", "800")),
    (_ABROAD, ("+", "00", "852", "853", "886", "09")),
)
_PHONE_SIGNS = (
    *("电话", "手机", "座机", "联系方式", "致电", "回电", "打给我"),
    *("tel", "phone", "mobile", "cell", "call me", "reach me", "whatsapp"),
)
_ID_SIGNS = ("身份证", "证件", "护照", "通行证", "居留", "id", "passport")
_ID_18 = re.compile(r"(?<!\d)[1-8](?:[ \-]?\d){16}[ \-]?[\dx](?!\d)")
_ID_15 = re.compile(r"(?<![\da-z])[1-8]\d{5}[ \-]?\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[ \-]?\d{3}(?![\dx])")
_HONG_KONG_ID = re.compile(r"(?<![a-z0-9])[a-z]{1,2}\d{6} ?\([\da]\)")
_LABELLED_ID = re.compile(
    r"(?:身份证|证件|护照|通行证|居留|id card|id number|id no|passport)(?:[:是为 号码.#]|number|no){0,6}"
    r"([a-z]{0,3}\d[\da-z() ]{4,20}[\da-z)])"
)
_PROVINCES = frozenset(
    f"{region}{number}"
    for region, numbers in {
        1: "12345",
        2: "123",
        3: "1234567",
        4: "123456",
        5: "01234",
        6: "12345",
        7: "1",
        8: "123",
    }.items()
    for number in numbers
)
_OLDEST_ORDER_YEAR = 2016
_CARD = re.compile(
    r"(?<!\d)(?:\d{12,19}|\d{4}(?:[ \-]{1,3}\d{4}){2,3}(?:[ \-]{1,3}\d{1,4})?"
    r"|\d{6}[ \-]\d{10,13}|\d(?:[ \-]\d){11,18}|[3-69](?:[ \-]?\d){15,18})(?!\d)"
)
_LABELLED_CARD = re.compile(r"(?:卡号|银行卡|信用卡|储蓄卡|借记卡|账号|帐号|账户|card|account|acct)[^\d\n]{0,12}$")
_ORDER_LABEL = re.compile(
    r"(?:订单|定单|单号|单据|运单|快递|物流|面单|交易|流水|小票|凭证|发票|批号|批次|条码|条形码|货号|款号|工单|编号|序列号"
    r"|order|tracking|waybill|invoice|parcel|shipment|\blot|batch|serial|receipt)[^\d\n]{0,14}$"
)
_NOT_AN_ORDER = re.compile(r"卡|银行|账号|帐号|账户|card|account|电话|手机|身份证|证件|phone|tel")
_GLUED_LETTERS = re.compile(r"[a-z]+$")
_CARD_WORDS = frozenset({"card", "no", "number", "visa", "mastercard", "amex", "unionpay", "account", "acct"})
_DATE = re.compile(r"(?:19|20)\d\d[ \-][01]?\d[ \-][0-3]?\d(?!\d)")
_UUID = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f])")
_OUR_NUMBER = re.compile(
    r"(?<![0-9a-z])(?<![0-9a-z]-)[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z](?![0-9a-z]|-[0-9a-z])"
)
_DIGITS = re.compile(r"[\dx]+")
_LOOK_BACK = 32
_FEWEST_DIGITS, _DIGITS_OF_A_PHONE, _DIGITS_OF_A_CARD = 5, 8, 12


def find(reading: Reading) -> Iterator[Finding]:
    """Yield ID numbers, then cards, then phones: where two overlap, the first one counts.

    A text with fewer digits than a number has is not searched for it.
    """
    text = reading.figures
    digits = sum(map(text.count, "0123456789"))
    if digits < _FEWEST_DIGITS:
        return
    is_long = digits >= _DIGITS_OF_A_CARD
    ids = list(_ID_18.finditer(text)) if is_long else []
    cards = list(_CARD.finditer(text)) if is_long else []
    kept = _kept(reading.plain, [*cards, *ids])
    findings = [
        *_id_numbers(ids, kept),
        *(_short_ids(text, kept) if is_long else ()),
        *_labelled_ids(text),
        *_cards(text, cards, kept),
        *(_phones(text) if digits + text.count("o") >= _DIGITS_OF_A_PHONE else ()),
        *_labelled_phones(text),
    ]
    ours = _our_own(reading.plain) if findings else []
    for finding in findings:
        if not any(start < finding.end and finding.start < end for start, end in ours):
            yield finding


def _our_own(plain: str) -> list[tuple[int, int]]:
    """Where ids and tracking numbers of this system stand: their digits may look like a phone."""
    spans = [match.span() for match in _UUID.finditer(plain)]
    spans += [match.span() for match in _OUR_NUMBER.finditer(plain) if read_tracking_number(match[0])]
    return spans


def _digits(found: str) -> str:
    return "".join(_DIGITS.findall(found.replace("o", "0")))


def _under_order_label(text: str, start: int) -> bool:
    label = _ORDER_LABEL.search(text[max(0, start - _LOOK_BACK) : start])
    return label is not None and not _NOT_AN_ORDER.search(label[0])


def _kept(plain: str, long_numbers: Iterable[re.Match[str]]) -> frozenset[str]:
    """Long numbers that stand under an order label somewhere: they are order numbers wherever they stand."""
    return frozenset(_digits(match[0]) for match in long_numbers if _under_order_label(plain, match.start()))


def _id_numbers(found: Iterable[re.Match[str]], kept: frozenset[str]) -> Iterator[Finding]:
    for match in found:
        number = _digits(match[0])
        if _is_id_number(number, number in kept):
            yield Finding(*match.span(), "id_number", mask_id_number(number))


def _short_ids(text: str, kept: frozenset[str]) -> Iterator[Finding]:
    for match in _ID_15.finditer(text):
        number = _digits(match[0])
        if number[:2] in _PROVINCES and number not in kept:
            yield Finding(*match.span(), "id_number", mask_id_number(number))


def _labelled_ids(text: str) -> Iterator[Finding]:
    for match in matches(_HONG_KONG_ID, text, "("):
        yield Finding(*match.span(), "id_number", mask_id_number(match[0].upper()))
    for match in matches(_LABELLED_ID, text, _ID_SIGNS):
        yield Finding(*match.span(1), "id_number", mask_id_number(match[1].upper()))


def _is_id_number(number: str, is_order: bool) -> bool:
    """An order number may hold a date of these years; nobody born in them complains, unless the check digit fits."""
    if number[:2] not in _PROVINCES or "x" in number[:-1]:
        return False
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    fits = bool(mod_11_2.is_valid(number.upper()))
    if is_order:
        return fits and 1900 <= born.year < _OLDEST_ORDER_YEAR
    return fits or 1900 <= born.year < _OLDEST_ORDER_YEAR


def _cards(text: str, found: Iterable[re.Match[str]], kept: frozenset[str]) -> Iterator[Finding]:
    for match in found:
        number = _digits(match[0])
        before = text[max(0, match.start() - _LOOK_BACK) : match.start()]
        if number not in kept and not _is_tracking_code(before) and _is_card(number, before):
            yield Finding(*match.span(), "bank_card", mask_card(number))


def _is_tracking_code(before: str) -> bool:
    letters = _GLUED_LETTERS.search(before)
    return letters is not None and letters[0] not in _CARD_WORDS


def _is_card(number: str, before: str) -> bool:
    if _LABELLED_CARD.search(before):
        return True
    if not 12 <= len(number) <= 19 or not luhn.is_valid(number):
        return False
    if len(number) >= 16:
        return number[0] in "234569"
    return (len(number) == 15 and number[:2] in {"34", "37"}) or (
        len(number) == 14 and number[:2] in {"30", "36", "38"}
    )


def _phones(text: str) -> Iterator[Finding]:
    for match in _MOBILE.finditer(text):
        if not _DATE.search(match[1]):
            yield Finding(*match.span(), "phone", mask_phone(_digits(match[1])))
    for pattern, signs in _OTHER_PHONES:
        for match in matches(pattern, text, signs):
            yield Finding(*match.span(), "phone", mask_phone(match[0]))


def _labelled_phones(text: str) -> Iterator[Finding]:
    for match in matches(_LABELLED_PHONE, text, _PHONE_SIGNS):
        yield Finding(*match.span(1), "phone", mask_phone(match[1]))
