"""Finds order and batch numbers, phones, amounts, quantities and dates in a text, with their spans.

Amounts: `2万5` is 25000 and `三百五` 350 (the last digit takes the next lower unit); 两三百 and 100多 are ranges.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

import cn2an

from schemas.matching import matches
from schemas.normalise import Folded
from schemas.records import Found

_NUMERAL = r"[零一二三四五六七八九十百千万两〇]"
_ORDER = re.compile(
    r"(?:订单(?:编号|号码|号)?|定单号?|单号|交易号|order ?(?:number|no\.?|id)?)"
    r"[ 是为:#]{0,4}([a-z0-9](?:[a-z0-9-]{5,30})[a-z0-9])(?![a-z0-9])"
)
_ORDER_SIGNS = ("单", "交易号", "order")
_OTHER_NUMBER = re.compile(r"(?:快递|运|物流|工|退货|面)$")
_BATCH = re.compile(
    r"(?:生产批号|批号|批次号?|\blot(?: no\.?)?|batch(?: no\.?| number)?)"
    r"[ 是为:#]{0,4}([a-z0-9][a-z0-9/-]{2,23})(?![a-z0-9])"
)
_BATCH_SIGNS = ("批", "lot", "batch")
_PHONE = re.compile(r"(?<!\d)1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)")
_FIGURES = r"\d{1,9}+(?:,\d{3})*+(?:\.\d{1,2})?+"
_AMOUNT = re.compile(
    rf"(?P<sign>[¥$]|hk\$|nt\$|us\$|rmb|cny) ?(?P<first>{_FIGURES})"
    rf"|(?P<number>{_FIGURES}(?:万\d?)?|{_NUMERAL}{{1,9}})(?P<more>多|来|几)?"
    r" ?(?P<unit>万元|千元|元|块钱?|圆|港币|港元|台币|美元|yuan|rmb|usd|hkd)"
)
_AMOUNT_SIGNS = (*"¥$元块圆币", "台币", "美元", "rmb", "cny", "yuan", "usd", "hkd")
_CURRENCIES = {
    "hk$": "HKD", "港币": "HKD", "港元": "HKD", "hkd": "HKD", "nt$": "TWD", "台币": "TWD", "us$": "USD", "美元": "USD",
    "usd": "USD", "$": "USD",
}  # fmt: skip
_SCALES = {"万元": 10_000, "千元": 1_000}
_QUANTITY = re.compile(
    rf"(?<![\d.])(\d{{1,6}}(?:\.\d)?|{_NUMERAL}{{1,6}}) ?"
    r"(箱|件|袋|瓶|罐|盒|包|提|公斤|斤|千克|克|个|只|台|双|条|boxes|box|cartons?|bottles?|bags?|packs?)"
)
_QUANTITY_SIGNS = (*"箱件袋瓶罐盒包提斤克个只台双条", "box", "carton", "bottle", "bag", "pack")
_DATE = re.compile(
    r"(20\d\d)[-/.年] ?(\d{1,2})[-/.月] ?(\d{1,2})(?:日|号)?(?!\d)|(?<!\d)(\d{1,2})月(\d{1,2})[日号]?(?!\d)"
)
_NOT_THE_EVENT = re.compile(r"(?:保质期|生产日期|到期|有效期|过期日|生产于|截止)[^,。\n]{0,8}$")
_DAY_WORDS = {
    "今天": 0,
    "今日": 0,
    "昨天": 1,
    "昨日": 1,
    "昨晚": 1,
    "前天": 2,
    "前日": 2,
    "大前天": 3,
    "today": 0,
    "yesterday": 1,
}
_DAY = re.compile("|".join(sorted(_DAY_WORDS, key=len, reverse=True)))
_DAY_SIGNS = ("今", "昨", "前", "day")
_DAYS_AGO = re.compile(rf"(\d{{1,3}}|{_NUMERAL}{{1,4}}) ?(?:天|日)(?:之?前)|(\d{{1,3}}) days ago")
_MOST_OF_A_KIND = 5


def extract(folded: Folded, received_at: datetime | None, zone: ZoneInfo) -> dict[str, tuple[Found, ...]]:
    """What a text names, by field. Relative dates count from `received_at` in `zone`; None leaves them out."""
    readers: dict[str, Callable[[], Iterator[Found]]] = {
        "order_no": lambda: _numbers(folded, matches(_ORDER, folded.text, _ORDER_SIGNS), _OTHER_NUMBER),
        "batch_no": lambda: _numbers(folded, matches(_BATCH, folded.text, _BATCH_SIGNS), None),
        "phone": lambda: (
            _found(folded, match.span(), "".join(filter(str.isdigit, match[0])))
            for match in _PHONE.finditer(folded.text)
        ),
        "amount": lambda: _amounts(folded),
        "quantity": lambda: _quantities(folded),
        "event_date": lambda: _dates(folded, received_at.astimezone(zone).date() if received_at else None),
    }
    found = {
        name: tuple(value for value, _ in zip(read(), range(_MOST_OF_A_KIND), strict=False))
        for name, read in readers.items()
    }
    return {name: values for name, values in found.items() if values}


@lru_cache(maxsize=1_000)
def number_of(written: str) -> Decimal | None:
    """A number in figures or Chinese numerals; None for a range (两三百) or what is no number."""
    plain = written.replace(",", "")
    try:
        return Decimal(plain) if plain.replace(".", "").isdigit() else Decimal(str(cn2an.cn2an(plain, "smart")))
    except (ValueError, InvalidOperation):
        return None


def _found(
    folded: Folded, span: tuple[int, int], value: str, currency: str | None = None, *, is_range: bool = False
) -> Found:
    start, end = folded.span(*span)
    return Found(value=value, start=start, end=end, currency=currency, range=is_range or None)


def _numbers(
    folded: Folded, labelled: Iterator[re.Match[str]], unless_after: re.Pattern[str] | None
) -> Iterator[Found]:
    for match in labelled:
        if unless_after and unless_after.search(folded.text[max(0, match.start() - 4) : match.start()]):
            continue
        if any(char.isdigit() for char in match[1]):
            start, end = folded.span(*match.span(1))
            yield _found(folded, match.span(1), folded.original[start:end])


def _amounts(folded: Folded) -> Iterator[Found]:
    for match in matches(_AMOUNT, folded.text, _AMOUNT_SIGNS):
        number = number_of(match["first"] or match["number"])
        if number is not None:
            value = number * _SCALES.get(match["unit"] or "", 1)
            currency = _CURRENCIES.get(match["sign"] or match["unit"], "CNY")
            yield _found(folded, match.span(), f"{value:f}", currency, is_range=bool(match["more"]))


def _quantities(folded: Folded) -> Iterator[Found]:
    for match in matches(_QUANTITY, folded.text, _QUANTITY_SIGNS):
        number = number_of(match[1])
        if number is not None:
            yield _found(folded, match.span(), f"{number:f}{match[2]}")


def _dates(folded: Folded, today: date | None) -> Iterator[Found]:
    text = folded.text
    for match in _DATE.finditer(text):
        if not _NOT_THE_EVENT.search(text[max(0, match.start() - 14) : match.start()]):
            day = _day(match, today)
            if day is not None:
                yield _found(folded, match.span(), day.isoformat())
    if today is None:
        return
    for match in matches(_DAY, text, _DAY_SIGNS):
        yield _found(folded, match.span(), (today - timedelta(days=_DAY_WORDS[match[0]])).isoformat())
    for match in matches(_DAYS_AGO, text, _DAY_SIGNS):
        days = number_of(match[1] or match[2])
        if days is not None:
            yield _found(folded, match.span(), (today - timedelta(days=int(days))).isoformat())


def _day(match: re.Match[str], today: date | None) -> date | None:
    """The day a match names; without a year the latest one that is past. None when there is no such day."""
    try:
        if match[1]:
            return date(int(match[1]), int(match[2]), int(match[3]))
        if today is None:
            return None
        day = date(today.year, int(match[4]), int(match[5]))
        return day if day <= today else day.replace(year=today.year - 1)
    except ValueError:
        return None
