"""What a complaint says of its incident, kept as pseudonyms: enough to see what two have in common or differ in."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from schemas.complaint import Complaint
from schemas.identity import pseudonym
from schemas.normalise import Folded, fold
from schemas.order_number import canonical_order_number, order_numbers
from schemas.policy.linking import Linking
from schemas.records import Found
from workers.deduplicate.shingles import TextPrint, TextPrinter
from workers.text.extract import extract

EXACT = ("order", "batch", "amount")
FUZZY = ("product", "store")
MOST_CHARS = 4_000
_MOST = 5
_SHORT = 12
_MISTYPED = 8
_NEAR = 12
"""Characters before a telephone in which it is claimed."""
_LONG_NUMBER = 9
_DATE = re.compile(r"20\d\d-\d\d-\d\d")
_DECIMAL = re.compile(r"\d{1,12}(?:\.\d{1,4})?")
_SEPARATORS = str.maketrans("", "", " -_/")
_LETTERS = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+")
_HAN = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Facts:
    """Pseudonyms of what was stated or found in the text. Fuzzy values are keyed hashes of their pairs of letters.

    `length` counts Chinese characters and other words. `began` is the first day that is stated or named, in days after
    that of receipt: mostly negative.
    """

    exact: Mapping[str, frozenset[str]] = field(default_factory=dict)
    fuzzy: Mapping[str, frozenset[str]] = field(default_factory=dict)
    days: frozenset[str] = frozenset()
    days_around: frozenset[str] = frozenset()
    day_stated: bool = False
    family: str | None = None
    asks: bool = False
    again: bool = False
    length: int = 0
    order_mistyped: frozenset[str] = frozenset()
    latin: bool = False
    began: int | None = None

    def own_incident(self) -> bool:
        """Whether it names an order, a batch, a sum or a day: something that tells one incident from another."""
        return bool(self.days) or any(self.exact.values())

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            **{name: sorted(values) for name, values in (*self.exact.items(), *self.fuzzy.items()) if values},
            "days": sorted(self.days),
            "around": sorted(self.days_around),
            "stated": self.day_stated,
            "family": self.family,
            "asks": self.asks,
            "again": self.again,
            "length": self.length,
            "mistyped": sorted(self.order_mistyped),
            "latin": self.latin,
            "began": self.began,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Facts":
        """Read what `as_json` gave; what is missing is unknown."""
        return cls(
            {name: frozenset(stored.get(name, ())) for name in EXACT},
            {name: frozenset(stored.get(name, ())) for name in FUZZY},
            frozenset(stored.get("days", ())),
            frozenset(stored.get("around", ())),
            bool(stored.get("stated")),
            stored.get("family"),
            bool(stored.get("asks")),
            bool(stored.get("again")),
            int(stored.get("length", 0)),
            frozenset(stored.get("mistyped", ())),
            bool(stored.get("latin")),
            stored.get("began"),
        )


UNKNOWN = Facts()
Family = Callable[[Complaint], str | None]
"""Names the kind of problem a complaint is about; None when it cannot tell. Must be pure and cheap."""


def no_family(_complaint: Complaint) -> str | None:
    """Tells no problem from another: what the text has in common decides."""
    return None


@dataclass(frozen=True, slots=True)
class Read:
    """What was read out of one complaint: its facts, the print of its text, the telephones the text names.

    Of these the writer calls the `claimed` ones his own; another may be a courier's.
    """

    facts: Facts
    text: TextPrint
    phones: tuple[str, ...]
    claimed: frozenset[str] = frozenset()
    weak_keys: tuple[tuple[str, ...], ...] = ()


class FactReader:
    """Reads facts with the installation's key, the words of a pack and the wall clock of the customers."""

    def __init__(self, key: bytes, linking: Linking, zone: ZoneInfo, family: Family) -> None:
        self._linking, self._zone, self._family = linking, zone, family
        self._texts = TextPrinter(key, linking)
        self._short = partial(_shortened, key)
        self._asks = tuple(fold(word).text for word in linking.asks)
        self._again = tuple(fold(word).text for word in linking.again)
        self._claim_words = tuple(fold(word).text for word in linking.claims)
        self._endings = sorted((fold(word).text for word in linking.store_endings), key=len, reverse=True)

    def read(self, complaint: Complaint) -> Read:
        """Read one complaint."""
        folded = fold(complaint.text[:MOST_CHARS])
        found = extract(folded, complaint.received_at, self._zone)
        stated = complaint.stated
        store = self._store(stated.store) or self._store(_first(found, "store"))
        product = _plain(stated.product) or _plain(_first(found, "product"))
        batches = {_plain(one).translate(_SEPARATORS) for one in (stated.batch_no, *_values(found, "batch_no")) if one}
        orders = _orders(complaint, found)
        days = self._stated_days(complaint) or tuple(_days(found))
        facts = Facts(
            exact={
                "order": self._all("order", orders),
                "batch": self._all("batch", batches),
                "amount": self._all("amount", _amounts(complaint, found)),
            },
            fuzzy={"product": self._pairs("product", product), "store": self._pairs("store", store)},
            days=self._all("day", map(str, days)),
            days_around=self._all("day", (str(day + timedelta(days=by)) for day in days for by in (-1, 1))),
            day_stated=bool(stated.event_date),
            family=self._family(complaint),
            asks=_says(folded, self._asks),
            again=_says(folded, self._again),
            length=sum(len(run) if _HAN.match(run) else 1 for run in _LETTERS.findall(folded.text)),
            order_mistyped=self._mistyped(orders),
            latin=bool(folded.text.strip()) and not _HAN.search(folded.text),
            began=min(((day - complaint.received_at.astimezone(self._zone).date()).days for day in days), default=None),
        )
        weak = (("batch", batch) for batch in sorted(batches)[:2])
        place = (("place", store, product),) if store and product else ()
        phones = tuple(one.value for one in found.get("phone", ()))
        claimed = frozenset(one.value for one in found.get("phone", ()) if self._claims(complaint.text, one.start))
        return Read(facts, self._texts.take(folded), phones, claimed, (*weak, *place))

    def _claims(self, text: str, start: int) -> bool:
        """Whether the words before a telephone make it the writer's own."""
        before = fold(text[max(0, start - _NEAR) : start]).text
        return any(word in before for word in self._claim_words)

    def batch(self, written: str) -> str:
        """The print of a batch number, as facts hold it."""
        return self._short("batch", _plain(written).translate(_SEPARATORS))

    def _stated_days(self, complaint: Complaint) -> tuple[date, ...]:
        written = complaint.stated.event_date
        return tuple(_days(extract(fold(written), complaint.received_at, self._zone))) if written else ()

    def _all(self, kind: str, values: Iterable[str]) -> frozenset[str]:
        return frozenset(self._short(kind, value) for value, _ in zip(values, range(_MOST * 2), strict=False) if value)

    def _mistyped(self, orders: Sequence[str]) -> frozenset[str]:
        """The first order number with each of its characters left out: one wrong key leaves one of them the same."""
        number = orders[0] if orders and len(orders[0]) >= _LONG_NUMBER else ""
        return frozenset(
            self._short("order", f"{at}:{number[:at]}{number[at + 1 :]}")[:_MISTYPED] for at in range(len(number[:32]))
        )

    def _pairs(self, kind: str, value: str) -> frozenset[str]:
        letters = "".join(_LETTERS.findall(value))[:40]
        script = "han" if _HAN.search(letters) else "latin"
        pairs = {letters[at : at + 2] for at in range(max(1, len(letters) - 1))} if letters else set()
        return frozenset(f"{script[0]}{self._short(kind, pair)}" for pair in pairs)

    def _store(self, written: str | None) -> str:
        plain = _plain(written)
        ending = next((one for one in self._endings if plain.endswith(one) and len(plain) > len(one) + 1), "")
        return plain.removesuffix(ending)


