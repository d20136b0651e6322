"""Looks at the whole installation at most every few seconds, however many people and alerts ask."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from infra.clock import present
from infra.database import create_engine
from infra.logs import log
from infra.metrics import PROMISES_LEFT
from operations.findings import Finding, Level, look
from operations.findings.seen import Ending, Seen, Silence
from operations.findings.settling import starting
from operations.heartbeats import beats
from operations.lag.rows import Board, BoardRow, RowKind, RowState
from operations.lag.titles import departments
from operations.ledger.hours import LedgerHours, ledger_hours
from operations.promises import answers, clocks
from operations.promises.board import PromiseBoard
from operations.promises.clocks import ListedPromise
from operations.promises.forecasting import Flow
from operations.promises.owed import OwedNow
from operations.saying import Said
from operations.watching import gathering
from operations.watching.doors import Doors
from operations.watching.expecting import expected, listable, sources
from operations.watching.gathering import Activity, Source
from operations.watching.rows import rows
from schemas.complaint import Channel
from schemas.policy import PolicyPack
from schemas.settings import Settings
from workers.pipeline import PIPELINE
from workers.webhooks import WEBHOOK_GROUP

_LOG = log(__name__)
T = TypeVar("T")
_AWAY = (SQLAlchemyError, OSError, TimeoutError)
_AT_MOST_S = 30.0
_MINUTE_S = 60.0
_CHANNELS_S = 10.0
_USUAL_S = 300.0
_REST = 5
_CANCELED = "57014"
"""SQLSTATE query_canceled: the time limit of a statement."""
_STANDS = (RowState.STOPPED, RowState.STALLED, RowState.NO_CONSUMER)
_ON_THE_WAY = ("deduplicate", "classify", "acknowledge")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One look. While the database is away it is the last one, with that as its first finding."""

    at: datetime
    findings: tuple[Finding, ...] = ()
    promises: PromiseBoard | None = None
    hours: LedgerHours | None = None
    rows: tuple[BoardRow, ...] = ()
    database_away: bool = False


@dataclass(slots=True)
class _Slow:
    """What is asked for more seldom than every look, and when each was."""

    asked_at: dict[str, float] = field(default_factory=dict)
    hours: LedgerHours | None = None
    active: Mapping[Source, Activity] = field(default_factory=dict)
    usual: Mapping[Source, float] = field(default_factory=dict)
    certificates: Sequence[Ending] = ()
    answers: Mapping[str, dict[str, int]] = field(default_factory=dict)

    def due(self, name: str, every_s: float) -> bool:
        """Whether it is time to ask again; remembers that it was."""
        now = time.monotonic()
        if now - self.asked_at.get(name, -every_s) < every_s:
            return False
        self.asked_at[name] = now
        return True


