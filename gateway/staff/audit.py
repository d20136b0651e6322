"""What members of staff did, for good: ids and codes, never a name or a contact."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.tables.staff import AUDIT_LOG


async def audit(
    connection: AsyncConnection,
    at: datetime,
    account_id: UUID | None,
    action: str,
    object_ids: Sequence[object] = (),
    *,
    by: str | None = None,
    purpose: str | None = None,
) -> None:
    """Note one action, in the transaction of what it notes. `by` is the system's user at the command line."""
    await connection.execute(
        insert(AUDIT_LOG).values(
            at=at,
            account_id=account_id,
            by=by,
            action=action,
            object_ids=[str(one) for one in object_ids],
            purpose=purpose,
        )
    )
