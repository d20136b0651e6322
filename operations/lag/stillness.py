"""For how long a group has not moved on a partition although a record waits there."""

from dataclasses import dataclass
from datetime import UTC, datetime

from operations.lag.watched import Look, Measured, PartitionLag

_Place = tuple[str | None, str, int]


@dataclass(frozen=True, slots=True)
class _Stand:
    """Where a group stood. `since` is None while nothing waits."""

    start: int
    since: datetime | None


class Stillness:
    """Remembers from look to look. One partition that stands still counts, however well the others move."""

    def __init__(self) -> None:
        self._stands: dict[_Place, _Stand] = {}
        self._at: datetime | None = None

    def observe(self, look: Look) -> None:
        """Take a look."""
        self._stands = {
            place: _Stand(part.start, self._since(place, part, look.at))
            for found in look.found
            for part in found.partitions
            for place in [_place(found, part)]
        }
        self._at = look.at

    def still_s(self, found: Measured, at: datetime, older_than_s: float) -> float | None:
        """Seconds the longest standing partition has not moved, of those whose oldest record is older than that.

        None when there is no such partition.
        """
        sinces = [
            stand.since
            for part in found.partitions
            if part.oldest_ms is not None and at.timestamp() - part.oldest_ms / 1000 > older_than_s
            if (stand := self._stands.get(_place(found, part))) is not None and stand.since is not None
        ]
        return (at - min(sinces)).total_seconds() if sinces else None

    def _since(self, place: _Place, part: PartitionLag, at: datetime) -> datetime | None:
        before = self._stands.get(place)
        if part.oldest_ms is None:
            return None
        if before is None or before.start != part.start or self._at is None:
            return at
        # It has not moved since the look before; what came in between has waited since it came.
        return before.since or max(self._at, min(at, datetime.fromtimestamp(part.oldest_ms / 1000, UTC)))


def _place(found: Measured, part: PartitionLag) -> _Place:
    return found.watched.group, found.watched.topic, part.partition
