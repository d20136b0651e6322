"""Mutant: an entry of the spool is removed when it is handed to Kafka, not when Kafka has acknowledged it."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.durable_log import ROUND_BYTES, ROUND_ENTRIES, DurableLog
from gateway.log import KafkaLog, Log, LogUnavailable
from gateway.oversize import Shrinker
from infra.objects import LocalFolder
from schemas.wire import Message
from tests.gateway.parts import spool
from tests.waiting import until
from tests.workers.runtime.harness import Installation
from tests.workers.runtime.probe import TARGET

pytestmark = pytest.mark.services


class Silent(KafkaLog):
    """A broker that is connected and acknowledges nothing."""

    asked = 0

    async def append(self, messages: Sequence[Message]) -> None:
        """Give no answer in time."""
        if messages:  # a drain that comes before the first entry is written has nothing to ask
            self.asked += 1
            raise LogUnavailable("no answer in time")


async def gateway_ends_during_the_drain(durable: type[DurableLog], installation: Installation, folder: Path) -> None:
    """What was accepted into the spool of a gateway whose drain got no answer is sent by the next gateway."""
    accepted, later = (Message(installation.name(TARGET), b"k", value, ()) for value in (b"accepted", b"later"))

    def on(log: Log) -> DurableLog:
        shrinker = Shrinker(installation.kafka.naming, LocalFolder(folder / "objects"))
        return durable(log, spool(folder / "spool"), shrinker)

    silent = Silent(installation.kafka)
    first = on(silent)
    await first.open()
    assert await first.append([accepted]) == "spool"
    await until(lambda: silent.asked == 2)  # once by the delivery, once by the drain
    await first.close()
    second = on(KafkaLog(installation.kafka))
    await second.open()
    assert await second.drained(timedelta(seconds=30))
    await second.append([later])
    await second.close()
    found = [record.value for record in await installation.read(TARGET, 1)]

    assert found == [accepted.value, later.value], f"accepted and lost: only {found} is on Kafka"


class RemovesFirst(DurableLog):
    """Forgets entries before it has an answer about them."""

    async def _drain(self) -> None:
        while not self.spool.empty:
            entries = await self.spool.oldest(ROUND_ENTRIES, ROUND_BYTES)
            await self.spool.remove([entry for entry, _ in entries])
            await self._kafka.append([message for _, messages in entries for message in messages])
        self._switch_back_if_empty()


async def test_an_entry_without_an_answer_of_kafka_is_sent_by_the_next_gateway(
    installation: Installation, tmp_path: Path
) -> None:
    await gateway_ends_during_the_drain(DurableLog, installation, tmp_path)


async def test_an_entry_removed_before_the_answer_of_kafka_is_caught(
    installation: Installation, tmp_path: Path
) -> None:
    with pytest.raises(AssertionError, match=r"accepted and lost: only \[b'later'\] is on Kafka"):
        await gateway_ends_during_the_drain(RemovesFirst, installation, tmp_path)
