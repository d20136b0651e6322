"""Kafka or spool: what was accepted is in one of them, the order of the tail holds, nothing blocks the others."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from gateway import durable_log as module
from gateway.durable_log import DurableLog
from gateway.log import LogUnavailable
from gateway.spool_folder import SpoolFolder
from schemas.errors import NotDurable
from schemas.wire import Message
from tests.gateway.memory_log import MemoryLog
from tests.gateway.parts import SmallDisk, durable_log, message
from tests.waiting import until


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_EVERY", module.RETRY_EVERY / 100)


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
async def durable(log: MemoryLog, tmp_path: Path) -> AsyncIterator[DurableLog]:
    one = durable_log(log, tmp_path)
    await one.open()
    yield one
    await one.close()


def values(log: MemoryLog) -> list[str]:
    return [one.value.decode() for one in log.messages]


async def test_while_kafka_answers_nothing_touches_the_spool(durable: DurableLog, log: MemoryLog) -> None:
    assert await durable.append([message("a")]) == "kafka"

    assert values(log) == ["a"]
    assert durable.spool.empty


async def test_after_the_first_failure_everybody_joins_the_tail_without_trying(
    durable: DurableLog, log: MemoryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.away = True
    monkeypatch.setattr(durable, "_drain", never)
    assert await durable.append([message("0")]) == "spool"
    tries = log.tries

    assert [await durable.append([message(str(number))]) for number in range(1, 6)] == ["spool"] * 5
    assert log.tries == tries
    assert durable.health().ready


async def never() -> None:
    """A drain that gets nowhere."""
    raise LogUnavailable("away")


async def test_the_tail_drains_in_order_and_then_kafka_is_written_again(durable: DurableLog, log: MemoryLog) -> None:
    log.away = True
    for number in range(20):
        await durable.append([message(f"{number:02}")])

    log.away = False
    await until(lambda: durable.health().facts["durable"] == "kafka")

    assert await durable.append([message("99")]) == "kafka"
    assert values(log) == [f"{number:02}" for number in range(20)] + ["99"]
    assert durable.spool.empty


async def test_deliveries_during_the_drain_queue_behind_what_waits(durable: DurableLog, log: MemoryLog) -> None:
    log.away = True
    await durable.append([message("0")])
    log.away = False

    for number in range(1, 200):
        await durable.append([message(str(number))])

    await until(lambda: len(log.messages) == 200)
    assert values(log) == [str(number) for number in range(200)]


async def test_it_starts_without_kafka_and_heals(log: MemoryLog, tmp_path: Path) -> None:
    log.away = True
    durable = durable_log(log, tmp_path)
    await durable.open()

    assert durable.health().ready
    assert await durable.append([message("early")]) == "spool"
    log.away = False
    await until(lambda: durable.health().facts["durable"] == "kafka")

    assert values(log) == ["early"]
    await durable.close()


async def test_what_an_earlier_process_left_goes_first(log: MemoryLog, tmp_path: Path) -> None:
    log.away = True
    first = durable_log(log, tmp_path)
    await first.open()
    await first.append([message("left behind")])
    await first.close()

    log.away = False
    second = durable_log(log, tmp_path)
    await second.open()
    await second.append([message("new")])
    await until(lambda: len(log.messages) == 2)

    assert values(log) == ["left behind", "new"]
    await second.close()


class Silent(MemoryLog):
    """A log that takes a connection and never answers on it."""

    async def connect(self) -> None:
        """Wait for ever."""
        await asyncio.Event().wait()


async def test_what_an_earlier_process_left_lets_new_deliveries_in_without_waiting_for_kafka(
    log: MemoryLog, tmp_path: Path
) -> None:
    log.away = True
    first = durable_log(log, tmp_path)
    await first.open()
    await first.append([message("left behind")])
    await first.close()

    second = durable_log(Silent(), tmp_path)
    async with asyncio.timeout(10):
        await second.open()

    assert await second.append([message("new")]) == "spool"
    await second.close()


async def test_neither_kafka_nor_spool_is_not_durable_and_not_ready_until_one_is_back(tmp_path: Path) -> None:
    log = MemoryLog()
    durable = durable_log(log, tmp_path, max_bytes=10)
    await durable.open()
    log.away = True

    with pytest.raises(NotDurable):
        await durable.append([message("a")])
    assert not durable.health().ready
    log.away = False

    await until(lambda: durable.health().ready)
    assert await durable.append([message("b")]) == "kafka"
    await durable.close()


async def test_a_spool_that_failed_is_not_told_of_any_more_once_it_can_be_written(tmp_path: Path) -> None:
    disk = SmallDisk()
    log = MemoryLog()
    durable = durable_log(log, tmp_path, write=disk)
    await durable.open()
    log.away = True
    with pytest.raises(NotDurable):
        await durable.append([message("a")])
    assert durable.health().facts["cause"] == "spool-failed"

    log.away = False
    await until(lambda: durable.health().ready)
    assert "No space left" in durable.health().detail

    disk.room = 10_000
    await until(lambda: durable.health().detail == "writing to Kafka")
    await durable.close()


class Slow(MemoryLog):
    """A log that acknowledges no more than so much in time."""

    async def append(self, messages: Sequence[Message]) -> None:
        """Refuse what takes longer."""
        if sum(len(one.value) for one in messages) > 300_000:
            raise LogUnavailable("no answer in time")
        await super().append(messages)


async def test_a_broker_that_is_slow_after_an_outage_gets_smaller_rounds(tmp_path: Path) -> None:
    log = Slow()
    log.away = True
    durable = durable_log(log, tmp_path)
    await durable.open()
    for number in range(30):
        await durable.append([message(str(number % 10) * 100_000)])

    log.away = False
    await until(lambda: durable.health().facts["durable"] == "kafka")

    assert len(log.messages) == 30
    await durable.close()


@pytest.mark.parametrize("size", [1, 11], ids=["acknowledged", "refused"])
async def test_what_the_disk_does_not_let_go_is_sent_once_only(
    durable: DurableLog, log: MemoryLog, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    def read_only(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(SpoolFolder, "remove", read_only)
    monkeypatch.setattr(SpoolFolder, "set_aside", read_only)
    log.limit_bytes = 10
    log.away = True
    await durable.append([message("x" * size), message("b")])

    log.away = False
    await until(lambda: durable.health().facts["durable"] == "kafka")

    assert values(log).count("b") == 1


async def test_a_record_the_broker_never_takes_is_set_aside_and_holds_up_nobody(
    durable: DurableLog, log: MemoryLog, tmp_path: Path
) -> None:
    log.limit_bytes = 10

    await asyncio.gather(*(durable.append([message(text)]) for text in ("before", "x" * 11, "after")))

    await until(lambda: durable.spool.empty)
    assert values(log)[0] == "before"
    assert "after" in values(log)
    assert durable.health().facts["spool_refused"] == 1
    assert len(list((tmp_path / "spool" / "refused").iterdir())) == 1
