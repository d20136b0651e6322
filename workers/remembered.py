"""What was worked out for a record when its locks were asked for, kept until it is decided."""

from collections.abc import Callable
from typing import Generic, TypeVar

R = TypeVar("R")
T = TypeVar("T")

_MOST = 2_000
"""Records kept: two of the largest batches. Redeliveries are asked for and never decided."""


class Remembered(Generic[R, T]):
    """Makes something of a record once. A record is the very object, not another that is equal."""

    def __init__(self, make: Callable[[R], T]) -> None:
        """`make` must be pure: what it makes may be made again."""
        self._make = make
        self._made: dict[int, tuple[R, T]] = {}

    def of(self, record: R) -> T:
        """What is made of the record."""
        known = self._made.get(id(record))
        if known is not None:
            return known[1]
        if len(self._made) >= _MOST:
            self._made.clear()
        made = self._make(record)
        self._made[id(record)] = record, made  # with the record, so that no other gets its id
        return made

    def last_of(self, record: R) -> T:
        """The same, for the last time: it is forgotten."""
        known = self._made.pop(id(record), None)
        return self._make(record) if known is None else known[1]

    def __len__(self) -> int:
        return len(self._made)
