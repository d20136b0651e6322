"""Classified complaints as the index stage reads them, and what it keeps of them."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.indexed import IndexedView
from schemas.records import Understanding
from tests.schemas.making import classified
from tests.workers.pieces import PSEUDONYM_KEY, rows
from workers.index import IndexStage
from workers.runtime.driver import incoming, run_batch

STAGE = IndexStage(PSEUDONYM_KEY)


def view(source_id: str = "1", *, understood: dict[str, Any] | None = None, **fields: Any) -> IndexedView:
    """A classified complaint; `understood` are fields of its understanding."""
    given: dict[str, Any] = {"kind": "complaint", "primary": "quality", "policy": "default@1"} | (understood or {})
    record = classified(source_id, understanding=Understanding.model_validate(given), **fields)
    return IndexedView.model_validate_json(record.to_json())


async def index(engine: AsyncEngine, *records: IndexedView, first_offset: int = 0, partition: int = 0) -> None:
    """Let the stage index records in one batch."""
    items = [incoming(one, first_offset + i, partition=partition) for i, one in enumerate(records)]
    assert await run_batch(STAGE, engine, items) == []


async def kept(engine: AsyncEngine) -> dict[str, Any]:
    """Tracking number → row of the index."""
    return {row.tracking_number: row for row in await rows(engine, "SELECT * FROM complaint_index")}
