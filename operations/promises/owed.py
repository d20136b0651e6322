"""The acknowledgements that are owed now, kept up to date at the cost of what changed, not of all there ever were."""

import time
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from operations.promises import querying
from operations.promises.querying import Place

_WHOLE_EVERY = timedelta(hours=1)
"""So often all promises are asked for, so that nothing that was missed stays missed."""
_A_SLICE = 5_000
"""So many promises one statement goes through."""
_AT_ONCE_S = 0.5
"""A look begins no further slice after this."""
_OVERLAP = timedelta(minutes=2)
"""A row bears the time its transaction began and is seen when that has ended."""
_SEEN_AFTER = timedelta(seconds=10)
"""What came is counted so late, when all of it can be seen."""
_HOUR = timedelta(hours=1)


class Awaits(StrEnum):
    """Whose turn it is."""

    PIPELINE = "pipeline"
    SENDER = "sender"
    SWEEPER = "sweeper"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Owed:
    """One acknowledgement that is owed."""

    subject_id: UUID
    tracking_number: str
    channel: str
    account: str
    received_at: datetime
    due_at: datetime
    awaits: Awaits


class OwedNow:
    """What is owed as of the last `refresh`. One for each process.

    The first looks go through all promises, from the last received on backwards, a part each: no look waits for all.
    """

    def __init__(self) -> None:
        self._open: dict[UUID, Owed] = {}
        self._whole_at: datetime | None = None
        self._place: Place | None = None
        self._looked_at: datetime | None = None
        self._first_at: datetime | None = None
        self._settled: deque[tuple[datetime, int]] = deque()

    @property
    def all(self) -> tuple[Owed, ...]:
        """All of them, in no order."""
        return tuple(self._open.values())

    @property
    def is_whole(self) -> bool:
        """Whether all promises have been gone through once; before, some that are owed may not be known."""
        return self._whole_at is not None

    async def refresh(self, connection: AsyncConnection, now: datetime) -> None:
        """Bring it up to date. `now` is the database's time. Raises what the database raises when it is away."""
        before, last = len(self._open), self._looked_at
        if last is not None:
            rows = await querying.owed(connection, among=self._open)
            rows += await querying.owed(connection, noted_after=last - _OVERLAP)
            self._open = {row.subject_id: _owed(row) for row in rows}
        known = len(self._open)
        if not self.is_whole or self._place is not None or now - (self._whole_at or now) > _WHOLE_EVERY:
            await self._go_on(connection, now)
        if last is not None:
            came = await querying.came(connection, last - _SEEN_AFTER, now - _SEEN_AFTER)
            self._settled.append((now, before + came - known))
        self._looked_at = now
        self._first_at = self._first_at or now

    async def _go_on(self, connection: AsyncConnection, now: datetime) -> None:
        """Go through all promises where the last look left off, for a moment."""
        until = time.monotonic() + _AT_ONCE_S
        while True:
            rows, self._place = await querying.owed_before(connection, self._place, _A_SLICE)
            self._open |= {row.subject_id: _owed(row) for row in rows}
            if self._place is None:
                self._whole_at = now
                return
            if time.monotonic() >= until:
                return

    def settled_per_s(self, now: datetime) -> float | None:
        """How many promises a second were settled over the last hour; None while too little was seen to tell."""
        if self._first_at is None or now - self._first_at < timedelta(minutes=5):
            return None
        while self._settled and now - self._settled[0][0] > _HOUR:
            self._settled.popleft()
        seconds = min(_HOUR, now - self._first_at).total_seconds()
        return max(0, sum(count for _, count in self._settled)) / seconds


def _owed(row: Row[Any]) -> Owed:
    return Owed(
        subject_id=row.subject_id,
        tracking_number=row.tracking_number,
        channel=row.channel,
        account=row.account,
        received_at=row.received_at,
        due_at=row.due_at,
        awaits=_awaits(row),
    )


def _awaits(row: Row[Any]) -> Awaits:
    if row.state == "unknown":
        return Awaits.PERSON
    if row.state is not None or row.decided_at is not None:
        return Awaits.SENDER
    return Awaits.SWEEPER if row.kind == "suspended" else Awaits.PIPELINE
