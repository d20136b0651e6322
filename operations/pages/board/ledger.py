"""The ledger as the board shows it: each source over two days, and hour by hour on a page of its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from operations import figures
from operations.ledger.hours import LedgerHour
from operations.wording import Wording

_CAME, _STORED = "offered", "stored"
COLUMNS = (_CAME, _STORED, "suspended", "routed", "acknowledged", "missing")
"""In the order a complaint meets them."""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One source, over two days or in one hour; `counts` in the order of `COLUMNS`."""

    source: str
    hour: str
    counts: tuple[str, ...]
    is_missing: bool


def by_source(hours: Sequence[LedgerHour], told: Wording) -> tuple[LedgerLine, ...]:
    """One line a source, all hours together."""
    ordered = sorted(hours, key=lambda one: (one.channel, one.account))
    return tuple(
        _line(told, source, "", list(found))
        for source, found in groupby(ordered, key=lambda one: (one.channel, one.account))
    )


def by_hour(hours: Sequence[LedgerHour], told: Wording) -> tuple[LedgerLine, ...]:
    """One line a source and hour, the newest first."""
    return tuple(_line(told, (one.channel, one.account), told.moment(one.hour), [one]) for one in hours)


def _line(told: Wording, source: tuple[str, str], hour: str, found: Sequence[LedgerHour]) -> LedgerLine:
    channel, account = source
    sums = [_sum(getattr(one, name) for one in found) for name in COLUMNS]
    named = f"{told.called(channel) if channel else '?'} {account}".strip()
    return LedgerLine(named, hour, tuple(map(figures.count, sums)), bool(sums[-1]))


def _sum(counts: Iterable[int | None]) -> int | None:
    """Of what is known; None when nothing is."""
    known = [one for one in counts if one is not None]
    return sum(known) if known else None
