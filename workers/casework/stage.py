"""The casework stage: the one writer of what departments did with a case. Each report is decided once, none is lost.

It reads what departments report, what they were given, what customers say of the result, and the commands by which
overdue cases are brought to it. A report may come before its assignment, twice, late, or from a department that does
not answer for the case: it is kept with its verdict, and applied when the assignment comes (docs/decisions/0033).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.clock import present
from schemas.casework import NO_WORK, NOT_OURS_AGAIN, OVERDUE, CaseState, EventKind, EventVerdict, Why
from schemas.identity import named_uuid
from schemas.messages import Message
from schemas.policy import PolicyPack
from schemas.records import Assignment, AssignmentKind, Command, DepartmentStatus, Escalation
from schemas.signals import Signal
from schemas.signing import SIGNATURE_HEADER, is_genuine
from schemas.tables.casework import CASEWORK_DECISIONS, CASEWORK_LOCKS
from schemas.topics import COMMANDS, ESCALATED, MESSAGES, SEALED_ALARMS, SIGNALS, STATUS, Topic, department_topic
from workers.casework.answers import answered, is_answer
from workers.casework.cases import Case
from workers.casework.overdue import accept_until, escalate_overdue
from workers.casework.raising import escalation, is_earlier, opener_of
from workers.casework.reports import APPLIED, Judged, Report, judge, report_of
from workers.casework.state import Memory, began, recall
from workers.casework.telling import is_news, notices
from workers.runtime.stage import Emit, Incoming

LEVEL_HEADER = "x-level"
"""Tells these escalations from what route raises, without reading the value."""
_REACTS_WITHIN = timedelta(minutes=1)
"""Clocks of two writers differ: a report this long before its assignment is an answer to it all the same."""
_UNSIGNED = Judged(EventVerdict.FOREIGN, Why.NOT_SIGNED)

Read = DepartmentStatus | Assignment | Signal | Command


class Worked(BaseModel):
    """The decision on one record: what became of it, and what follows."""

    verdict: str = EventVerdict.APPLIED.value
    why: str | None = None
    messages: tuple[Message, ...] = ()
    escalations: tuple[Escalation, ...] = ()

    def __add__(self, more: "Worked") -> "Worked":
        """The same with what follows from another record."""
        follows = {"messages": self.messages + more.messages, "escalations": self.escalations + more.escalations}
        return self.model_copy(update=follows)


_NOTHING = Worked()


@dataclass(slots=True)
class Casework:
    """Keeps the state of cases. `keys_of`: department → the key that its records on the log are signed with.

    `now` is asked once in the life of a database: when the stage first runs there.
    """

    pack: PolicyPack
    keys_of: Mapping[str, bytes] = field(default_factory=dict)
    now: Callable[[], datetime] = present
    name: str = "casework"
    reads: tuple[Topic, ...] = field(init=False)
    writes: tuple[Topic, ...] = (MESSAGES, ESCALATED, SEALED_ALARMS)
    decisions: Table = CASEWORK_DECISIONS
    locks: Table | None = CASEWORK_LOCKS
    decision_type: type[Worked] = Worked

    def __post_init__(self) -> None:
        """Name the topics of the pack's departments."""
        self.reads = (STATUS, SIGNALS, COMMANDS, *map(department_topic, self.pack.department_codes))

    def identity(self, item: Incoming[Read]) -> tuple[UUID, int]:
        """A report by its id; an assignment by whom it tells of which revision in which case."""
        record = item.record
        if isinstance(record, DepartmentStatus):
            return named_uuid("status", str(record.status_id)), 0
        if isinstance(record, Signal):
            return named_uuid("signal", str(record.signal_id)), 0
        if isinstance(record, Command):
            return named_uuid("command", str(record.command_id)), 0
        named = str(record.complaint_id), str(record.case_id), record.department, record.kind.value
        return named_uuid("assigned", *named), record.revision

    def keys(self, item: Incoming[Read]) -> Iterable[str]:
        """The case; an answer of a customer names its complaint only."""
        record = item.record
        if isinstance(record, Signal):
            return (f"complaint:{record.complaint_id}",) if is_answer(record) else ()
        if isinstance(record, Command) and (record.kind != OVERDUE or record.case_id is None):
            return ()
        return (str(record.case_id),)

    async def decide(self, connection: AsyncConnection, items: Sequence[Incoming[Read]]) -> Sequence[Worked]:
        """Follow the batch in order against what is stored, then write what has changed."""
        records = [item.record for item in items]
        cases = (one.case_id for one in records if not isinstance(one, Signal) and one.case_id is not None)
        answers = (one.complaint_id for one in records if isinstance(one, Signal) and is_answer(one))
        first_run = await began(connection, self.name, self.now)
        memory = await recall(connection, cases, {one for one in answers if one is not None})
        memory.first_run = first_run
        worked = [self._follow(memory, item) for item in items]
        await memory.store(connection)
        return worked

    def emit(self, item: Incoming[Read], decision: Worked) -> Sequence[Emit]:
        """Messages to customers and escalations, under the key of the case."""
        told = [
            Emit(MESSAGES, one, str(one.case_id), f"notice/{one.message_id}", one.complaint_id)
            for one in decision.messages
        ]
        raised = [
            Emit(
                SEALED_ALARMS if one.sealed else ESCALATED,
                one,
                str(one.case_id),
                f"casework/{one.occasion}/{one.level}",
                one.complaint_id,
                {LEVEL_HEADER: one.level or ""},
            )
            for one in decision.escalations
        ]
        return told + raised

    def _follow(self, memory: Memory, item: Incoming[Any]) -> Worked:
        record = item.record
        if isinstance(record, DepartmentStatus):
            return self._reported(memory, report_of(record, item.at), is_signed=self._is_signed(item))
        if isinstance(record, Assignment):
            return self._assigned(memory, record, item.at)
        if isinstance(record, Command):
            raised = escalate_overdue(self.pack, memory, record, item.at)
            return Worked(escalations=(raised,)) if raised is not None else _NOTHING
        return Worked(messages=tuple(answered(self.pack, memory, record, item.at))) if is_answer(record) else _NOTHING

    def _is_signed(self, item: Incoming[DepartmentStatus]) -> bool:
        """Whether the record carries the signature of its department, where that has set a key."""
        key = self.keys_of.get(item.record.department)
        return key is None or is_genuine(key, item.raw, item.headers.get(SIGNATURE_HEADER, ""))

    def _reported(self, memory: Memory, report: Report, *, is_signed: bool) -> Worked:
        judged = _judge(memory, report) if is_signed else _UNSIGNED
        memory.note(report, judged)
        if judged != APPLIED:
            return Worked(verdict=judged.verdict.value, why=judged.why)
        return self._apply(memory, report)

    def _apply(self, memory: Memory, report: Report) -> Worked:
        """What follows from a report that holds. A department with a copy changes nothing for the case."""
        case = memory.cases[report.case_id]
        if report.department != case.department:
            return _NOTHING
        before = case.state
        case.report(report.status, report.at)
        memory.keep(case)
        if report.status is CaseState.NOT_OURS:
            return self._send_on(memory, case, report)
        if not is_news(before, report):
            return _NOTHING
        return Worked(messages=tuple(notices(self.pack, memory.members.get(case.case_id, ()), report)))

    def _send_on(self, memory: Memory, case: Case, report: Report) -> Worked:
        """To another department by rule, once; then a person decides."""
        opener = memory.known(case.case_id).opener
        target = self._other_department(report)
        if case.rerouted == 0 and target is not None and not opener.get("sealed"):
            case.rerouted += 1
            memory.order(report.event_id, "reroute", case, target, report.noted_at)
            return _NOTHING
        due_at = self.pack.not_accepted_after.after(report.noted_at, self.pack.zone)
        return Worked(escalations=(escalation(self.pack, case, opener, NOT_OURS_AGAIN, report.event_id, due_at),))

    def _other_department(self, report: Report) -> str | None:
        """Whom the department suggests if there is such a one, else who takes what nobody claims."""
        wanted = (report.suggested, self.pack.routing[-1].responsible)
        known = self.pack.department_codes
        return next((one for one in wanted if one is not None and one in known and one != report.department), None)

    def _assigned(self, memory: Memory, record: Assignment, at: datetime) -> Worked:
        facts = memory.learn(record.case_id)
        if record.kind == AssignmentKind.WITHDRAWN:
            facts.copies.discard(record.department)
            return _NOTHING
        if is_earlier(record, facts.opener):
            facts.opener = opener_of(record)
        if record.responsible:
            facts.copies.discard(record.department)
            self._route(memory, record, at)
        else:
            facts.copies.add(record.department)
        return self._catch_up(memory, record, at)

    def _route(self, memory: Memory, record: Assignment, at: datetime) -> None:
        """Start the clock of who answers from now on. What was written before the last change says nothing new."""
        case = memory.cases.get(record.case_id)
        accept_by = None if record.urgency == NO_WORK else accept_until(self.pack, at, memory.first_run)
        if case is None:
            case = Case(record.case_id, record.department, CaseState.ROUTED.value, at, at, accept_by)
        elif record.department != case.department:
            if (at, record.kind == AssignmentKind.OPENED) <= (case.routed_at, False):
                return
            case.route(record.department, at, accept_by)
        elif case.state == CaseState.ROUTED and case.accept_by is None and accept_by is not None:
            case.accept_by = accept_by
            memory.keep(case)
            return
        else:
            return
        memory.keep(case)
        event = named_uuid("routed", str(record.case_id), record.department, at.isoformat())
        named = {"department": record.department, "by": "route", "complaint_id": record.complaint_id}
        memory.happened(event, case.case_id, EventKind.ROUTED.value, at, at, **named)

    def _catch_up(self, memory: Memory, record: Assignment, at: datetime) -> Worked:
        """Reports of this department that came before what they answer."""
        worked = _NOTHING
        for report, why in list(memory.waiting.get(record.case_id, {}).values()):
            is_answer = why is Why.NOT_ROUTED_YET or report.noted_at >= at - _REACTS_WITHIN
            judged = _judge(memory, report)
            if report.department != record.department or not is_answer or judged.why is Why.NOT_THEIR_CASE:
                continue
            memory.settle(report, judged)
            if judged == APPLIED:
                worked += self._apply(memory, report)
        return worked


def _judge(memory: Memory, report: Report) -> Judged:
    members = memory.members.get(report.case_id, ())
    named = report.complaint_id
    is_member = any(named in (None, one.complaint_id) for one in members)
    return judge(memory.cases.get(report.case_id), frozenset(memory.known(report.case_id).copies), is_member, report)
