"""FastStream: a handler for each message that publishes it: `BOOTSTRAP SOURCE TARGET GROUP`. At least once.

Source: FastStream 0.7 documentation, Kafka, "Publishing" and "Message information", read 2026-11-22.
"""

import asyncio
import logging
import sys

import uvloop
from faststream import FastStream
from faststream.kafka import KafkaBroker, KafkaMessage


def main(bootstrap: str, source: str, target: str, group: str) -> None:
    """Copy until SIGTERM."""
    broker = KafkaBroker(bootstrap, acks="all", enable_idempotence=True, log_level=logging.WARNING)

    async def handle(message: KafkaMessage) -> None:
        await broker.publish(message.body, target, key=message.raw_message.key, headers=message.headers)

    broker.subscriber(source, group_id=group, auto_offset_reset="earliest", isolation_level="read_committed")(handle)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(FastStream(broker).run())


if __name__ == "__main__":
    main(*sys.argv[1:])
