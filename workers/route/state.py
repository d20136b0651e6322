"""What the route stage keeps: the department of each case and the escalations raised."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.tables.route import ROUTE_CASES, ROUTE_ESCALATIONS
from workers.bulk import insert_rows

_ONCE_MORE = (
    "(case_id) DO UPDATE SET department = excluded.department, rule_id = excluded.rule_id, policy = excluded.policy, "
    "routed_by = excluded.routed_by, routed_at = excluded.routed_at, unheard = excluded.unheard, "
    "corrected_by = excluded.corrected_by, corrected_at = excluded.corrected_at, rerouted = excluded.rerouted "
    "WHERE route_cases.unheard OR excluded.corrected_at IS NOT NULL"
)
"""Only a case that nobody had heard, or that a person has corrected, gets another department."""


class Fixed(NamedTuple):
    """Who answers for a case, by which rule; `unheard`: nobody knew yet what it is about.

    `corrected_by` and `corrected_at` are a person's decision that holds, `rerouted`: it named the department itself.
    """

    department: str
    rule_id: str
    unheard: bool = False
    corrected_by: UUID | None = None
    corrected_at: datetime | None = None
    rerouted: bool = False


@dataclass(slots=True)
class Memory:
    """Cases of one batch: what was stored, and what the batch adds."""

    departments: dict[UUID, Fixed] = field(default_factory=dict)
    routed_by: dict[UUID, UUID] = field(default_factory=dict)
    levels: set[tuple[UUID, str]] = field(default_factory=set)
    new_cases: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    new_levels: list[dict[str, Any]] = field(default_factory=list)

    def fix(self, case_id: UUID, fixed: Fixed, policy: str, by: UUID, at: datetime) -> None:
        """Fix the department that answers for a case; `at` is the time of the record that did."""
        self.departments[case_id] = fixed
        self.routed_by[case_id] = by
        row = {"case_id": case_id, "policy": policy, "routed_by": by, "routed_at": at}
        self.new_cases[case_id] = row | fixed._asdict()

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
        select(*(table[name] for name in ("case_id", "routed_by", *Fixed._fields))).where(table.case_id.in_(wanted))
    ):
        memory.departments[row.case_id] = Fixed(*row[2:])
        memory.routed_by[row.case_id] = row.routed_by
    levels = ROUTE_ESCALATIONS.c
    for reached in await connection.execute(select(levels.case_id, levels.level).where(levels.case_id.in_(wanted))):
        memory.levels.add((reached.case_id, reached.level))
    return memory


async def store(connection: AsyncConnection, memory: Memory) -> None:
    """Write what the batch added."""
    await insert_rows(connection, ROUTE_CASES, list(memory.new_cases.values()), on_conflict=_ONCE_MORE)
    await insert_rows(connection, ROUTE_ESCALATIONS, memory.new_levels)
