"""The state of one case, and how it moves. Pure."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from schemas.casework import CaseState


@dataclass(slots=True)
class Case:
    """One row of `case_states`."""

    case_id: UUID
    department: str
    state: str
    since: datetime
    routed_at: datetime
    accept_by: datetime | None = None
    accepted_at: datetime | None = None
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    escalated_at: datetime | None = None
    rerouted: int = 0
    satisfied: bool | None = None
    version: int = 1

    def route(self, department: str, at: datetime, accept_by: datetime | None) -> None:
        """Another department answers for it from now on: it has to accept it."""
        self.department, self.routed_at = department, at
        self._enter(CaseState.ROUTED, at)
        self._await(accept_by)
        self.closed_at = None

    def report(self, status: CaseState, at: datetime) -> None:
        """Its department reports. Whoever works on it has accepted it."""
        self._enter(status, max(at, self.since) if self.state != CaseState.ROUTED else at)
        if status is CaseState.NOT_OURS:
            self.accepted_at = self.accept_by = None
            return
        self.accepted_at = self.accepted_at or at
        if status is CaseState.ANSWERED:
            self.answered_at = self.answered_at or at
        if status in (CaseState.CLOSED, CaseState.REOPENED):
            self.closed_at = at if status is CaseState.CLOSED else None

    def reopen(self, at: datetime, accept_by: datetime | None) -> None:
        """The customer is not satisfied: its department has to take it again."""
        self._enter(CaseState.REOPENED, max(at, self.since))
        self._await(accept_by)
        self.closed_at = None

    def is_overdue(self, at: datetime) -> bool:
        """Whether nobody has accepted it in time, and nobody was told so."""
        waits = self.accepted_at is None and self.escalated_at is None
        return waits and self.accept_by is not None and self.accept_by <= at

    def _await(self, accept_by: datetime | None) -> None:
        self.accept_by, self.accepted_at, self.escalated_at = accept_by, None, None

    def _enter(self, state: CaseState, at: datetime) -> None:
        self.state, self.since = state.value, at
        self.version += 1
