"""What the republisher had to publish again: a sign that rounds are torn, although nothing is missing any more."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.commands import PublishedAgainLine
from schemas.tables.republisher import REPUBLISHED


async def published_again(engine: AsyncEngine, at_most: int) -> tuple[int, tuple[PublishedAgainLine, ...]]:
    """Return how many items there are and the latest of them."""
    columns = REPUBLISHED.c
    latest = (
        select(columns.subject_id, columns.delivery_id, columns.times, columns.begun_at, columns.outcome)
        .order_by(columns.begun_at.desc(), columns.subject_id)
        .limit(at_most)
    )
    async with engine.connect() as connection:
        count = (await connection.execute(select(func.count()).select_from(REPUBLISHED))).scalar_one()
        rows = list(await connection.execute(latest))
    return count, tuple(
        PublishedAgainLine(
            complaint_id=row.subject_id,
            delivery_id=row.delivery_id,
            times=row.times,
            begun_at=row.begun_at,
            published_as=row.outcome,
        )
        for row in rows
    )
