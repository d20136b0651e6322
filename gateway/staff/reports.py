"""Adverse-event reports (P0): a clerk files, the store manager reviews within 24 h, the regional manager has 48 h."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.staff.audit import audit
from gateway.staff.roles import Account, May
from schemas.settings.staff import StaffSettings
from schemas.tables.staff import ADVERSE_REPORT_STEPS, ADVERSE_REPORTS

_SHOWN = 200


class Step(StrEnum):
    """What somebody did with a report; also the state it is in afterwards."""

    FILED = "filed"
    RETURNED = "returned"
    PASSED = "passed"
    HANDLED = "handled"


STEPS: Mapping[Step, tuple[Step, May]] = {
    Step.FILED: (Step.RETURNED, May.FILE_REPORT),
    Step.RETURNED: (Step.FILED, May.REVIEW_REPORT),
    Step.PASSED: (Step.FILED, May.REVIEW_REPORT),
    Step.HANDLED: (Step.PASSED, May.HANDLE_REPORT),
}
"""Step → the state it starts from, who may take it. Filing the first time needs no state before."""
WITH_REASON = frozenset({Step.RETURNED, Step.HANDLED})
"""Steps that say why, or what was done."""


@dataclass(frozen=True, slots=True)
class Report:
    """One report as it is now. `form` holds its fields as typed."""

    complaint_id: UUID
    number: str
    event_number: str
    state: Step
    store: str
    region: str
    form: Mapping[str, str]
    filed_by: UUID
    filed_at: datetime
    passed_at: datetime | None = None
    handled_at: datetime | None = None

    def steps_for(self, account: Account) -> tuple[Step, ...]:
        """What this account may do with it now."""
        return tuple(step for step, (state, what) in STEPS.items() if state is self.state and account.may(what))


@dataclass(frozen=True, slots=True)
class Clock:
    """One of the two clocks. `left` is negative when it ran out; `stopped_at` when it was met."""

    due_at: datetime
    left: timedelta
    stopped_at: datetime | None = None

    @property
    def late(self) -> bool:
        """Whether it ran out before it was met."""
        return self.left < timedelta(0)


def review_clock(report: Report, now: datetime, settings: StaffSettings) -> Clock | None:
    """The store manager's 24 hours from the last filing; None while the report is with the clerk."""
    if report.state is Step.RETURNED:
        return None
    due_at = report.filed_at + settings.review_within
    return Clock(due_at, due_at - (report.passed_at or now), report.passed_at)


def handling_clock(report: Report, now: datetime, settings: StaffSettings) -> Clock | None:
    """The regional manager's 48 hours from the receipt; None before."""
    if report.passed_at is None:
        return None
    due_at = report.passed_at + settings.handle_within
    return Clock(due_at, due_at - (report.handled_at or now), report.handled_at)


async def file(connection: AsyncConnection, report: Report, by: str) -> None:
    """Keep a new report, once."""
    made = await connection.execute(
        insert(ADVERSE_REPORTS)
        .values(
            complaint_id=report.complaint_id,
            tracking_number=report.number,
            event_number=report.event_number,
            state=report.state.value,
            store=report.store,
            region=report.region,
            form=dict(report.form),
            filed_by=report.filed_by,
            filed_at=report.filed_at,
        )
        .on_conflict_do_nothing()
        .returning(ADVERSE_REPORTS.c.complaint_id)
    )
    if made.first() is not None:
        await _note(connection, report.complaint_id, report.filed_at, report.filed_by, by, Step.FILED, None)


async def take(
    connection: AsyncConnection,
    report: Report,
    step: Step,
    account: Account,
    now: datetime,
    reason: str | None = None,
    form: Mapping[str, str] | None = None,
) -> bool:
    """Take a step from the state it starts from; False when somebody was faster. `form`: as the clerk mended it."""
    changes: dict[str, Any] = {"state": step.value}
    if step is Step.FILED:
        changes |= {"filed_at": now, "form": dict(form or report.form)}
    elif step is Step.PASSED:
        changes["passed_at"] = now
    elif step is Step.HANDLED:
        changes["handled_at"] = now
    table = ADVERSE_REPORTS
    changed = await connection.execute(
        update(table)
        .where(table.c.complaint_id == report.complaint_id, table.c.state == STEPS[step][0].value)
        .values(**changes)
        .returning(table.c.complaint_id)
    )
    if changed.first() is None:
        return False
    await _note(connection, report.complaint_id, now, account.account_id, account.display_name, step, reason)
    return True


async def found(connection: AsyncConnection, number: str) -> Report | None:
    """The report of a tracking number."""
    table = ADVERSE_REPORTS
    row = (await connection.execute(select(table).where(table.c.tracking_number == number))).first()
    return None if row is None else _report(row)


async def steps(connection: AsyncConnection, complaint_id: UUID) -> Sequence[Row[Any]]:
    """What was done with it, oldest first: at, by, step, reason."""
    table = ADVERSE_REPORT_STEPS
    query = select(table).where(table.c.complaint_id == complaint_id).order_by(table.c.step_id)
    return (await connection.execute(query)).all()


async def latest(connection: AsyncConnection, account: Account) -> list[Report]:
    """The reports that are this account's business: those that wait first, then the newest."""
    table = ADVERSE_REPORTS
    query = select(table).order_by(table.c.state == Step.HANDLED.value, table.c.filed_at.desc()).limit(_SHOWN)
    if account.stores:
        query = query.where(table.c.store.in_(account.stores))
    elif account.regions:
        query = query.where(table.c.region.in_(account.regions))
    return [_report(row) for row in await connection.execute(query)]


async def _note(
    connection: AsyncConnection, number: UUID, at: datetime, who: UUID, by: str, step: Step, reason: str | None
) -> None:
    values = {"complaint_id": number, "at": at, "account_id": who, "by": by, "step": step.value, "reason": reason}
    await connection.execute(plain_insert(ADVERSE_REPORT_STEPS).values(values))
    await audit(connection, at, who, f"report.{step}", [number])


def _report(row: Row[Any]) -> Report:
    return Report(
        row.complaint_id,
        row.tracking_number,
        row.event_number,
        Step(row.state),
        row.store,
        row.region,
        row.form,
        row.filed_by,
        row.filed_at,
        row.passed_at,
        row.handled_at,
    )
