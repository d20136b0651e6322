"""What the route stage keeps: the department of each case and the escalations raised."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.tables.route import ROUTE_CASES, ROUTE_ESCALATIONS
from workers.bulk import insert_rows


@dataclass(slots=True)
class Memory:
    """Cases of one batch: what was stored, and what the batch adds."""

    departments: dict[UUID, tuple[str, str]] = field(default_factory=dict)
    levels: set[tuple[UUID, str]] = field(default_factory=set)
    new_cases: list[dict[str, Any]] = field(default_factory=list)
    new_levels: list[dict[str, Any]] = field(default_factory=list)

    def fix(self, case_id: UUID, department: str, rule_id: str, policy: str, by: UUID, at: datetime) -> None:
        """Fix the department that answers for a case; `at` is the time of the record that did."""
        self.departments[case_id] = department, rule_id
        row = {"case_id": case_id, "department": department, "rule_id": rule_id, "policy": policy}
        self.new_cases.append(row | {"routed_by": by, "routed_at": at})

    def raise_once(self, case_id: UUID, level: str, rule_id: str, by: UUID, at: datetime) -> bool:
        """Whether this level is new for the case; it is not the second time."""
        if (case_id, level) in self.levels:
            return False
        self.levels.add((case_id, level))
        row = {"case_id": case_id, "level": level, "rule_id": rule_id, "complaint_id": by, "escalated_at": at}
        self.new_levels.append(row)
        return True


async def recall(connection: AsyncConnection, cases: Iterable[UUID]) -> Memory:
    """Read what is kept of these cases. Call after their locks are taken."""
    wanted = sorted(set(cases))
    memory = Memory()
    table = ROUTE_CASES.c
    for row in await connection.execute(
        select(table.case_id, table.department, table.rule_id).where(table.case_id.in_(wanted))
    ):
        memory.departments[row.case_id] = row.department, row.rule_id
    levels = ROUTE_ESCALATIONS.c
    for reached in await connection.execute(select(levels.case_id, levels.level).where(levels.case_id.in_(wanted))):
        memory.levels.add((reached.case_id, reached.level))
    return memory


async def store(connection: AsyncConnection, memory: Memory) -> None:
    """Write what the batch added."""
    await insert_rows(connection, ROUTE_CASES, memory.new_cases)
    await insert_rows(connection, ROUTE_ESCALATIONS, memory.new_levels)
