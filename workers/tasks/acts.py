"""What people do with tasks: claim, release, end. Pure: the answer says whether it took effect, or why not."""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field, ValidationError

from schemas.base import Instant
from schemas.masking import mask_text
from schemas.records import Command
from schemas.task import DONE_AT, HOW, SIGNED, TASK_ID, TaskAct, TaskState
from workers.tasks.state import Memory, Task


class Arguments(BaseModel):
    """The arguments of a command on a task."""

    task_id: UUID
    how: str = Field("", max_length=200)
    done_at: Instant | None = None


class Refused(Exception):
    """The act does not take effect; the text says why."""


def perform(memory: Memory, command: Command) -> str:
    """Do what the command says and return what was done. Raises `Refused`, then nothing has changed.

    What a revision has ended may still be signed: the words that somebody typed may arrive before the act.
    """
    arguments = _arguments(command)
    task = memory.of(command.complaint_id).get(arguments.task_id) if command.complaint_id else None
    if task is None:
        raise Refused("the complaint has no such task")
    if task.is_done and (task.done_by is not None or command.kind != TaskAct.DONE):
        raise Refused(f"already done by {task.done_by or task.how}")
    if not command.by.strip():
        raise Refused("nobody has signed")
    done = _ACTS[TaskAct(command.kind)](task, command, arguments)
    memory.keep(task)
    return done


def _arguments(command: Command) -> Arguments:
    given = {name: command.arguments[name] for name in (TASK_ID, HOW, DONE_AT) if command.arguments.get(name)}
    try:
        return Arguments.model_validate(given)
    except ValidationError as error:
        raise Refused("the command names no task, a time nobody can read, or a story where it says how") from error


def _claim(task: Task, command: Command, _: Arguments) -> str:
    if task.owner not in {None, command.by}:
        raise Refused(f"claimed by {task.owner}")
    task.state, task.owner = TaskState.CLAIMED.value, command.by
    return "claimed"


def _release(task: Task, command: Command, _: Arguments) -> str:
    if task.owner is None:
        raise Refused("nobody has claimed it")
    task.state, task.owner = TaskState.OPEN.value, None
    return "released"


def _done(task: Task, command: Command, arguments: Arguments) -> str:
    if task.owner not in {None, command.by}:
        raise Refused(f"claimed by {task.owner}: to be released first")
    if not arguments.how.strip():
        raise Refused("it is not said how it was done")
    if task.kind in SIGNED and arguments.done_at is None:
        raise Refused("it is not said when it was done")
    when: datetime = arguments.done_at or command.at
    if when > command.at:
        raise Refused("it says that it was done later than now")
    task.owner = command.by
    task.end(when, command.by, mask_text(arguments.how.strip()), mask_text(command.reason) or None)
    return "done"


_ACTS: Mapping[TaskAct, Callable[[Task, Command, Arguments], str]] = {
    TaskAct.CLAIM: _claim,
    TaskAct.RELEASE: _release,
    TaskAct.DONE: _done,
}
