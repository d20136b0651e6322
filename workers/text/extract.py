"""Everything a text names, by field, with spans in code points of the text as it was sent."""

import re
from datetime import date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from schemas.normalise import Folded
from schemas.records import Found
from workers.text.amounts import Money, amount_at, bare_amount_at
from workers.text.dates import dates
from workers.text.id_cards import id_cards
from workers.text.identifiers import Named, identifiers
from workers.text.numerals import number_of, plain
from workers.text.phones import phones
from workers.text.places import Catalogue, Place, named_places
from workers.text.quantities import english_counts, quantity_at
from workers.text.reading import Reading
from workers.text.resolution import resolutions

__all__ = ["FIELDS", "Catalogue", "Place", "extract", "number_of"]

FIELDS = (
    *("order_no", "batch_no", "referral_no", "tracking_no", "phone", "id_card", "amount", "quantity", "date"),
    *("store", "product", "model", "resolution"),
)
_MOST_OF_A_KIND = 10
_MOST_PLACES = 50
_BREAKS = dict.fromkeys(map(ord, " ,，、。嗯啊呃"))
_PAUSES = dict.fromkeys(map(ord, " ,，、。嗯啊呃那个然后是对诶哦后面再还有"))
_FEWEST_OF_A_CARD, _FEWEST_MASKED = 15, 8
_FIGURES = re.compile(r"[0-9*][0-9*]*+")
_FIGURE = re.compile(r"\d[^\d\n]?[\d*]|\*\d")


class _Fields:
    """What was found, by field; a place in the text belongs to the first that claims it."""

    def __init__(self, chars: int) -> None:
        self.found: dict[str, list[Found]] = {}
        self._taken = bytearray(chars)

    def is_free(self, start: int, end: int) -> bool:
        """Whether no part of a span is taken."""
        return self._taken.find(1, start, end) < 0

    def claim(self, start: int, end: int) -> bool:
        """Take a span; False when a part of it is taken."""
        free = self.is_free(start, end)
        if free:
            self._taken[start:end] = b"\x01" * (end - start)
        return free

    def add(self, name: str, found: Found) -> None:
        """Keep a value, of each field the first few."""
        values = self.found.setdefault(name, [])
        if len(values) < _MOST_OF_A_KIND:
            values.append(found)


def extract(
    folded: Folded, received_at: datetime | None, zone: ZoneInfo, catalogue: Catalogue | None = None
) -> dict[str, tuple[Found, ...]]:
    """What a text names, by field. Relative dates count from `received_at` in `zone`; None leaves them out.

    `catalogue`: the company's own places and goods. An identity card's value is masked; its span still points at it.
    """
    reading = Reading(folded)
    fields = _Fields(len(reading.text))
    if _FIGURE.search(reading.digits):
        _named_numbers(reading, fields)
    today = _today(received_at, zone)
    for start, end, day in dates(reading.text, reading.digits, today):
        if fields.claim(start, end):
            fields.add("date", reading.found((start, end), day.isoformat()))
    if reading.numbers:
        _counted(reading, fields)
    for count in english_counts(reading.text):
        if fields.claim(count.start, count.end):
            fields.add("quantity", reading.found((count.start, count.end), count.value))
    for name, start, end, code in islice(named_places(reading.text, catalogue), _MOST_PLACES):
        fields.add(name, reading.found((start, end), code or reading.original(start, end)))
    for wish in resolutions(reading.text):
        fields.add("resolution", reading.found((wish.start, wish.end), wish.code))
    return {name: tuple(fields.found[name]) for name in FIELDS if name in fields.found}


def _today(received_at: datetime | None, zone: ZoneInfo) -> date | None:
    """The day of the message; None for a time nobody sends at, from which days could not be counted."""
    return received_at.astimezone(zone).date() if received_at and 1990 <= received_at.year <= 9000 else None


def _named_numbers(reading: Reading, fields: _Fields) -> None:
    """Numbers that are names, then cards, then phones: where two want the same place, the first one gets it."""
    digits = reading.digits
    for named in identifiers(reading.text, digits):
        if fields.claim(named.start, named.end):
            fields.add(named.field, reading.found((named.start, named.end), _written(reading, named)))
    figures = sum(map(len, _FIGURES.findall(digits)))
    for card in id_cards(digits) if figures >= (_FEWEST_MASKED if "*" in digits else _FEWEST_OF_A_CARD) else ():
        if fields.claim(card.start, card.end):
            fields.add("id_card", reading.found((card.start, card.end), card.value))
    for phone in phones(digits, figures):
        if fields.claim(phone.start, phone.end):
            fields.add("phone", reading.found((phone.start, phone.end), phone.value))


def _written(reading: Reading, named: Named) -> str:
    """A number as it was sent, said digits as figures and without the pauses between its groups."""
    said = reading.digits[named.start : named.end]
    if said == reading.text[named.start : named.end]:
        written = reading.original(named.start, named.end)
    else:
        places = range(named.start, named.end)
        digits = zip(places, said, strict=True)
        written = "".join(d if d != reading.text[at] else reading.original(at, at + 1) for at, d in digits)
        written = written.replace("-", "")
    return written.translate(_BREAKS if named.field == "referral_no" else _PAUSES)


def _counted(reading: Reading, fields: _Fields) -> None:
    """Amounts and quantities: each number is one of them at most."""
    dollars = _dollars(reading)
    for number in reading.numbers:
        if not fields.is_free(number.start, number.end):
            continue
        money = amount_at(reading.text, number, dollars)
        counted = None if money else quantity_at(reading.text, number)
        if counted and fields.claim(counted.start, counted.end):
            span = (counted.start, counted.end)
            fields.add("quantity", reading.found(span, counted.value, is_range=counted.is_range, high=counted.high))
            continue
        money = money or bare_amount_at(reading.text, number)
        if money and fields.claim(money.start, money.end):
            fields.add("amount", _amount(reading, money, is_range=number.is_range))


def _amount(reading: Reading, money: Money, *, is_range: bool) -> Found:
    high = plain(money.high) if money.high is not None else None
    span = (money.start, money.end)
    return reading.found(span, plain(money.value), currency=money.currency, is_range=is_range, high=high)


def _dollars(reading: Reading) -> str:
    """What a lone `$` means here: Hong Kong's in Cantonese in traditional script, else the US one."""
    text = reading.folded.original
    if any(map(text.__contains__, ("$", "蚊"))) and any(map(text.__contains__, "嘅咗喺冇嗰啲佢哋唔")):
        return "HKD" if reading.folded.text != text.lower() else "USD"
    return "USD"
