"""How often somebody may try: what is counted, and up to which count. Pure, given something that counts.

Every try is counted before it is looked at, right or wrong, by address and by number. A key is too long to guess and
is counted by nobody, so no stranger's tries can lock its owner out; the tries at a code belong to whoever asked for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from schemas.identity import pseudonym
from schemas.settings import TrackSettings

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` in each window of `within`, for what `key` stands for."""

    key: str
    most: int
    within: timedelta

    def ends_at(self, now: datetime) -> datetime:
        """The end of the window that `now` is in: windows are the same for every gateway."""
        length = int(self.within.total_seconds())
        return datetime.fromtimestamp((int(now.timestamp()) // length + 1) * length, now.tzinfo)


class Tally(Protocol):
    """Counts."""

    async def add(self, ends: Mapping[str, datetime]) -> Mapping[str, int]:
        """Count one for each key in the window that ends then; returns the new counts."""


class Guesses:
    """The limits of one installation, each under a pseudonym."""

    def __init__(self, pseudonym_key: bytes, settings: TrackSettings) -> None:
        self._key = pseudonym_key
        self._settings = settings

    def at_digits(self, number: str, caller: str) -> Sequence[Limit]:
        """Of tries at the last four digits: ten thousand possibilities, so a day's tries at a number are few."""
        return (
            self._limit(self._settings.digits_per_day, DAY, "digits", number),
            self._limit(self._settings.digits_per_caller, HOUR, "digits", number, caller),
            self._any(caller),
        )

    def at_sending(self, number: str, caller: str) -> Sequence[Limit]:
        """Of codes sent: nobody's telephone is rung all day because somebody knows the number of a complaint."""
        return (
            self._limit(self._settings.codes_per_hour, HOUR, "codes", number),
            self._limit(self._settings.codes_per_caller, HOUR, "codes", number, caller),
            self._any(caller),
        )

    def at_codes(self, caller: str) -> Sequence[Limit]:
        """Of tries at codes, besides those each code allows."""
        return (self._any(caller),)

    def at_adding(self, number: str) -> Sequence[Limit]:
        """Of what is added to one complaint."""
        return (self._limit(self._settings.messages_per_hour, HOUR, "adding", number),)

    def _any(self, caller: str) -> Limit:
        return self._limit(self._settings.tries_per_caller, HOUR, "caller", caller)

    def _limit(self, most: int, within: timedelta, *what: str) -> Limit:
        return Limit(pseudonym(self._key, "track-count", *what), most, within)


async def admitted(tally: Tally, limits: Sequence[Limit], now: datetime) -> bool:
    """Count one try everywhere; whether it is within every limit."""
    counts = await tally.add({limit.key: limit.ends_at(now) for limit in limits})
    return all(counts[limit.key] <= limit.most for limit in limits)
