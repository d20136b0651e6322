"""The clocks of complaints: by when what is owed, and whether it was done."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from operations.wording import Wording
from schemas.policy import PolicyPack
from schemas.tables.casework import CASE_STATES
from schemas.tables.clock import PROMISES
from schemas.tables.confirm import CONFIRM_DECISIONS
from schemas.tables.route import ROUTE_DECISIONS

ACKNOWLEDGE = "acknowledge"
_HOUR, _DAY = 3_600, 86_400


@dataclass(frozen=True, slots=True)
class ClockLeft:
    """One clock. `settled_at` is when what it waits for happened, None while it runs; `info` binds the authority."""

    clock: str
    due_at: datetime
    settled_at: datetime | None = None
    provisional: bool = False
    info: bool = False

    def late(self, now: datetime) -> bool:
        """Whether its time passed before it was done."""
        return (self.settled_at or now) > self.due_at


async def clocks_of(
    connection: AsyncConnection, pack: PolicyPack, of: Iterable[Row[Any]]
) -> Mapping[UUID, tuple[ClockLeft, ...]]:
    """Complaint → its clocks, the earliest first, for rows of the index (complaint_id, case_id, clocks)."""
    rows = list(of)
    ids = [row.complaint_id for row in rows]
    promises = await _by(connection, PROMISES, "subject_id", ids)
    confirmed = await _by(connection, CONFIRM_DECISIONS, "complaint_id", ids)
    routed = await _by(connection, ROUTE_DECISIONS, "complaint_id", ids)
    cases = await _by(connection, CASE_STATES, "case_id", [row.case_id for row in rows])
    stops = {rule.rule_id: rule.stops_on for rule in pack.clocks}
    found: dict[UUID, tuple[ClockLeft, ...]] = {}
    for row in rows:
        sent = confirmed.get(row.complaint_id)
        decided = routed.get(row.complaint_id)
        written = decided.decision.get("clocks", ()) if decided is not None else row.clocks
        clocks = [_owed(one, stops, sent, cases.get(row.case_id)) for one in written]
        promise = promises.get(row.complaint_id)
        if promise is not None and not promise.is_automatic:
            clocks = [one for one in clocks if one.clock != ACKNOWLEDGE]
            clocks.append(ClockLeft(ACKNOWLEDGE, promise.due_at, sent.decided_at if sent is not None else None))
        found[row.complaint_id] = tuple(sorted(clocks, key=lambda one: one.due_at))
    return found


def next_due(clocks: Iterable[ClockLeft]) -> ClockLeft | None:
    """The clock that ends first of those that run and bind us."""
    return min((one for one in clocks if one.settled_at is None and not one.info), key=_due, default=None)


def left(say: Wording, span: timedelta) -> str:
    """How much time is left, or since when it is over, in the two largest units."""
    seconds = int(abs(span.total_seconds()))
    days, hours, minutes = seconds // _DAY, seconds % _DAY // _HOUR, seconds % _HOUR // 60
    if days:
        told = say.pick(f"{days} 天 {hours} 小时", f"{days} d {hours} h")
    else:
        told = say.pick(f"{hours} 小时 {minutes} 分", f"{hours} h {minutes} min")
    return say.pick(f"超时 {told}", f"{told} late") if span < timedelta() else say.pick(f"剩 {told}", f"{told} left")


def _due(clock: ClockLeft) -> datetime:
    return clock.due_at


def _owed(one: Mapping[str, Any], stops: Mapping[str, str], sent: Row[Any] | None, case: Row[Any] | None) -> ClockLeft:
    stops_on = stops.get(one["rule_id"], "answered")
    if stops_on == "acknowledged":
        settled = sent.decided_at if sent is not None else None
    elif stops_on == "answered":
        settled = (case.answered_at or case.closed_at) if case is not None else None
    else:
        settled = case.closed_at if case is not None else None
    return ClockLeft(
        one["clock"],
        datetime.fromisoformat(one["due_at"]),
        settled,
        bool(one.get("provisional")),
        bool(one.get("info")),
    )


async def _by(connection: AsyncConnection, table: Any, column: str, ids: Sequence[UUID]) -> dict[UUID, Row[Any]]:
    """Id → its row, of decisions the one of the highest revision."""
    statement = select(table).where(table.c[column].in_(ids))
    if "revision" in table.c:
        statement = statement.order_by(table.c.revision)
    return {row._mapping[column]: row for row in await connection.execute(statement)}
