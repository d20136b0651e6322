"""How many records share a transaction: few in a hurry, more where nobody waits, as many as there are when many are."""

from datetime import timedelta

import pytest

from tests.workers.runtime.harness import QUICK, Installation, numbered
from tests.workers.runtime.probe import TARGET, Count

pytestmark = pytest.mark.services

LONG = timedelta(seconds=100)
"""More than any setting may be: whoever waited for it would fail."""


async def test_records_of_a_stream_share_a_transaction_and_the_first_one_waits_for_nobody(
    installation: Installation,
) -> None:
    stage = Count()
    settings = QUICK.model_copy(update={"gather": timedelta(seconds=4)})
    async with installation.worker(stage, settings):
        await installation.send(*numbered(1), partition=0)
        await installation.read(TARGET, 1)
        for number in range(1, 6):
            await installation.send(*numbered(1, start=number), partition=0)
        await installation.read(TARGET, 6)

    assert stage.calls[0] == 1
    assert len(stage.calls) < 6


async def test_a_record_after_a_pause_goes_at_once(installation: Installation) -> None:
    async with installation.worker(Count(), QUICK.model_copy(update={"gather": LONG})):
        await installation.send(*numbered(1), partition=0)
        found = await installation.read(TARGET, 1)

    assert len(found) == 1


async def test_a_deep_topic_is_not_held_up_by_gathering(installation: Installation) -> None:
    stage = Count()
    await installation.send(*numbered(1_000), partition=0)
    async with installation.worker(stage, QUICK.model_copy(update={"gather": LONG, "max_batch": 300})):
        found = await installation.read(TARGET, 900)

    assert len(found) >= 900
