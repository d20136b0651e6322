"""Cases that nobody accepted in time: asked about by a command, escalated once a case and department."""

from datetime import datetime, timedelta
from typing import Any

from schemas.base import rfc3339
from schemas.casework import ACCEPT_BY, BY, DEPARTMENT, NOT_ACCEPTED, OVERDUE, EventKind
from schemas.identity import named_uuid
from schemas.policy import PolicyPack
from schemas.records import Command, Escalation
from workers.casework.raising import escalation
from workers.casework.state import Memory

_LIVE = timedelta(days=3)
"""What was overdue for longer than a weekend when the stage first ran belongs to the time before it."""


def accept_until(pack: PolicyPack, routed_at: datetime, first_run: datetime | None) -> datetime | None:
    """By when a case that was routed then must be accepted; None: nobody waits for that.

    An installation that gets the stage has routed cases that no department could accept. What was overdue by then
    starts anew with the stage, or not at all where that is three days ago: else all of it would escalate at once.
    """
    accept_by = pack.not_accepted_after.after(routed_at, pack.zone)
    if first_run is None or accept_by > first_run:
        return accept_by
    return pack.not_accepted_after.after(first_run, pack.zone) if first_run - accept_by < _LIVE else None


def ask_about(row: Any, at: datetime) -> Command:
    """The command that brings an overdue row of `case_states` to the stage; the same row gives the same id."""
    accept_by = rfc3339(row.accept_by)
    return Command(
        command_id=named_uuid("not-accepted", str(row.case_id), row.department, accept_by),
        kind=OVERDUE,
        case_id=row.case_id,
        arguments={DEPARTMENT: row.department, ACCEPT_BY: accept_by},
        reason="not accepted in the pack's time",
        at=at,
        by=BY,
    )


def escalate_overdue(pack: PolicyPack, memory: Memory, command: Command, noted_at: datetime) -> Escalation | None:
    """Escalate a case that is still not accepted; None when it was accepted, moved, emptied or escalated meanwhile."""
    case = memory.cases.get(command.case_id) if command.kind == OVERDUE and command.case_id is not None else None
    if case is None or case.accept_by is None or not case.is_overdue(command.at):
        return None
    asked = command.arguments.get(DEPARTMENT), command.arguments.get(ACCEPT_BY)
    opener = memory.known(case.case_id).opener
    if asked != (case.department, rfc3339(case.accept_by)) or not opener or not memory.members.get(case.case_id):
        return None
    case.escalated_at = command.at
    case.version += 1
    memory.keep(case)
    memory.happened(
        command.command_id, case.case_id, EventKind.ESCALATED.value, case.accept_by, noted_at,
        department=case.department, by=BY,
    )  # fmt: skip
    return escalation(pack, case, opener, NOT_ACCEPTED, command.command_id)
