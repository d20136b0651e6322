"""What casework ordered, as corrections of the complaints of a case: the same way as a person's (decision 0022).

Each order is safe to carry out again: its corrections and additions are named by it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.additions import Addition
from schemas.base import Record
from schemas.casework import BY
from schemas.complaint import Complaint
from schemas.correction import Correction, Rerouted
from schemas.identity import named_uuid
from schemas.records import Command
from schemas.topics import ADDITIONS, COMMANDS, Topic

_TICK = timedelta(milliseconds=1)
_OPEN = text(
    "SELECT o.order_id, o.case_id, o.kind, o.department, o.previous, o.at FROM casework_orders o "
    "WHERE NOT EXISTS (SELECT 1 FROM casework_orders_done d WHERE d.order_id = o.order_id) ORDER BY o.at LIMIT :most"
)
_NEWEST = text(
    'SELECT DISTINCT ON (m.complaint_id) m.complaint_id, d.topic, d."partition", d."offset" FROM case_members m '
    "JOIN deduplicate_decisions d ON d.complaint_id = m.complaint_id WHERE m.case_id = :case AND NOT m.is_automatic "
    "ORDER BY m.complaint_id, d.revision DESC"
)
_STILL = text("SELECT department = :previous FROM case_states WHERE case_id = :case")
_DONE = text(
    "INSERT INTO casework_orders_done (order_id, complaints, done_at) VALUES (:order, :complaints, :now) "
    "ON CONFLICT DO NOTHING"
)
_REASONS = {"reroute": "{previous} 认为不归其处理", "reopen": "顾客对处理结果不满意"}


@dataclass(frozen=True, slots=True)
class Order:
    """One row of `casework_orders`."""

    order_id: UUID
    case_id: UUID
    kind: str
    department: str
    previous: str
    at: datetime

    def correction(self, base: Complaint) -> Correction:
        """What is decided about one complaint, later than whatever was decided about it before."""
        before = max((one.at for one in base.corrections), default=self.at - _TICK)
        fields: dict[str, Any] = (
            {"reroute": Rerouted(department=self.department)} if self.kind == "reroute" else {"reopened": True}
        )
        return Correction(
            correction_id=named_uuid("ordered", str(self.order_id), str(base.complaint_id)),
            by=BY,
            at=max(self.at, before + _TICK),
            reason=_REASONS[self.kind].format(previous=self.previous),
            **fields,
        )

    def records(self, base: Complaint) -> Iterator[tuple[Topic, Record, str, UUID]]:
        """Topic, record, key and event id: the event for the record first, then the addition that acts."""
        said = self.correction(base)
        event = Command(
            command_id=said.correction_id,
            kind=f"correction.{self.kind}",
            case_id=self.case_id,
            complaint_id=base.complaint_id,
            arguments={"old": self.previous, "new": self.department},
            reason=said.reason,
            at=said.at,
            by=BY,
        )
        addition = Addition(
            addition_id=named_uuid("correction", str(said.correction_id)),
            complaint_id=base.complaint_id,
            correction=said,
            base=base,
            by=BY,
            at=said.at,
        )
        yield COMMANDS, event, str(self.case_id), event.command_id
        yield ADDITIONS, addition, str(base.complaint_id), addition.addition_id


async def open_orders(connection: AsyncConnection, most: int) -> list[Order]:
    """Orders that have not been carried out, the oldest first."""
    return [Order(*row) for row in await connection.execute(_OPEN, {"most": most})]


async def places(connection: AsyncConnection, order: Order) -> list[tuple[str, int, int]]:
    """Where the newest revision of each complaint of the case lies; none when the case has moved meanwhile."""
    if not await connection.scalar(_STILL, {"previous": order.previous, "case": order.case_id}):
        return []
    return [
        (row.topic, row.partition, row.offset) for row in await connection.execute(_NEWEST, {"case": order.case_id})
    ]


async def done(connection: AsyncConnection, order: Order, complaints: int, now: datetime) -> None:
    """Note that an order was carried out."""
    await connection.execute(_DONE, {"order": order.order_id, "complaints": complaints, "now": now})
