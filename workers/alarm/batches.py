"""Safety cases of one batch: who named it before, counted by person, so that people decide on it once."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from schemas.complaint import Complaint
from schemas.identity import pseudonym, sender_key
from schemas.normalise import fold
from schemas.records import Found

_MOST_BATCHES = 3
"""Of one complaint: a list of numbers is no batch number."""
_SHORTEST = 3
_A_DAY = re.compile(r"(?:20)?\d{6}")


class Named(NamedTuple):
    """A batch that a complaint names, by pseudonym, and what it is: `batch`, or `product-store` without a number."""

    key: str
    by: str
    product_key: str | None


@dataclass(slots=True)
class Case:
    """One row of `alarm_batches`."""

    batch_key: str
    sender_key: str
    complaint_id: UUID
    tracking_number: str
    product_key: str | None
    received_at: datetime
    decided: bool = False


@dataclass(slots=True)
class Cases:
    """What is known of the batches that a Kafka batch of records names, and what it adds."""

    within: timedelta
    known: dict[str, dict[str, Case]] = field(default_factory=dict)
    changed: dict[tuple[str, str], Case] = field(default_factory=dict)

    def add(self, case: Case) -> Case | None:
        """Note a case; returns the earlier one of another person with which people must decide on the batch.

        Once people have been asked, further cases within the time ask nobody again.
        """
        of_batch = self.known.setdefault(case.batch_key, {})
        others = sorted(self._others(case, of_batch.values()), key=lambda one: (one.received_at, one.complaint_id))
        if any(one.decided for one in others):
            return None
        same = of_batch.get(case.sender_key)
        if same is not None and same.decided and abs(case.received_at - same.received_at) <= self.within:
            return None
        other = others[0] if others else None
        if other is not None:
            case.decided = other.decided = True
            self._keep(other)
        self._keep(case)
        return other

    def _others(self, case: Case, known: Iterable[Case]) -> Iterator[Case]:
        for one in known:
            near = abs(one.received_at - case.received_at) <= self.within
            differs = one.product_key and case.product_key and one.product_key != case.product_key
            if one.sender_key != case.sender_key and near and not differs:
                yield one

    def _keep(self, case: Case) -> None:
        self.known.setdefault(case.batch_key, {})[case.sender_key] = case
        self.changed[case.batch_key, case.sender_key] = case


def named_batches(key: bytes, complaint: Complaint, fields: Mapping[str, tuple[Found, ...]]) -> tuple[Named, ...]:
    """The batches a complaint states or its text names; without any, its product at its store; none of a sealed one."""
    if complaint.sealed:
        return ()
    stated = complaint.stated
    numbers = [_plain(stated.batch_no), *(_plain(one.value) for one in fields.get("batch_no", ()))]
    wanted = list(dict.fromkeys(number for number in numbers if len(number) >= _SHORTEST))
    if wanted:
        return tuple(_by_number(key, one, _plain(stated.product)) for one in wanted[:_MOST_BATCHES])
    product = _plain(stated.product) or _first(fields, "product")
    store = _plain(stated.store) or _first(fields, "store")
    if product and store:
        return (Named(pseudonym(key, "product-store", product, store), "product-store", None),)
    return ()


def _by_number(key: bytes, number: str, product: str) -> Named:
    """A number that is a day belongs to many products: there the one that was stated counts too."""
    product_key = pseudonym(key, "product", product) if product and _A_DAY.fullmatch(number) else None
    return Named(pseudonym(key, "batch", number), "batch", product_key)


def case_of(key: bytes, complaint: Complaint, named: Named) -> Case:
    """The row for a batch that a complaint names."""
    who = pseudonym(key, "alarm", sender_key(key, complaint))
    number, received_at = complaint.tracking_number, complaint.received_at
    return Case(named.key, who, complaint.complaint_id, number, named.product_key, received_at)


def _first(fields: Mapping[str, tuple[Found, ...]], name: str) -> str:
    return _plain(fields[name][0].value) if fields.get(name) else ""


def _plain(written: str | None) -> str:
    """Batch numbers and names without what people write between the characters."""
    return "".join(char for char in fold(written or "").text if char.isalnum())
