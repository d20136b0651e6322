"""The tasks stage: the one writer of `tasks`. Emits nothing: the rows are the product.

A complaint's revisions say what is asked for, results and acknowledgements say whom no message reached, commands say
what people did, alarms what they must look at now. Records of several topics come in any order; each is decided under
the lock of its complaint.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.identity import named_uuid
from schemas.outcomes import Acknowledged, OutboxResult
from schemas.policy import PolicyPack
from schemas.records import Command, Escalation
from schemas.tables.tasks import TASKS_DECISIONS, TASKS_LOCKS
from schemas.task import TaskAct, TaskView, decided_under
from schemas.topics import ACKNOWLEDGED, COMMANDS, DEDUPLICATED, ESCALATED, OUTBOX_RESULTS, SEALED_ALARMS, Topic
from workers.runtime.stage import Emit, Incoming
from workers.tasks.acts import Refused, perform
from workers.tasks.opening import Clocks, Desks, Opener
from workers.tasks.state import Memory, recall, store

Read = TaskView | Acknowledged | OutboxResult | Command | Escalation


class Followed(BaseModel):
    """The decision on one record. `applied`: it changed what people have to do, or tells the newest of it."""

    applied: bool
    detail: str = ""
    sealed: bool = False
    case_id: UUID | None = None


@dataclass(slots=True)
class Tasks:
    """Keeps the list of what people must do."""

    pack: PolicyPack
    clocks: Clocks
    name: str = "tasks"
    reads: tuple[Topic, ...] = (
        DEDUPLICATED.seen_as(TaskView), ACKNOWLEDGED, OUTBOX_RESULTS, COMMANDS, ESCALATED, SEALED_ALARMS,
    )  # fmt: skip
    writes: tuple[Topic, ...] = ()
    decisions: Table = TASKS_DECISIONS
    locks: Table | None = TASKS_LOCKS
    decision_type: type[Followed] = Followed
    _opener: Opener = field(init=False)

    def __post_init__(self) -> None:
        """Name the departments of the pack."""
        self._opener = Opener(self.clocks, Desks.of(self.pack))

    def identity(self, item: Incoming[Read]) -> tuple[UUID, int]:
        """A complaint by its revision; what else happens to it under a name of its own."""
        record = item.record
        if isinstance(record, TaskView):
            return record.complaint_id, record.revision
        if isinstance(record, Command):
            return decided_under(record.command_id), 0
        if isinstance(record, OutboxResult):
            return named_uuid("result", str(record.result_id)), 0
        if isinstance(record, Escalation):
            occasion = (str(record.occasion),) if record.occasion else ()
            return named_uuid("escalated", str(record.complaint_id), record.level or "", *occasion), record.revision
        return named_uuid("acknowledged", str(record.complaint_id)), 0

    def keys(self, item: Incoming[Read]) -> Iterable[str]:
        """The complaint: its tasks are read and written under its lock."""
        return (str(item.record.complaint_id),) if item.record.complaint_id is not None else ()

    async def decide(self, connection: AsyncConnection, items: Sequence[Incoming[Read]]) -> Sequence[Followed]:
        """Follow the batch in order against what is stored, then write what has changed."""
        complaints = (item.record.complaint_id for item in items)
        memory = await recall(connection, (one for one in complaints if one is not None))
        followed = [self._follow(memory, item.record, item.at) for item in items]
        await store(connection, memory)
        return followed

    def emit(self, item: Incoming[Read], decision: Followed) -> Sequence[Emit]:
        """Nothing."""
        return ()

    def _follow(self, memory: Memory, record: Read, at: datetime) -> Followed:
        if isinstance(record, TaskView):
            applied = self._opener.follow(memory, record, at)
            return Followed(applied=applied, sealed=record.sealed, case_id=record.case_id)
        if isinstance(record, Escalation):
            return Followed(applied=self._opener.alarmed(memory, record, at))
        if isinstance(record, Acknowledged):
            return Followed(applied=self._opener.acknowledged(memory, record, at))
        if isinstance(record, OutboxResult):
            return Followed(applied=self._opener.result(memory, record, at))
        return _obey(memory, record)


def _obey(memory: Memory, command: Command) -> Followed:
    if command.kind not in set(TaskAct):
        return Followed(applied=False, detail="another stage's command")
    try:
        return Followed(applied=True, detail=perform(memory, command))
    except Refused as refused:
        return Followed(applied=False, detail=str(refused))