class Watch:
    """One for each process. `board` gives the last measurement of lag, None while there is none."""

    def __init__(
        self,
        settings: Settings,
        pack: PolicyPack,
        engine: AsyncEngine | None = None,
        board: Callable[[], Board | None] = lambda: None,
    ) -> None:
        """Without `engine` it makes one of three connections, so that a look waits for nobody."""
        self.board = board
        self.settings = settings
        self.pack = pack
        self.engine = engine or create_engine(settings.database.model_copy(update={"pool_size": 3}))
        self.undelivered: dict[str, str] = {}
        """Target of alerts → why it takes none; the watcher tells."""
        self._expected, self._sources = expected(settings), sources(settings)
        self._listable, self._departments = listable(settings), departments(pack)
        naming = settings.kafka.naming
        posts = (f"{WEBHOOK_GROUP}{code}" for code, one in settings.systems.items() if one.webhook_url)
        self._stage_of = {naming.group(name): name for name in (*(spec.name for spec in PIPELINE), *posts)}
        self._doors = Doors(settings.mailboxes, self.engine)
        self._owed = OwedNow()
        self._slow = _Slow()
        self._began: datetime | None = None
        self._since: dict[str, datetime] = {}
        self._away_since: datetime | None = None
        self._last = Snapshot(present())
        self._next_at = float("-inf")
        self._looking = asyncio.Lock()

    @property
    def last(self) -> Snapshot:
        """The last look, without waiting for a newer one."""
        return self._last

    async def look(self) -> Snapshot:
        """The present state, at most `INTAKE_WATCH__LOOK_EVERY` old (0: always new); never raises for what is away."""
        async with self._looking:
            began, every = time.monotonic(), self.settings.watch.look_every.total_seconds()
            if began >= self._next_at:
                self._last = await self._look()
                took = time.monotonic() - began
                # A look that takes long is taken more seldom: it must not keep the database busy.
                self._next_at = began + max(every, _REST * took if every else 0)
            return self._last

    async def findings(self) -> tuple[Finding, ...]:
        """What is wrong now, the worst first."""
        return (await self.look()).findings

    async def promises(self) -> PromiseBoard | None:
        """All promise clocks; None before the database ever answered."""
        return (await self.look()).promises

    async def ledger_hours(self) -> LedgerHours | None:
        """The ledger by source and hour, at most a minute old; None before the database ever answered."""
        return (await self.look()).hours

    async def rows(self) -> Sequence[BoardRow]:
        """The board's rows of channels, suspended and dead letters. A look that is under way is not waited for."""
        return (self._last if self._looking.locked() else await self.look()).rows

    async def listed(self, clock: str, band: str, limit: int) -> Sequence[ListedPromise]:
        """The complaints behind a number of the promise clocks. KeyError for a clock or band there is not."""
        snapshot = await self.look()
        async with self.engine.connect() as connection:
            return await clocks.listed(connection, self._owed, snapshot.at, clock, band, limit)

    def certificates(self, found: Sequence[Ending]) -> None:
        """Take what was found out about certificates: it is looked for by the watcher, over the network."""
        self._slow.certificates = found

    async def close(self) -> None:
        """Let the connections go."""
        await self._doors.close()
        await self.engine.dispose()

    async def _look(self) -> Snapshot:
        try:
            async with asyncio.timeout(_AT_MOST_S), self.engine.connect() as connection:
                return await self._gathered(connection)
        except _AWAY as error:
            now = present()
            if self._away_since is None:
                _LOG.warning("the database cannot be looked at", error_class=type(error).__name__)
            self._away_since = self._away_since or now
            PROMISES_LEFT.clear()
            kept = [one for one in self._last.findings if one.kind != "database-away"]
            return replace(self._last, at=now, findings=(self._database_away(), *kept), database_away=True)

    async def _gathered(self, connection: AsyncConnection) -> Snapshot:
        now, told = await beats(connection)
        await self._owed.refresh(connection, now)
        self._began = self._began or now
        seen = Seen(
            now, self.settings.watch, self._expected, told, self.board(), owed=self._owed.all, began=self._began
        )
        seen = await self._with_piles(connection, seen)
        await self._ask_slowly(connection, seen)
        flow = _flow(seen, self._owed.settled_per_s(now))
        promises = await clocks.board_of(connection, self._owed, now, self.pack, flow, self._slow.answers)
        if promises.whole:
            _show(promises)
        hours = self._slow.hours
        seen = replace(
            seen,
            promises=promises,
            missing=hours.missing if hours else None,
            twice=hours.twice if hours else 0,
            silences=self._silences(),
            doors=self._doors.waiting(_unread_by_anybody(seen)),
            undelivered=dict(self.undelivered),
            departments=self._departments,
        )
        self._away_since = None
        findings = self._with_since(look(seen))
        return Snapshot(now, findings, promises, hours, rows(seen, self._sources, self._slow.active))

    async def _with_piles(self, connection: AsyncConnection, seen: Seen) -> Seen:
        within = self.settings.watch.expires_within
        return replace(
            seen,
            stops=await gathering.stops(connection, self._stage_of),
            suspended=await gathering.suspended(connection),
            dead_letters=await gathering.dead_letters(connection),
            unsent=await gathering.unsent(connection),
            overdue_alarms=await gathering.overdue_alarms(connection, seen.now),
            endings=[*await gathering.endings(connection, seen.now, within), *self._slow.certificates],
        )

    async def _ask_slowly(self, connection: AsyncConnection, seen: Seen) -> None:
        watch, now = self.settings.watch, seen.now
        if self._slow.due("activity", _CHANNELS_S):
            self._slow.active = await gathering.activity(connection, now, watch.silence_window)
        if self._slow.due("usual", _USUAL_S):
            self._slow.usual = await gathering.usual(connection, now, watch)
        if self._slow.due("hours", _MINUTE_S):
            self._slow.hours = await self._in_time("hours", self._hours(seen), self._slow.hours)
        if self._slow.due("answers", _MINUTE_S):
            self._slow.answers = await self._in_time("answers", self._answers(now), self._slow.answers)

    async def _in_time(self, name: str, asked: Awaitable[T], before: T) -> T:
        """What was asked, or what was known before where the database was too busy to answer in its time."""
        try:
            return await asked
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _CANCELED:
                raise
            _LOG.warning("a look took too long", name=name)
            return before

    async def _hours(self, seen: Seen) -> LedgerHours:
        """In a transaction of its own, because it is told how to join and how long it may take."""
        auditor = seen.alive("auditor")
        async with self.engine.connect() as connection:
            return await ledger_hours(
                connection,
                self.settings.kafka.naming,
                seen.now,
                settled_after=2 * self.settings.ledger.republish_after,
                audited=auditor is not None and auditor.ready,
                listed=self._unread(seen),
            )

    async def _answers(self, now: datetime) -> Mapping[str, dict[str, int]]:
        async with self.engine.connect() as connection:
            return await answers.counted(connection, now)

    def _unread(self, seen: Seen) -> dict[Source, int]:
        waiting = {source: seen.alive(self._sources[source]) for source in self._listable}
        return {source: int(beat.facts.get("waiting", 0)) if beat else 0 for source, beat in waiting.items()}

    def _silences(self) -> list[Silence]:
        active = self._slow.active
        return [
            Silence(*source, active[source].came if source in active else 0, usual,
                    active[source].last_at if source in active else None)
            for source, usual in self._slow.usual.items()
        ]  # fmt: skip

    def _with_since(self, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """Findings that do not know since when are wrong since they were first seen."""
        self._since = {one.key: min(one.since, self._since.get(one.key, one.since)) for one in findings}
        return tuple(replace(one, since=self._since[one.key]) for one in findings)

    def _database_away(self) -> Finding:
        return Finding(
            key="database",
            kind="database-away",
            level=Level.RED,
            object=Said("PostgreSQL", "PostgreSQL"),
            said=Said(
                "数据库没有响应：来件照常接收，处理和回执停住，以下内容为最后一次所见",
                "the database does not answer: complaints are still received, nothing is worked on or acknowledged;"
                " what is shown is what was seen last",
            ),
            since=self._away_since or present(),
            at_risk=len(self._owed.all),
            next_step=Said(
                "恢复 PostgreSQL（INTAKE_DATABASE__URL），之后一切自动继续",
                "bring PostgreSQL back (INTAKE_DATABASE__URL): everything goes on by itself",
            ),
        )


def _show(promises: PromiseBoard) -> None:
    """On `/metrics`: acknowledgements by the time left."""
    for one in promises.clocks:
        if one.clock == clocks.ACKNOWLEDGEMENT:
            for band, count in one.counts.items():
                PROMISES_LEFT.labels(band).set(count)


def _unread_by_anybody(seen: Seen) -> list[str]:
    """Mailboxes whose part runs nowhere, although it did."""
    mailboxes = (one for one in seen.expected if one.channel == Channel.EMAIL.value)
    return [one.account for one in mailboxes if seen.alive(one.part) is None and seen.last(one.part) is not None]


def _flow(seen: Seen, per_s: float | None) -> Flow:
    """Which parts of the way to an acknowledgement stand still, from the board, the stops and the heartbeats."""
    board = seen.board.rows if seen.board is not None else ()
    standing = {one.name for one in board if one.kind is RowKind.STAGE and one.state in _STANDS}
    standing -= {name for name in standing if starting(seen, name)}
    standing |= {one.stage for one in seen.stops}
    standing |= {one.part for one in seen.expected if not one.channel and _is_gone(seen, one.part)}
    return Flow(
        per_s,
        pipeline_stands=any(stage in standing for stage in _ON_THE_WAY),
        sweeper_stands="sweeper" in standing,
        sender_stands="sender" in standing,
    )


def _is_gone(seen: Seen, part: str) -> bool:
    """Whether no process runs the part, and none is about to."""
    return seen.alive(part) is None and not starting(seen, part)
