"""Stages, tables and records that the tests of the loop run with: a command in, a command out."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Column, Integer, MetaData, Table, Text, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from schemas.errors import PoisonRecord
from schemas.identity import named_uuid
from schemas.records import Command
from schemas.tables.metadata import decision_table, lock_table
from schemas.topics import Personal, Topic
from workers.runtime.stage import Emit, Incoming

SOURCE = Topic("probe.source.v1", Command, "command_id", Personal.NONE, "test", "input")
TARGET = Topic("probe.target.v1", Command, "command_id", Personal.NONE, "test", "output")

_METADATA = MetaData()
DECISIONS = decision_table("probe", _METADATA)
LOCKS = lock_table("probe", _METADATA)
SEEN = Table("probe_seen", _METADATA, Column("name", Text, primary_key=True), Column("times", Integer, nullable=False))


async def create_tables(engine: AsyncEngine) -> None:
    """Create the tables of the deciding probe."""
    async with engine.begin() as connection:
        await connection.run_sync(_METADATA.create_all)


def command(name: str, *, kind: str = "copy", reason: str = "test") -> Command:
    """A record named `name`; its kind tells the probes what to do with it."""
    at = datetime(2026, 11, 22, 8, tzinfo=UTC)
    return Command(command_id=named_uuid("probe", name), kind=kind, reason=reason, at=at, by=name)


def _emit(item: Incoming[Command], **arguments: str) -> list[Emit]:
    record = item.record.model_copy(update={"arguments": arguments})
    return [Emit(TARGET, record, str(record.command_id), f"{record.command_id}-copy", record.command_id)]


def _fail_if_told(record: Command) -> None:
    if record.kind == "poison":
        raise PoisonRecord("as told")
    if record.kind == "bug":
        raise ZeroDivisionError(record.reason)


class Copy:
    """A pure stage: writes every record once more; `poison` and `bug` fail, `huge` is too large to produce."""

    name = "copy"
    reads: tuple[Topic, ...] = (SOURCE,)
    writes: tuple[Topic, ...] = (TARGET,)

    def decide(self, item: Incoming[Command]) -> Sequence[Emit]:
        _fail_if_told(item.record)
        padding = "x" * 1_100_000 if item.record.kind == "huge" else ""
        return _emit(item, padding=padding)


class Turn(BaseModel):
    """How often the name was seen, this time included."""

    times: int


class Count:
    """A deciding stage: counts how often a name was seen; `sql-…` kinds break the statement in their own way."""

    name = "count"
    reads: tuple[Topic, ...] = (SOURCE,)
    writes: tuple[Topic, ...] = (TARGET,)
    decisions = DECISIONS
    locks: Table | None = LOCKS
    decision_type = Turn

    def __init__(self, before: Callable[[Sequence[Incoming[Command]]], None] = lambda items: None) -> None:
        self.before = before
        self.calls: list[int] = []

    def identity(self, item: Incoming[Command]) -> tuple[UUID, int]:
        return item.record.command_id, 1

    def keys(self, item: Incoming[Command]) -> Iterable[str]:
        return [f"name:{item.record.by}"]

    async def decide(self, connection: AsyncConnection, items: Sequence[Incoming[Command]]) -> Sequence[Turn]:
        self.calls.append(len(items))
        self.before(items)
        return [Turn(times=await self._seen(connection, item.record)) for item in items]

    async def _seen(self, connection: AsyncConnection, record: Command) -> int:
        _fail_if_told(record)
        names: dict[str, Any] = {"sql-nul": "a\0b", "sql-surrogate": "a\ud800b"}
        name = names.get(record.kind, record.by)
        statement = "INSERT INTO probe_seen (name, times) VALUES (:name, 1) "
        if record.kind == "sql-data":
            statement = "INSERT INTO probe_seen (name, times) VALUES (:name, 1 / 0) "
        found = await connection.scalar(
            text(statement + "ON CONFLICT (name) DO UPDATE SET times = probe_seen.times + 1 RETURNING times"),
            {"name": name},
        )
        return int(found or 0)

    def emit(self, item: Incoming[Command], decision: Turn) -> Sequence[Emit]:
        if item.record.kind == "emit-bug":
            raise ZeroDivisionError
        padding = "x" * 1_100_000 if item.record.kind == "huge" else ""
        return _emit(item, times=str(decision.times), padding=padding)
