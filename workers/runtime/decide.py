"""The SQL half of a stage: decide a batch in one transaction, each (complaint, revision) once. Knows no Kafka."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from workers.runtime import decisions
from workers.runtime.decisions import Row
from workers.runtime.encoding import Encoder
from workers.runtime.failures import Contended, Verdict, verdict
from workers.runtime.outcome import REDELIVERY, Fate, Outcome, dead
from workers.runtime.replays import earlier_origins
from workers.runtime.settle import settle
from workers.runtime.stage import AnyStage, DecidingStage, Incoming, Origin, PureStage

Identity = tuple[UUID, int]


class WrongCount(Exception):
    """A stage's `decide` did not return one decision a record: a defect of the stage."""


async def decide_batch(
    stage: AnyStage, engine: AsyncEngine | None, items: Sequence[Incoming[Any]], encoder: Encoder
) -> list[Outcome]:
    """Settle the records of one partition's batch and return one outcome each, in order.

    What a deciding stage decides is committed when this returns. Raises what the platform must heal first.
    """
    if isinstance(stage, DecidingStage):
        if engine is None:
            raise TypeError(f"stage {stage.name} keeps decisions and needs a database")
        return await _decide(stage, engine, items, encoder)
    return [decide_alone(stage, item, encoder) for item in items]


def decide_alone(stage: PureStage[Any], item: Incoming[Any] | Outcome, encoder: Encoder) -> Outcome:
    """Decide one record of a pure stage; one that could not be read has its outcome already."""
    if isinstance(item, Outcome):
        return item
    try:
        return Outcome(Fate.DECIDED, encoder.encode(item, stage.decide(item)))
    except Exception as error:  # the shell's guard: any failure of a stage is judged here
        if verdict(error) is Verdict.WAIT:
            raise
        return dead(error)


@dataclass(slots=True)
class _Plan:
    """A record on its way through one transaction."""

    item: Incoming[Any]
    identity: Identity
    keys: tuple[str, ...]
    outcome: Outcome | None = None
    decision: Any = None


async def _decide(
    stage: DecidingStage[Any, Any], engine: AsyncEngine, items: Sequence[Incoming[Any]], encoder: Encoder
) -> list[Outcome]:
    named: dict[Origin, _Plan] = {}
    outcomes: dict[Origin, Outcome] = {}
    for item in items:
        try:
            named[item.origin] = _Plan(item, stage.identity(item), tuple(stage.keys(item)))
        except Exception as error:  # noqa: BLE001 - the shell's guard: any failure of a stage is judged here
            outcomes[item.origin] = dead(error)

    async def attempt(some: Sequence[Incoming[Any]]) -> list[Outcome]:
        return await _Transaction(stage, engine, encoder).run([named[item.origin] for item in some])

    ready = [plan.item for plan in named.values()]
    if ready:
        outcomes |= zip(named, await settle(attempt, ready), strict=True)
    return [outcomes[item.origin] for item in items]


@dataclass(slots=True)
class _Transaction:
    """One SQL transaction over some records of a batch."""

    stage: DecidingStage[Any, Any]
    engine: AsyncEngine
    encoder: Encoder
    adopted: list[tuple[Identity, Origin]] = field(default_factory=list)

    async def run(self, plans: Sequence[_Plan]) -> list[Outcome]:
        async with self.engine.begin() as connection:
            if self.stage.locks is not None:
                await decisions.lock(connection, self.stage.locks, _blocking(plans))
            rows = await decisions.read(connection, self.stage.decisions, {plan.identity[0] for plan in plans})
            fresh = self._sort(plans, rows)
            if fresh:
                await self._decide(connection, fresh)
            outcomes = [plan.outcome or self._emitted(plan, Fate.DECIDED) for plan in plans]
            await decisions.adopt(connection, self.stage.decisions, self.adopted)
        return outcomes

    def _sort(self, plans: Sequence[_Plan], rows: dict[Identity, Row]) -> list[_Plan]:
        """Give every record that was decided before its outcome and return the others, the first of each identity."""
        fresh: dict[Identity, _Plan] = {}
        for plan in plans:
            plan.outcome = None
            row = rows.get(plan.identity)
            if row is not None:
                plan.outcome = self._decided_before(plan, row)
                if plan.outcome is not REDELIVERY:  # a second replay of one dead letter may follow in the batch
                    rows[plan.identity] = replace(row, origin=plan.item.origin)
            elif plan.identity in fresh:
                plan.outcome = REDELIVERY
            else:
                fresh[plan.identity] = plan
        return list(fresh.values())

    def _decided_before(self, plan: _Plan, row: Row) -> Outcome:
        origin = plan.item.origin
        if row.origin != origin:
            if row.origin not in earlier_origins(plan.item, self.stage.name):
                return REDELIVERY
            self.adopted.append((plan.identity, origin))
        plan.decision = self.stage.decision_type.model_validate_json(row.decision)
        return self._emitted(plan, Fate.REPLAYED)

    async def _decide(self, connection: AsyncConnection, fresh: list[_Plan]) -> None:
        decided = await self.stage.decide(connection, [plan.item for plan in fresh])
        if len(decided) != len(fresh):
            raise WrongCount(f"stage {self.stage.name}: {len(decided)} decisions for {len(fresh)} records")
        for plan, decision in zip(fresh, decided, strict=True):
            plan.decision = decision
        rows = [Row(*plan.identity, plan.item.origin, plan.decision.model_dump_json()) for plan in fresh]
        if await decisions.insert(connection, self.stage.decisions, rows) < len(rows):
            raise Contended

    def _emitted(self, plan: _Plan, fate: Fate) -> Outcome:
        return Outcome(fate, self.encoder.encode(plan.item, self.stage.emit(plan.item, plan.decision)))


def _blocking(plans: Sequence[_Plan]) -> set[str]:
    """All keys the batch blocks on, each record's identity among them, so that nobody decides it at the same time."""
    keys = {f"identity:{complaint_id}:{revision}" for complaint_id, revision in (plan.identity for plan in plans)}
    return keys.union(*(plan.keys for plan in plans))
