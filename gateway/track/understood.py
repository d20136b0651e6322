"""What we understood of a complaint, and by when we promised what: from the index of complaints.

The index is another stage's table: where it is not there, or has no row yet, the page just shows less.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.tables import METADATA

_INDEX = METADATA.tables.get("complaint_index")


@dataclass(frozen=True, slots=True)
class Understood:
    """Codes of the policy pack. `due` has one entry a clock: its name and when it runs out."""

    kind: str
    category: str
    due: Mapping[str, datetime]


async def understood(connection: AsyncConnection, complaint_id: UUID) -> Understood | None:
    """What the index has of a complaint."""
    if _INDEX is None:
        return None
    index = _INDEX.c
    query = select(index.kind, index.category, index.clocks).where(index.complaint_id == complaint_id)
    row = (await connection.execute(query)).first()
    if row is None or row.category is None:
        return None
    return Understood(row.kind, row.category, dict(_due(row.clocks or ())))


def _due(clocks: Any) -> Iterator[tuple[str, datetime]]:
    """The clocks that bind us; those that bind an authority are for us to know only."""
    for one in clocks:
        if not one.get("info"):
            yield one["clock"], datetime.fromisoformat(one["due_at"])
