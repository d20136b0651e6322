"""What an organisation file says: the units of a company, since when, above each other, and who leads them."""

import re
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from schemas.policy.base import Hyphenated, PolicyPart, Words

UnitCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$")]
"""What headers, QR codes and reports name a unit by: letters, digits, dot, underscore, hyphen."""
_NO_DIGIT = re.compile(r"\D+")
_FEWEST_DIGITS = 3


class UnitKind(StrEnum):
    """What kind of unit an entry is; the section of the file it stands in."""

    REGION = "region"
    STORE = "store"
    COUNTER = "counter"
    DEPARTMENT = "department"


PARENTS = {
    UnitKind.REGION: {UnitKind.REGION},
    UnitKind.STORE: {UnitKind.REGION},
    UnitKind.COUNTER: {UnitKind.STORE},
    UnitKind.DEPARTMENT: {UnitKind.DEPARTMENT, UnitKind.REGION},
}
"""What may be above what."""


class Manager(PolicyPart):
    """Who leads a unit, by role. `contact` is how the role is reached: a shared mailbox or duty phone.

    A private person's number or mailbox there is personal data of that person: give it only where nobody else answers.
    """

    role: Hyphenated
    contact: Words | None = None


class Entry(PolicyPart):
    """One unit. It is known from `valid_from` to `valid_to`, both days included, in Asia/Shanghai; unset: no bound."""

    code: UnitCode
    name: Words
    aliases: tuple[Words, ...] = ()
    parent: UnitCode | None = None
    manager: Manager | None = None
    phones: tuple[Words, ...] = Field((), description="The unit's own lines, shared by whoever calls from there")
    city: Words | None = Field(None, description="People write it before the name")
    format: Words | None = Field(None, description="Kind of store: hypermarket, convenience, online")
    valid_from: date | None = None
    valid_to: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Entry":
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("valid_to is before valid_from")
        for phone in self.phones:
            if len(_NO_DIGIT.sub("", phone)) < _FEWEST_DIGITS:
                raise ValueError(f"phones: {phone!r} has no number")
        return self

    def valid_on(self, day: date) -> bool:
        """Whether the unit was there that day."""
        return (self.valid_from or day) <= day <= (self.valid_to or day)

    def overlaps(self, other: "Entry") -> bool:
        """Whether both were there on some day."""
        first, last = self.valid_from or date.min, self.valid_to or date.max
        return first <= (other.valid_to or date.max) and (other.valid_from or date.min) <= last


class Organisation(PolicyPart):
    """A company's units. `brands` are what people write before a store's name."""

    name: Hyphenated
    version: Words
    brands: tuple[Words, ...] = ()
    regions: tuple[Entry, ...] = ()
    stores: tuple[Entry, ...] = ()
    counters: tuple[Entry, ...] = ()
    departments: tuple[Entry, ...] = ()

    @property
    def reference(self) -> str:
        """What decisions name: `shops@2026-11`."""
        return f"{self.name}@{self.version}"

    def entries(self) -> Iterator[tuple[UnitKind, int, Entry]]:
        """Every unit with its kind and its place in its section."""
        for kind in UnitKind:
            for index, entry in enumerate(getattr(self, f"{kind.value}s")):
                yield kind, index, entry

    @cached_property
    def phones(self) -> frozenset[str]:
        """The numbers of all units, valid or not, as digits: shared by many, so they tell nothing of a person.

        A number with a trunk zero (021…) is there with and without country code 86.
        """
        numbers = {_NO_DIGIT.sub("", phone) for _, _, entry in self.entries() for phone in entry.phones}
        return frozenset(numbers | {f"86{number.removeprefix('0')}" for number in numbers if len(number) > 8})

    def is_shared_phone(self, number: str) -> bool:
        """Whether a number, however written, is a unit's and not a person's."""
        digits = _NO_DIGIT.sub("", number)
        return digits in self.phones or digits.removeprefix("00") in self.phones

    def unit(self, kind: UnitKind, code: str, day: date) -> Entry | None:
        """The unit of this code on this day."""
        return next((one for one in self._by_code.get((kind, code), ()) if one.valid_on(day)), None)

    @cached_property
    def _by_code(self) -> dict[tuple[UnitKind, str], list[Entry]]:
        found: dict[tuple[UnitKind, str], list[Entry]] = {}
        for kind, _, entry in self.entries():
            found.setdefault((kind, entry.code), []).append(entry)
        return found

    def above(self, kind: UnitKind, entry: Entry, day: date) -> tuple[UnitKind, Entry] | None:
        """The unit next above; None at the top."""
        if entry.parent is None:
            return None
        kinds = sorted(PARENTS[kind])
        return next(((one, found) for one in kinds if (found := self.unit(one, entry.parent, day))), None)
