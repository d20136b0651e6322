"""Which tasks a record opens or ends: a complaint's own list, and messages to customers that reached nobody. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.casework import NOT_OURS_AGAIN
from schemas.messages import MessageKind
from schemas.outcomes import Acknowledged, OutboxResult, Outcome
from schemas.policy import Facts, PolicyPack
from schemas.records import Escalation
from schemas.reply import NOT_KNOWN, THROUGH_AUTHORITY
from schemas.settings import TaskSettings
from schemas.task import ALARMS, TaskKind, TaskView, task_id
from workers.tasks.alarms import alarm_note, batch_note
from workers.tasks.state import Memory, Task

_NOBODY_REACHED = frozenset({Outcome.UNREACHABLE, Outcome.BY_PERSON})
_ANOTHER_TASK = frozenset({NOT_KNOWN, THROUGH_AUTHORITY})
"""Reasons of an outcome that another task is about: what became of a message, or the answer to the authority."""
BY_REVISION = "revision"
"""How a task ended that a later revision of its complaint does not ask for any more."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """By when tasks are due. The duty to acknowledge counts from receipt whatever is known when."""

    settings: TaskSettings
    acknowledge_within: timedelta


@dataclass(frozen=True, slots=True)
class Desks:
    """Departments of the pack: who deals with authorities, and who with all other customers."""

    authorities: str
    customers: str

    @classmethod
    def of(cls, pack: PolicyPack) -> "Desks":
        """The departments that the pack's rules name for a referral, and for what nobody claims."""
        return cls(_responsible(pack, Facts(referral=True)), pack.routing[-1].responsible)


