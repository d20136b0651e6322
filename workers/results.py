"""Publishing outcomes to `complaints.outbox-results.v1` from where no exactly-once loop runs: sweeper and sender."""

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer

from schemas.outcomes import OutboxResult
from schemas.topics import OUTBOX_RESULTS
from schemas.wire import Naming, headers


async def publish(producer: AIOKafkaProducer, naming: Naming, results: Sequence[OutboxResult]) -> None:
    """Send results and return when Kafka has acknowledged every one. May be repeated: `confirm` makes it one.

    Raises `KafkaError` when Kafka does not answer; then none of them counts as published.
    """
    waiting = [
        await producer.send(
            naming.topic(OUTBOX_RESULTS),
            result.to_json(),
            key=str(result.complaint_id).encode(),
            headers=headers(
                OUTBOX_RESULTS, naming, event_id=str(result.result_id), time=result.at, subject=result.complaint_id
            ),
        )
        for result in results
    ]
    await asyncio.gather(*waiting)
