"""Customers that a company treats with special care: their complaints weigh more. Used by severity rules."""

from collections.abc import Iterable
from functools import cached_property
from typing import Literal

from schemas.normalise import fold
from schemas.policy.base import PolicyPart, Words


class Customers(PolicyPart):
    """Who is a key or an important customer: customer numbers, or names of companies; never private persons' names."""

    key: tuple[Words, ...] = ()
    important: tuple[Words, ...] = ()

    def standing(self, named: Iterable[str]) -> Literal["key", "important"] | None:
        """What a customer is who goes by any of these numbers or names; a key customer is not important as well."""
        known = {_same(name) for name in named}
        if not known.isdisjoint(self._key):
            return "key"
        return "important" if not known.isdisjoint(self._important) else None

    @cached_property
    def _key(self) -> frozenset[str]:
        return frozenset(map(_same, self.key))

    @cached_property
    def _important(self) -> frozenset[str]:
        return frozenset(map(_same, self.important))


def _same(name: str) -> str:
    return "".join(fold(name).text.split())
