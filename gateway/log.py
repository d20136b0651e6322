"""What the gateway needs from a log of records, and Kafka as that log."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any, Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

from infra.kafka import producer
from infra.logs import log
from schemas.errors import IntakeError
from schemas.settings import KafkaSettings
from schemas.wire import Message

_LOG = log(__name__)
CLOSE_WITHIN = timedelta(seconds=5)


class LogUnavailable(IntakeError):
    """The log did not acknowledge in time: the records may or may not be in it; send them again."""

    http_status = 503


class MessageTooLarge(IntakeError):
    """A record of the round is over the log's limit: sent again as it is, it never gets in."""

    http_status = 413


class Log(Protocol):
    """An ordered, durable log. Records of one key handed over one after another keep their order."""

    async def connect(self) -> None:
        """Reach the log, dropping an earlier connection. Raises `LogUnavailable`; may be repeated."""
        ...

    async def append(self, messages: Sequence[Message]) -> None:
        """Return when all are durable in the log.

        Raises `LogUnavailable` or `MessageTooLarge`; then any part of them may be in it, now or later.
        """
        ...

    async def close(self) -> None:
        """Let go of the log within seconds."""
        ...


class KafkaLog:
    """Kafka through one idempotent producer with acks=all, bounded by `send_timeout` per round.

    The client raises whatever killed its sender task, of any class: at this edge all of it means unavailable.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._timeout_s = settings.send_timeout.total_seconds()
        self._context: AbstractAsyncContextManager[AIOKafkaProducer] | None = None
        self._producer: AIOKafkaProducer | None = None
        self._stalled = False

    async def connect(self) -> None:
        """See `Log.connect`."""
        await self.close()
        context = producer(self._settings)
        try:
            async with asyncio.timeout(self._timeout_s):
                self._producer = await context.__aenter__()
        except Exception as error:
            raise LogUnavailable(f"Kafka is not reached: {type(error).__name__}") from error
        self._context = context

    async def append(self, messages: Sequence[Message]) -> None:
        """See `Log.append`. All records go out in one round and are awaited together."""
        if self._producer is None:
            raise LogUnavailable("Kafka is not connected")
        futures: list[asyncio.Future[Any]] = []
        try:
            async with asyncio.timeout(self._timeout_s):
                for one in messages:
                    futures.append(await self._producer.send(one.topic, one.value, one.key, headers=list(one.headers)))
                for future in futures:
                    await future
        except MessageSizeTooLargeError as error:
            raise MessageTooLarge("a record is over the broker's limit") from error
        except Exception as error:
            self._stalled = True
            raise LogUnavailable(f"Kafka did not acknowledge: {type(error).__name__}") from error
        finally:
            # Cancelling an aiokafka future ends the wait only, its record still goes out.
            for future in futures:
                future.cancel()
        self._stalled = False

    async def close(self) -> None:
        """See `Log.close`."""
        context, client = self._context, self._producer
        self._context = self._producer = None
        if context is None or client is None:
            return
        if self._stalled:
            _drop_unsent(client)
        try:
            async with asyncio.timeout(CLOSE_WITHIN.total_seconds()):
                await context.__aexit__(None, None, None)
        except Exception as error:  # noqa: BLE001 (nothing is lost by a bad farewell, and any class may come)
            _LOG.warning("kafka connection not closed in order", error_class=type(error).__name__)
        self._stalled = False


def _drop_unsent(client: AIOKafkaProducer) -> None:
    """Give up what a producer holds: aiokafka's stop() would wait for ever for what it cannot send.

    All of that is in the spool by now. aiokafka 0.14 offers no public way.
    """
    held = client._message_accumulator
    held.fail_all(LogUnavailable("dropped with its connection"))
    for batches in (*held._batches.values(), held._pending_batches):
        for batch in batches:
            if batch._drain_waiter.done():
                batch._drain_waiter.exception()  # seen, otherwise asyncio reports it as forgotten
