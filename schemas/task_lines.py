"""What `intake tasks` prints with `--json`."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.base import Instant, Record


class TaskLine(Record):
    """One task: what a person must do, by when, who has it; once done, who did it, how and when."""

    task_id: UUID
    kind: str = Field(description="call-back, listen-and-type, platform-entry, unacknowledged, safety-alarm …")
    state: str = Field(description="open, claimed, done")
    complaint_id: UUID
    case_id: UUID
    tracking_number: str
    channel: str
    department: str
    opened_at: Instant
    due_at: Instant
    overdue: bool = Field(description="Not done and past its date, or done after it; an alarm: not taken by then")
    owner: str | None = None
    done_at: Instant | None = None
    done_by: str | None = Field(None, description="null with state done: a later revision of the complaint ended it")
    how: str | None = None
    note: str | None = None


class TasksReport(Record):
    """`intake tasks list --json`: the earliest date first."""

    at: Instant
    tasks: tuple[TaskLine, ...]


class TaskActReport(Record):
    """`intake tasks claim|release|done --json`: what was asked for, and the task as it is now."""

    action: Literal["claim", "release", "done"]
    by: str
    done: bool = Field(description="false: refused for the reason in `detail`")
    detail: str
    addition_id: UUID | None = Field(None, description="What was typed, on its way into the complaint")
    task: TaskLine
