"""Poison stays local: the guilty record becomes a dead letter, its neighbours pass; a flood stops the stage."""

import asyncio
import re
from uuid import UUID

import pytest
from aiokafka.admin import NewTopic

from infra import metrics
from infra.kafka import admin
from schemas.records import DeadLetter
from schemas.topics import DEAD_LETTER
from schemas.wire import REPLAY_STAGE, value
from tests.waiting import until
from tests.workers.runtime.harness import QUICK, Installation, names, numbered
from tests.workers.runtime.probe import TARGET, Copy, Count, command
from workers.runtime import stops
from workers.runtime.context import StageContext
from workers.runtime.gate import StopGate

pytestmark = pytest.mark.services

SECRET = "13800138000"


def records_of(stage: str, outcome: str) -> float:
    return float(metrics.STAGE_RECORDS.labels(stage, outcome)._value.get())


@pytest.mark.parametrize(
    ("kind", "error_class"),
    [
        ("poison", "PoisonRecord"),
        ("bug", "ZeroDivisionError"),
        ("sql-nul", "DataError"),
        ("sql-surrogate", "UnicodeEncodeError"),
        ("sql-data", "DataError"),
        ("emit-bug", "ZeroDivisionError"),
        ("huge", "TooLargeToProduce"),
    ],
)
async def test_a_guilty_record_in_the_middle_dies_alone(
    installation: Installation, kind: str, error_class: str
) -> None:
    guilty = command("guilty", kind=kind, reason=SECRET)

    async with installation.worker(Count()):
        await installation.send(*numbered(10), guilty, *numbered(10, start=10), partition=1)
        found = await installation.read(TARGET, 20)
        [letter] = await installation.read(DEAD_LETTER, 1)

    assert names(found) == [f"{n:05}" for n in range(20)]
    told = DeadLetter.model_validate_json(letter.value)
    assert (told.stage, told.source_partition, told.source_offset) == ("count", 1, 10)
    assert (told.error_class, told.complaint_id) == (error_class, guilty.command_id)
    assert letter.headers["x-error-class"] == letter.headers["__streams.errors.exception"] == error_class
    assert letter.headers["x-original-offset"] == letter.headers["__streams.errors.offset"] == "10"
    assert re.search(r"\w+\.py:\d+ \w+", letter.headers["x-error-message"])
    assert UUID(letter.key) == told.dead_letter_id
    assert SECRET not in f"{letter.value!r}{letter.headers}"


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        (b"{", "json_invalid"),
        (b"", "json_invalid"),
        (None, "json_invalid"),
        (b"\xff\xfe", "json_invalid"),
        (b'{"command_id": "13800138000", "kind": 7}', "command_id: uuid_parsing"),
    ],
)
async def test_what_cannot_be_read_dies_alone_and_is_not_quoted(
    installation: Installation, raw: bytes | None, named: str
) -> None:
    good = [value(one) for one in numbered(2)]

    async with installation.worker(Copy()):
        await installation.send_raw([good[0], raw, good[1]], partition=0)
        found = await installation.read(TARGET, 2)
        [letter] = await installation.read(DEAD_LETTER, 1)

    assert names(found) == ["00000", "00001"]
    assert letter.headers["x-error-class"] == "ValidationError"
    assert named in letter.headers["x-error-message"]
    assert SECRET not in f"{letter.value!r}{letter.headers}"


async def test_a_trace_header_that_is_none_does_not_keep_the_dead_letter_from_being_written(
    installation: Installation,
) -> None:
    async with installation.worker(Copy()) as running:
        await installation.send_raw([b"{"], extra={"traceparent": SECRET * 95_270}, partition=0)
        [letter] = await installation.read(DEAD_LETTER, 1)
        rebuilds = running.worker.health().facts["rebuilds"]

    assert "traceparent" not in letter.headers
    assert rebuilds == 0


async def test_a_replay_is_processed_by_the_stage_it_names_and_passed_by_the_others(
    installation: Installation,
) -> None:
    before = records_of("copy", "skipped")

    async with installation.worker(Copy()), installation.worker(Count()):
        await installation.send(command("a"), extra={REPLAY_STAGE: "count"})
        [found] = await installation.read(TARGET, 1)
        await until(lambda: records_of("copy", "skipped") == before + 1)

    assert found.command.arguments["times"] == "1"


