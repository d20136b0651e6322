"""Ours: the runtime loop with an empty stage, once or in a chain: `stage BOOTSTRAP PREFIX HOPS MAX_BATCH`."""

import asyncio
import sys
import time
from collections.abc import Sequence
from typing import Any

from schemas.complaint import Complaint
from schemas.settings import KafkaSettings, WorkerSettings
from schemas.topics import Topic
from tests.bench.contenders.timing import Transactions, run
from tests.bench.records import hop
from workers.runtime.stage import Emit, Incoming
from workers.runtime.transaction import PartitionProducer
from workers.runtime.worker import StageWorker


class Empty:
    """A pure stage that reads complaints and emits them as they are."""

    def __init__(self, number: int) -> None:
        self.name = f"hop-{number}"
        self.reads: tuple[Topic, ...] = (hop(number),)
        self.writes: tuple[Topic, ...] = (hop(number + 1),)

    def decide(self, item: Incoming[Complaint]) -> Sequence[Emit]:
        """Emit the complaint unchanged under its id."""
        record = item.record
        key = str(record.complaint_id)
        return [Emit(self.writes[0], record, key, f"{self.name}/{key}/{record.revision}", record.complaint_id)]


def time_transactions(transactions: Transactions) -> None:
    """Take the time of every commit of the loop from outside of it."""
    commit = PartitionProducer.commit

    async def timed(producer: PartitionProducer, outgoing: Sequence[Any], *others: Any, **named: Any) -> None:
        started = time.perf_counter()
        await commit(producer, outgoing, *others, **named)
        transactions.note(len(outgoing), time.perf_counter() - started)

    PartitionProducer.commit = timed  # type: ignore[method-assign,assignment] # in this process only


def main(bootstrap: str, prefix: str, hops: str, max_batch: str) -> None:
    """Run the chain until SIGTERM."""
    kafka = KafkaSettings(bootstrap_servers=bootstrap, prefix=prefix)
    settings = WorkerSettings(max_batch=int(max_batch))

    async def work(stop: asyncio.Event, transactions: Transactions) -> None:
        time_transactions(transactions)
        async with asyncio.TaskGroup() as workers:
            for number in range(int(hops)):
                worker = StageWorker(Empty(number), kafka=kafka, engine=None, settings=settings)
                workers.create_task(worker.run(stop))

    run(work)


if __name__ == "__main__":
    main(*sys.argv[1:])
