"""The loop on the real broker and database: everything exactly once, whatever ends it."""

import asyncio
from typing import Any

import aiokafka.client
import pytest
from aiokafka import AIOKafkaConsumer

from tests.waiting import until
from tests.workers.runtime.harness import Installation, names, numbered
from tests.workers.runtime.probe import TARGET, Copy, Count
from workers.runtime import session
from workers.runtime.abandon import stop_consumer

pytestmark = pytest.mark.services


class TestEverythingOnce:
    @pytest.mark.parametrize("stage", [Copy(), Count()], ids=["pure", "deciding"])
    async def test_every_record_passes_exactly_once(self, installation: Installation, stage: Copy | Count) -> None:
        await installation.send(*numbered(500))

        async with installation.worker(stage):
            await installation.send(*numbered(500, start=500))
            found = await installation.read(TARGET, 1000)

        assert names(found) == [f"{n:05}" for n in range(1000)]

    async def test_the_committed_offset_reaches_the_end_and_no_phantom_lag_stays(
        self, installation: Installation
    ) -> None:
        await installation.send(*numbered(100))

        async with installation.worker(Copy()):
            await installation.read(TARGET, 100)

            async def caught_up() -> bool:
                return await installation.committed("copy") == await installation.ends()

            await until(caught_up)

    async def test_a_restart_goes_on_where_the_worker_before_stood(self, installation: Installation) -> None:
        await installation.send(*numbered(100))
        async with installation.worker(Count()):
            await installation.read(TARGET, 100)
        await installation.send(*numbered(100, start=100))

        async with installation.worker(Count()):
            found = await installation.read(TARGET, 200)

        assert names(found) == [f"{n:05}" for n in range(200)]


async def test_a_worker_told_to_stop_while_it_connects_leaves_no_connection_open(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect, made, leaving = aiokafka.client.create_conn, list[Any](), asyncio.Event()

    async def connect_slowly(*where: Any, **options: Any) -> Any:
        made.append(await connect(*where, **options))
        running.stop.set()
        await leaving.wait()
        return made[-1]

    async def leave(consumer: AIOKafkaConsumer, *starting: Any) -> None:
        leaving.set()
        await stop_consumer(consumer, *starting)

    monkeypatch.setattr(aiokafka.client, "create_conn", connect_slowly)
    monkeypatch.setattr(session, "stop_consumer", leave)

    async with installation.worker(Copy()) as running:
        await until(lambda: made)

    assert not any(one.connected() for one in made)
