"""What we understood of a complaint, and by when we promised what: from the index of complaints.

While the index has no row of a complaint, the page just shows less.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.tables.index import COMPLAINT_INDEX

_WRITTEN = "referral"


@dataclass(frozen=True, slots=True)
class Understood:
    """Codes of the policy pack, and the date that what the message says was promised; None: no clock of its own."""

    kind: str
    category: str
    answer_by: datetime | None = None


async def understood(connection: AsyncConnection, complaint_id: UUID) -> Understood | None:
    """What the index has of a complaint."""
    index = COMPLAINT_INDEX.c
    query = select(index.kind, index.category, index.clocks).where(index.complaint_id == complaint_id)
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    return Understood(row.kind, row.category, next(_promised(row.clocks or ()), None))


def _promised(clocks: Any) -> Iterator[datetime]:
    """The clocks that were promised to the sender; what an authority wrote is between it and us."""
    return (datetime.fromisoformat(one["due_at"]) for one in clocks if one["clock"] != _WRITTEN)
