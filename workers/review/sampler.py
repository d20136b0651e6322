"""The sampler: draws each week's sample once the week is over, and shows how many reviews wait."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from infra import metrics
from infra.logs import log
from infra.service import Health
from schemas.policy import PolicyPack
from schemas.review import ReviewOutcome, ReviewState, week_of
from schemas.tables.review import REVIEW_LOCKS, REVIEW_WEEKS, REVIEWS
from workers.persistent import State, persist
from workers.review.drawing import Candidate, draw
from workers.review.state import recall, store
from workers.runtime import decisions
from workers.runtime.backoff import rest

_LOOK_EVERY_S = 60.0
_WEEKS_BACK = 4
"""Weeks that ended while nobody was here to draw them are drawn later, as long as so."""
_WAIT = timedelta(hours=1)
"""So long after a week's end: what the stages still had to do then counts."""
_log = log(__name__)


@dataclass(frozen=True, slots=True)
class SamplerParts:
    """What the sampler needs; `now` says which weeks are over."""

    engine: AsyncEngine
    pack: PolicyPack
    now: Callable[[], datetime]


class Sampler:
    """Draws samples. Any number may run at once: a week is drawn once."""

    def __init__(self, parts: SamplerParts) -> None:
        self.name = "sampler"
        self._parts = parts
        self._state = State(self.name)
        self._shown: set[tuple[str, str]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """See `infra.service.Service`."""
        await persist(stop, self._state, lambda: self._until(stop))

    def health(self) -> Health:
        """Not ready while it waits for the database."""
        return self._state.health()

    async def look(self) -> int:
        """Draw the weeks that are over and not drawn yet; return how many complaints were drawn."""
        drawn = 0
        for start in _weeks_over(self._parts.now(), self._parts.pack.zone):
            async with self._parts.engine.begin() as connection:
                drawn += await self._draw(connection, start)
        async with self._parts.engine.connect() as connection:
            await self._show(connection)
        return drawn

    async def _draw(self, connection: AsyncConnection, start: datetime) -> int:
        week = week_of(start, self._parts.pack.zone)
        known = await connection.scalar(select(REVIEW_WEEKS.c.week).where(REVIEW_WEEKS.c.week == week))
        found = [] if known else await candidates(connection, start, start + timedelta(days=7))
        if not found:
            return 0
        chosen = draw(week, found, self._parts.pack.reviewing.sample)
        at = self._parts.now()
        row = {"week": week, "population": len(found), "drawn": len(chosen), "drawn_at": at}
        written = await connection.execute(insert(REVIEW_WEEKS).values(row).on_conflict_do_nothing())
        if not written.rowcount:
            return 0
        await decisions.lock(connection, REVIEW_LOCKS, map(str, chosen))
        memory = await recall(connection, chosen)
        for review in memory.reviews.values():
            if review.outcome == ReviewOutcome.SEALED:
                continue
            review.week, review.part = week, chosen[review.complaint_id].value
            review.settle_state(at, review.part)
            memory.keep(review)
        await store(connection, memory)
        _log.info("drew the sample of a week", count=len(memory.changed))
        return len(memory.changed)

    async def _show(self, connection: AsyncConnection) -> None:
        waiting = REVIEWS.c.state.in_((ReviewState.OPEN.value, ReviewState.CLAIMED.value))
        columns = REVIEWS.c.channel, REVIEWS.c.drawn_by
        counted = select(*columns, func.count()).where(waiting).group_by(*columns)
        found = Counter({(row[0], row[1] or ""): row[2] for row in await connection.execute(counted)})
        for labels in {*found, *self._shown}:
            metrics.REVIEWS_WAITING.labels(*labels).set(found[labels])
        self._shown = set(found)

    async def _until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.look()
            self._state.waits_for = None
            await rest(stop, _LOOK_EVERY_S)


async def candidates(connection: AsyncConnection, since: datetime, until: datetime) -> list[Candidate]:
    """Every complaint classified for the first time in these days, certain ones too."""
    rows = REVIEWS.c
    statement = select(rows.complaint_id, rows.margin, rows.disagreement).where(
        rows.classified_at >= since, rows.classified_at < until
    )
    return [Candidate(*row) for row in await connection.execute(statement)]


def week_start(moment: datetime, zone: ZoneInfo) -> datetime:
    """The Monday midnight, by the calendar of a place, that the week of a moment began with."""
    local = moment.astimezone(zone)
    return (local - timedelta(days=local.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)


def _weeks_over(now: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The starts of the last weeks that are over, the oldest first."""
    this = week_start(now - _WAIT, zone)
    return (this - timedelta(weeks=back) for back in range(_WEEKS_BACK, 0, -1))
