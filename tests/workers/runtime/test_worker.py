"""The loop on the real broker and database: everything exactly once, whatever ends it."""

import pytest

from tests.waiting import until
from tests.workers.runtime.harness import Installation, names, numbered
from tests.workers.runtime.probe import TARGET, Copy, Count

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
