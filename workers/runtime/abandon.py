"""Giving up clients of aiokafka that no longer answer. The only place that touches its private parts.

Source: aiokafka 0.14.0. `stop()` of a producer waits for batches that can never be delivered, and of a consumer for
a coordinator that may be away; both would hold up a rebalance.
"""

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import ProducerClosed

from infra.logs import log

_log = log(__name__)
_closing: set["asyncio.Task[None]"] = set()

_GRACE_S = 2.0
_STOP_WITHIN_S = 10.0


def abandon_producer(producer: AIOKafkaProducer, starting: "asyncio.Future[None] | None") -> None:
    """Close the producer in the background, whatever state it is in. What it had open is not committed.

    `starting` is its `start()` when that may still run. Cancelled during its first connection it would leave that
    open; going on after it, it would ask for the producer id and so fence the next owner: it ends between the two.
    """
    producer._closed = True
    producer._sender.start = _do_not_start
    if starting is not None and producer.client._sync_task is not None:
        starting.cancel()
    _in_background(_close_producer(producer, starting))


async def _do_not_start() -> None:
    raise asyncio.CancelledError


async def stop_consumer(consumer: AIOKafkaConsumer, starting: "asyncio.Future[None] | None" = None) -> None:
    """Leave the group and close; a coordinator that does not answer within seconds is not waited for.

    `starting` is its `start()` when that may still run; it is let finish its first connection, as a producer's is.
    """
    consumer._wait_topics = _do_not_start
    await _end_start(consumer._client, starting)
    stopping = asyncio.ensure_future(consumer.stop())
    done, _ = await asyncio.wait({stopping}, timeout=_STOP_WITHIN_S)
    if done:
        _consume(stopping)
        return
    stopping.cancel()
    coordinator, fetcher = consumer._coordinator, consumer._fetcher
    tasks = [getattr(coordinator, name, None) for name in ("_coordination_task", "_heartbeat_task")]
    tasks += [getattr(coordinator, "_commit_refresh_task", None), getattr(fetcher, "_fetch_task", None)]
    await _end([stopping, *(task for task in tasks if task is not None)])
    await _close_client(consumer._client)


async def settled() -> None:
    """Wait, a few seconds at most, until everything given up is closed. For the end of a process or test."""
    if _closing:
        await asyncio.wait(set(_closing), timeout=_STOP_WITHIN_S)


async def _close_producer(producer: AIOKafkaProducer, starting: "asyncio.Future[None] | None") -> None:
    await _end_start(producer.client, starting)
    sender = producer._sender.sender_task
    if sender is not None:
        await _end([sender])
    producer._message_accumulator.fail_all(ProducerClosed())
    waiter = producer._txn_manager._transaction_waiter
    if waiter is not None and waiter.done():
        _consume(waiter)
    await _close_client(producer.client)


async def _end_start(client: Any, starting: "asyncio.Future[None] | None") -> None:
    if starting is None or starting.done():
        return
    if client._sync_task is None:  # the last thing that its first connection sets
        await asyncio.wait({starting}, timeout=_GRACE_S)
    await _end([starting])


async def _close_client(client: Any) -> None:
    try:
        async with asyncio.timeout(_GRACE_S):
            await client.close()
    except (OSError, TimeoutError):
        _log.warning("a connection did not close", part="kafka")


async def _end(tasks: list["asyncio.Future[Any]"]) -> None:
    """Cancel tasks twice: the first cancel lets them finish requests, which may never be answered."""
    for _ in range(2):
        waiting = {task for task in tasks if not task.done()}
        for task in waiting:
            task.cancel()
        if waiting:
            await asyncio.wait(waiting, timeout=_GRACE_S)
    for task in tasks:
        if task.done():
            _consume(task)


def _consume(future: "asyncio.Future[Any]") -> None:
    """Look at a failure nobody else will, so that the event loop does not report it as forgotten."""
    if not future.cancelled() and (error := future.exception()) is not None:
        _log.info("a client was given up", part="kafka", error_class=type(error).__name__)


def _in_background(work: Any) -> None:
    task: asyncio.Task[None] = asyncio.ensure_future(work)
    _closing.add(task)
    task.add_done_callback(_closing.discard)
