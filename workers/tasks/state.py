"""What the tasks stage keeps: the tasks of the complaints of a batch, and the newest revision seen of each."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.tables.tasks import TASKS
from schemas.task import TaskState
from workers.bulk import insert_rows

_SEEN = text(
    "SELECT complaint_id, max(revision) AS revision, bool_or(CAST(decision->>'sealed' AS boolean)) AS sealed, "
    "(array_agg(decision->>'case_id' ORDER BY revision DESC))[1] AS case_id "
    "FROM tasks_decisions WHERE complaint_id = ANY(CAST(:ids AS uuid[])) GROUP BY complaint_id"
)
_UPDATE = "(task_id) DO UPDATE SET " + ", ".join(
    f'"{column.name}" = excluded."{column.name}"' for column in TASKS.columns if column.name != "task_id"
)


@dataclass(slots=True)
class Task:
    """One row of `tasks`."""

    task_id: UUID
    kind: str
    complaint_id: UUID
    case_id: UUID
    tracking_number: str
    channel: str
    department: str
    sealed: bool
    opened_at: datetime
    due_at: datetime
    state: str = TaskState.OPEN.value
    owner: str | None = None
    done_at: datetime | None = None
    done_by: str | None = None
    how: str | None = None
    note: str | None = None
    listed: bool = False
    version: int = 0

    @property
    def is_done(self) -> bool:
        """Whether nobody has to do anything any more."""
        return self.state == TaskState.DONE

    def end(self, at: datetime, by: str | None, how: str, note: str | None) -> None:
        """Nobody has to do it any more; `by` is None when no person did it."""
        self.state, self.done_at, self.done_by, self.how, self.note = TaskState.DONE.value, at, by, how, note

    def reopen(self, at: datetime, due_at: datetime) -> None:
        """It is to be done again."""
        self.state, self.opened_at, self.due_at = TaskState.OPEN.value, at, due_at
        self.owner = self.done_at = self.done_by = self.how = self.note = None


@dataclass(slots=True)
class Memory:
    """Complaint → its tasks by id; (newest revision, sealed) and case as far as its own records have come."""

    tasks: dict[UUID, dict[UUID, Task]] = field(default_factory=dict)
    seen: dict[UUID, tuple[int, bool]] = field(default_factory=dict)
    changed: dict[UUID, Task] = field(default_factory=dict)
    cases: dict[UUID, UUID] = field(default_factory=dict)

    def of(self, complaint_id: UUID) -> dict[UUID, Task]:
        """The tasks of a complaint."""
        return self.tasks.setdefault(complaint_id, {})

    def keep(self, task: Task) -> None:
        """Note that a task is new or has changed."""
        task.version += 1
        self.of(task.complaint_id)[task.task_id] = task
        self.changed[task.task_id] = task


async def recall(connection: AsyncConnection, complaints: Iterable[UUID]) -> Memory:
    """Read what is kept of these complaints. Call after their locks are taken."""
    wanted, memory = sorted(set(complaints)), Memory()
    for row in await connection.execute(_SEEN, {"ids": wanted}):
        memory.seen[row.complaint_id] = row.revision, bool(row.sealed)
        if row.case_id is not None:
            memory.cases[row.complaint_id] = UUID(row.case_id)
    for row in await connection.execute(select(TASKS).where(TASKS.c.complaint_id.in_(wanted))):
        memory.of(row.complaint_id)[row.task_id] = Task(**row._mapping)
    return memory


async def store(connection: AsyncConnection, memory: Memory) -> None:
    """Write what the batch changed."""
    rows = [asdict(memory.changed[task]) for task in sorted(memory.changed)]
    await insert_rows(connection, TASKS, rows, on_conflict=_UPDATE)
