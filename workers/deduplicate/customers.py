"""Who the customers of a cluster are: persons of the identity table as it is now, not the complaints they wrote."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from workers.deduplicate.identifiers import Identifiers

_PERSONS = text("SELECT key, person_id, shared FROM person_identifiers WHERE key = ANY(CAST(:keys AS text[]))")
Counted = list[tuple[datetime, set[str]]]
"""Those who were counted, by the time of the first complaint of each."""


@dataclass(frozen=True, slots=True)
class Customer:
    """By what the customer of one complaint may be known again: his identifiers, ends of his telephones."""

    keys: frozenset[str] = frozenset()
    full_ends: frozenset[str] = frozenset()
    masked_ends: frozenset[str] = frozenset()

    @classmethod
    def of(cls, identity: Identifiers) -> "Customer":
        """The customer of a complaint; a telephone that the text calls his own is one of his identifiers."""
        keys = frozenset((*(one.key for one in identity.own), *identity.claimed))
        return cls(keys, frozenset(identity.full_ends), frozenset(identity.masked_ends))


@dataclass(frozen=True, slots=True)
class Customers:
    """Whose each identifier is; None for a value that is nobody's own."""

    persons: Mapping[str, str | None]

    @classmethod
    async def meet(cls, connection: AsyncConnection, keys: Iterable[str]) -> "Customers":
        """Read whose these identifiers are. Needs no lock: who they are is asked anew whenever they are counted."""
        wanted = sorted(set(keys))
        if not wanted:
            return cls({})
        found = await connection.execute(_PERSONS, {"keys": wanted})
        return cls({row.key: None if row.shared else str(row.person_id) for row in found})

    def known_by(self, customer: Customer) -> frozenset[str]:
        """All by which a customer is known; empty for one who names nobody of his own.

        The ends of telephones tell nothing where one of the values given is shared by many.
        """
        own = [key for key in customer.keys if not self._is_shared(key)]
        if not own and not customer.masked_ends:
            return frozenset()
        full_ends = customer.full_ends if len(own) == len(customer.keys) else frozenset()
        ends = (f"ends {one}" for one in (*full_ends, *customer.masked_ends))
        return frozenset((*own, *self._persons_of(own), *ends))

    def of_stored(self, known_by: Iterable[str]) -> frozenset[str]:
        """The same of a customer who was counted earlier: the person whose his identifiers are now."""
        kept = [one for one in known_by if not _is_person(one) and not self._is_shared(one)]
        return frozenset((*kept, *self._persons_of(kept)))

    def _is_shared(self, key: str) -> bool:
        return key in self.persons and self.persons[key] is None

    def _persons_of(self, keys: Iterable[str]) -> Iterable[str]:
        return (person for key in keys if (person := self.persons.get(key)))


def admit(customers: Counted, at: datetime, known_by: frozenset[str]) -> None:
    """Add one who was counted at this time, in the order of time, or make him one with those he turns out to be."""
    same = [one for one in customers if not known_by.isdisjoint(one[1])]
    if not same:
        customers.append((at, set(known_by)))
        return
    same[0][1].update(known_by, *(each for _, each in same[1:]))
    customers[:] = [one for one in customers if not any(one is other for other in same[1:])]


def _is_person(known_by: str) -> bool:
    """The id of a person has dashes; pseudonyms and ends of telephones have none."""
    return "-" in known_by
