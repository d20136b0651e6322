"""What became of messages, told to the log until Kafka has it: ids, pseudonyms and reasons."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.identity import named_uuid
from schemas.outcomes import OutboxResult, WayTried
from workers.sender.ways import Ended, passed_before, planned

_UNPUBLISHED = text(
    "SELECT o.*, a.state, a.outcome, a.reason, a.vendor_id, a.settled_at, a.address_index, a.passed "
    "FROM outbox_attempts a JOIN outbox o USING (outbox_id) "
    "WHERE a.outcome IS NOT NULL AND a.published_at IS NULL ORDER BY a.settled_at LIMIT :most"
)
_PUBLISHED = text(
    "UPDATE outbox_attempts a SET published_at = now() FROM unnest(CAST(:ids AS uuid[]), CAST(:outcomes AS text[])) "
    "AS done(outbox_id, outcome) WHERE a.outbox_id = done.outbox_id AND a.outcome = done.outcome"
)


async def unpublished(connection: AsyncConnection, most: int) -> list[OutboxResult]:
    """Results that Kafka has not acknowledged, the oldest first; the same again until `published` is told."""
    return [_result(row) for row in await connection.execute(_UNPUBLISHED, {"most": most})]


async def published(connection: AsyncConnection, results: list[OutboxResult]) -> None:
    """Note that Kafka has acknowledged these results."""
    arguments = {"ids": [one.outbox_id for one in results], "outcomes": [str(one.outcome) for one in results]}
    await connection.execute(_PUBLISHED, arguments)


def _result(row: Any) -> OutboxResult:
    return OutboxResult(
        result_id=named_uuid("result", str(row.outbox_id), row.outcome),
        complaint_id=row.complaint_id,
        case_id=row.case_id,
        tracking_number=row.tracking_number,
        channel=row.channel,
        outcome=row.outcome,
        reason=row.reason,
        outbox_id=row.outbox_id,
        kind=row.kind,
        occasion=row.occasion,
        vendor_id=row.vendor_id,
        ways=_ways(row),
        received_at=row.received_at,
        at=row.settled_at,
    )


def _ways(row: Any) -> tuple[WayTried, ...]:
    passed = passed_before(row)
    return (*passed, planned(row)[row.address_index].tried(Ended.SENT)) if row.state == "sent" else passed
