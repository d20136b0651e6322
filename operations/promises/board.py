"""The promise clock: how many complaints have how much time left, on each clock, and what will be late at this rate."""

from dataclasses import dataclass
from datetime import datetime

from operations.saying import Said

BANDS = ("over-12h", "6h-12h", "1h-6h", "under-1h", "breached")
"""Time left, the most first."""


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One clock (acknowledgement, first reply, resolution, an authority's date, acceptance by a department)."""

    clock: str
    title: Said
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Forecast:
    """At the present rate `late` of the open complaints will miss their acknowledgement, the first at `first_at`."""

    late: int
    first_at: datetime | None
    said: Said


@dataclass(frozen=True, slots=True)
class PromiseBoard:
    """All clocks of one look. Until it is `whole`, older acknowledgements that are owed may not be counted yet."""

    at: datetime
    clocks: tuple[ClockRow, ...]
    forecast: Forecast
    whole: bool = True