def _responsible(pack: PolicyPack, facts: Facts) -> str:
    return next(rule.responsible for rule in pack.routing if rule.when.holds(facts))


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens and ends tasks in the memory of a batch."""

    clocks: Clocks
    desks: Desks

    def follow(self, memory: Memory, item: TaskView, at: datetime) -> bool:
        """Make the tasks those that this revision lists; False when a newer revision came before."""
        newest, sealed = memory.seen.get(item.complaint_id, (0, False))
        if item.revision < newest:
            return False
        memory.seen[item.complaint_id] = item.revision, sealed or item.sealed
        memory.cases[item.complaint_id] = item.case_id
        known = memory.of(item.complaint_id)
        listed = {task_id(item.complaint_id, kind): kind for kind in item.tasks}
        for identifier, kind in listed.items():
            self._list(memory, known.get(identifier) or self._new(item, kind, at), item, at)
        for task in list(known.values()):
            if task.task_id not in listed:
                self._leave(memory, task, item, at)
        return True

    def acknowledged(self, memory: Memory, item: Acknowledged, at: datetime) -> bool:
        """A person must tell the customer what no message of ours could; False when nobody has to.

        An unclear delivery has its own task: what became of that decides whether anybody must be told. A referral is
        answered through its authority.
        """
        return (
            item.outcome in _NOBODY_REACHED
            and item.reason not in _ANOTHER_TASK
            and self._unheard_of(memory, item, TaskKind.UNACKNOWLEDGED, at)
        )

    def result(self, memory: Memory, item: OutboxResult, at: datetime) -> bool:
        """A person must find out about an unclear delivery, or reach whom no message reached, or did not in the end."""
        if not item.acknowledges:
            return self._untold(memory, item, at)
        if item.outcome == Outcome.BY_PERSON and item.reason == NOT_KNOWN:
            return self._unheard_of(memory, item, TaskKind.UNKNOWN_DELIVERY, at)
        if item.outcome == Outcome.UNREACHABLE and item.reason not in _ANOTHER_TASK:
            return self._unheard_of(memory, item, TaskKind.UNACKNOWLEDGED, at)
        return False

    def _untold(self, memory: Memory, item: OutboxResult, at: datetime) -> bool:
        """The same for another message; there may be several in a row, so that a task that is done is opened again.

        A code nobody got is asked for again by who waits for it.
        """
        unclear = item.outcome == Outcome.BY_PERSON and item.reason == NOT_KNOWN
        if item.kind == MessageKind.CODE or item.outcome not in _NOBODY_REACHED or item.reason == THROUGH_AUTHORITY:
            return False
        kind = TaskKind.MESSAGE_UNCLEAR if unclear else TaskKind.MESSAGE_UNDELIVERED
        due_at, note = at + self.clocks.settings.within(kind), f"{item.occasion or item.kind}: {item.reason}"
        before = memory.of(item.complaint_id).get(task_id(item.complaint_id, kind))
        if before is None:
            return self._unheard_of(memory, item, kind, at, due_at, note)
        if before.is_done:
            before.reopen(at, due_at)
        elif note in (before.note or ""):
            return False
        before.note = "; ".join(filter(None, (before.note, note)))
        memory.keep(before)
        return True

    def alarmed(self, memory: Memory, item: Escalation, at: datetime) -> bool:
        """People must look now, and decide on a batch with two cases; False when they have been told."""
        if item.level == NOT_OURS_AGAIN and item.due_at is not None:
            return self._again(memory, item, item.due_at, at)
        if item.alarm_by is None:
            return False
        opened = self._alarm(memory, item, TaskKind.SAFETY_ALARM, item.alarm_by, alarm_note(item, at), at)
        if item.batch is not None:
            opened |= self._alarm(memory, item, TaskKind.BATCH_DECISION, item.batch.due_at, batch_note(item.batch), at)
        return opened

    def _again(self, memory: Memory, item: Escalation, due_at: datetime, at: datetime) -> bool:
        """A person must say who answers, also when one has said so before."""
        note = "；".join(one.detail or one.rule for one in item.reasons)
        known = memory.of(item.complaint_id).get(task_id(item.complaint_id, TaskKind.NOT_OURS))
        if known is None:
            return self._alarm(memory, item, TaskKind.NOT_OURS, due_at, note, at)
        if not known.is_done:
            return False
        known.reopen(at, due_at)
        known.note = note
        memory.keep(known)
        return True

    def _alarm(
        self, memory: Memory, item: Escalation, kind: TaskKind, due_at: datetime, note: str, at: datetime
    ) -> bool:
        identifier = task_id(item.complaint_id, kind)
        if identifier in memory.of(item.complaint_id):
            return False
        sealed = bool(item.sealed)
        task = Task(
            task_id=identifier,
            kind=kind.value,
            complaint_id=item.complaint_id,
            case_id=memory.cases.get(item.complaint_id, item.case_id),
            tracking_number=item.tracking_number,
            channel=item.channel or "",
            department=self._desk(item, kind),
            sealed=sealed,
            opened_at=at,
            due_at=due_at,
            note=note,
        )
        memory.keep(task)
        return True

    def _new(self, item: TaskView, kind: str, at: datetime) -> Task:
        return Task(
            task_id=task_id(item.complaint_id, kind),
            kind=str(kind),
            complaint_id=item.complaint_id,
            case_id=item.case_id,
            tracking_number=item.tracking_number,
            channel=item.channel,
            department=self._department(item, kind),
            sealed=item.sealed,
            opened_at=at,
            due_at=self._due(item, kind, at),
        )

    def _list(self, memory: Memory, task: Task, item: TaskView, at: datetime) -> None:
        """The revision asks for it: open it, or again if the one before did not; its date may have moved."""
        before = _seen(task)
        if task.is_done and not task.listed:
            task.reopen(at, self._due(item, task.kind, at))
        if item.referral is not None and item.referral.due_at is not None and task.kind == TaskKind.PLATFORM_ENTRY:
            task.due_at = item.referral.due_at
        task.listed, task.case_id, task.sealed = True, item.case_id, item.sealed
        task.department = self._department(item, task.kind)
        if _seen(task) != before or task.version == 0:
            memory.keep(task)

    def _leave(self, memory: Memory, task: Task, item: TaskView, at: datetime) -> None:
        """The revision does not ask for it: what it asked for before has ended, other tasks stay people's."""
        before = _seen(task)
        if not task.is_done and (task.listed or item.sealed) and task.kind not in ALARMS:
            why = "the complaint does not ask for it any more" if task.listed else "the complaint is sealed"
            task.end(at, None, BY_REVISION, why)
        task.listed, task.case_id, task.sealed = False, item.case_id, item.sealed
        if _seen(task) != before:
            memory.keep(task)

    def _unheard_of(
        self,
        memory: Memory,
        item: Acknowledged | OutboxResult,
        kind: TaskKind,
        at: datetime,
        due_at: datetime | None = None,
        note: str | None = None,
    ) -> bool:
        _, sealed = memory.seen.get(item.complaint_id, (0, False))
        identifier = task_id(item.complaint_id, kind)
        if sealed or identifier in memory.of(item.complaint_id):
            return False
        task = Task(
            task_id=identifier,
            kind=kind.value,
            complaint_id=item.complaint_id,
            case_id=item.case_id,
            tracking_number=item.tracking_number,
            channel=item.channel,
            department=self.desks.customers,
            sealed=False,
            opened_at=at,
            due_at=due_at or item.received_at + self.clocks.acknowledge_within,
            note=note or item.reason,
        )
        memory.keep(task)
        return True

    def _desk(self, item: Escalation, kind: TaskKind) -> str:
        """Who answers decides, unless it is about who answers."""
        if item.sealed:
            return self.desks.authorities
        return self.desks.customers if kind is TaskKind.NOT_OURS else item.department

    def _department(self, item: TaskView, kind: str) -> str:
        authority = item.sealed or item.referral is not None or kind == TaskKind.PLATFORM_ENTRY
        return self.desks.authorities if authority else self.desks.customers

    def _due(self, item: TaskView, kind: str, at: datetime) -> datetime:
        """From receipt; what a later revision asks for counts from when it came. A written date wins."""
        written = item.referral.due_at if item.referral is not None and kind == TaskKind.PLATFORM_ENTRY else None
        began = item.received_at if item.revision == 1 else max(item.received_at, at)
        return written or began + self.clocks.settings.within(kind)


def _seen(task: Task) -> tuple[object, ...]:
    return task.state, task.due_at, task.listed, task.case_id, task.sealed, task.department