def _shortened(key: bytes, kind: str, value: str) -> str:
    return pseudonym(key, "fact", kind, value)[:_SHORT]


def _orders(complaint: Complaint, found: Mapping[str, tuple[Found, ...]]) -> Sequence[str]:
    numbers = {one.number for one in order_numbers(complaint)}
    return sorted(numbers | {canonical_order_number(value) for value in _values(found, "order_no")})


def _amounts(complaint: Complaint, found: Mapping[str, tuple[Found, ...]]) -> Iterable[str]:
    """Sums of money by value: 128, 128.00 and 128 yuan are one."""
    written = (complaint.stated.amount or "", *_values(found, "amount"))
    numbers = (
        f"{Decimal(match[0]).normalize():f}" for one in written for match in _DECIMAL.finditer(one.replace(",", ""))
    )
    return sorted(set(numbers))


def _values(found: Mapping[str, tuple[Found, ...]], name: str) -> Iterable[str]:
    return (one.value for one in found.get(name, ()))


def _first(found: Mapping[str, tuple[Found, ...]], name: str) -> str | None:
    return next(iter(_values(found, name)), None)


def _days(found: Mapping[str, tuple[Found, ...]]) -> Iterable[date]:
    for value in dict.fromkeys((*_values(found, "date"), *_values(found, "event_date"))):
        if match := _DATE.match(value):
            try:
                yield date.fromisoformat(match[0])
            except ValueError:
                continue


def _plain(written: str | None) -> str:
    return "".join(fold(written).text.split()) if written else ""


def _says(folded: Folded, words: tuple[str, ...]) -> bool:
    return any(word in folded.text for word in words)