async def test_redeliveries_are_counted_and_emit_nothing(installation: Installation) -> None:
    before = records_of("count", "redelivery")

    async with installation.worker(Count()):
        await installation.send(*numbered(5), *numbered(5), partition=2)
        await installation.send(*numbered(5), *numbered(1, start=5), partition=0)
        found = await installation.read(TARGET, 6)
        await until(lambda: records_of("count", "redelivery") == before + 10)

    assert names(found) == [f"{n:05}" for n in range(6)]


async def test_what_the_broker_refuses_by_size_dies_alone(installation: Installation) -> None:
    small = installation.kafka.model_copy(update={"prefix": installation.kafka.prefix + "s"})
    async with admin(small) as client:
        limit = {"max.message.bytes": "4000"}
        await client.create_topics([NewTopic(small.naming.topic(TARGET), 3, 1, topic_configs=limit)])
    narrow = Installation(small, installation.engine)
    await narrow.create()
    guilty = command("guilty", reason="x" * 6000)

    async with narrow.worker(Count()):
        await narrow.send(*numbered(20), guilty, *numbered(20, start=20), partition=0)
        found = await narrow.read(TARGET, 40)
        [letter] = await narrow.read(DEAD_LETTER, 1)
        replayed = {REPLAY_STAGE: "count"} | {
            name: letter.headers[name] for name in ("x-original-topic", "x-original-partition", "x-original-offset")
        }
        smaller = guilty.model_copy(update={"reason": "x"})
        await narrow.send(smaller, extra=replayed)
        again = await narrow.read(TARGET, 41)

    assert names(found) == [f"{n:05}" for n in range(40)]
    assert letter.headers["x-error-class"] == "MessageSizeTooLargeError"
    assert names(again) == [*names(found), "guilty"]


class TestFlood:
    async def test_twenty_in_a_row_stop_the_stage_before_anything_is_written(self, installation: Installation) -> None:
        async with installation.worker(Count()) as running:
            await installation.send(*numbered(20, kind="bug"), partition=0)
            await running.is_("stopped")
            health = running.worker.health()

        assert not health.ready
        assert "in a row" in health.detail
        assert (await installation.committed("count"))[0] == 0

    async def test_a_stop_survives_a_restart_and_ends_when_a_person_resumes(self, installation: Installation) -> None:
        assert installation.engine is not None
        group = f"{installation.kafka.prefix}.count"
        await installation.send(*numbered(25, kind="bug"), partition=0)
        async with installation.worker(Count()) as running:
            await running.is_("stopped")
        async with installation.worker(Count()) as running:
            await running.is_("stopped")
            stop = await stops.current(installation.engine, group)
            await installation.send(*numbered(5, start=100), partition=0)

            done = await stops.resume(installation.engine, group, by="operator", why="they are truly broken")
            found = await installation.read(TARGET, 5)
            letters = await installation.read(DEAD_LETTER, 25)
            state = running.worker.health().facts["state"]

        assert stop is not None
        assert (stop.reason, stop.failed >= 20, stop.offset is not None) == ("flood", True, True)
        assert (done, state) == (True, "running")
        assert names(found) == [f"{n:05}" for n in range(100, 105)]
        assert len(letters) == 25
        assert await stops.resume(installation.engine, group, by="operator", why="again") is False

    async def test_a_stop_that_was_resumed_meanwhile_is_not_stored_again_by_a_worker_that_only_read_of_it(
        self, installation: Installation
    ) -> None:
        assert installation.engine is not None
        context = StageContext(Count(), installation.kafka, installation.engine, QUICK)
        await stops.store(installation.engine, stops.Stop(context.group, "flood", "all of them failed"))
        read = await stops.current(installation.engine, context.group)
        assert read is not None
        await stops.resume(installation.engine, context.group, by="operator", why="mended")

        await StopGate(context).close(read, asyncio.Event())

        assert await stops.current(installation.engine, context.group) is None

    async def test_a_stop_found_by_one_worker_stops_the_others(self, installation: Installation) -> None:
        async with installation.worker(Count()) as first, installation.worker(Count()) as second:
            await until(lambda: first.worker.health().ready and second.worker.health().ready)
            await installation.send(*numbered(20, kind="bug"), partition=0)
            await first.is_("stopped")
            await second.is_("stopped")
