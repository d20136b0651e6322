"""The places of the intake path: what is where when a gateway dies at each of them, and that it comes out whole."""

import asyncio
from pathlib import Path

import pytest

from gateway import durable_log as module
from infra.failpoints import FailPointReached, armed
from schemas.inbound import UploadedFile
from schemas.topics import RECEIVED
from tests.gateway.memory_log import MemoryLog
from tests.gateway.parts import WEB, durable_log, intake_path, message, post
from tests.waiting import until

PHOTO = (UploadedFile("a.jpg", "image/jpeg", b"\xff\xd8"),)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_EVERY", module.RETRY_EVERY / 100)


async def test_after_raw_is_stored_no_record_is_anywhere(tmp_path: Path) -> None:
    log = MemoryLog()
    async with intake_path(log, tmp_path) as intake:
        with armed("gateway.raw-stored=fail"), pytest.raises(FailPointReached):
            await intake.receive(post(b'{"text": "x"}', files=PHOTO), WEB)

    assert [path.read_bytes() for path in (tmp_path / "objects").rglob("*") if path.is_file()] == [b"\xff\xd8"]
    assert (log.messages, list((tmp_path / "spool").glob("*.entry"))) == ([], [])


async def test_after_the_answer_of_kafka_the_records_are_there_and_the_same_post_adds_no_complaint(
    tmp_path: Path,
) -> None:
    log, delivery = MemoryLog(), post(b'{"text": "x"}')
    async with intake_path(log, tmp_path) as intake:
        with armed("gateway.kafka-acked=fail"), pytest.raises(FailPointReached):
            await intake.receive(delivery, WEB)
        receipt = await intake.receive(delivery, WEB)

    [kept, again] = log.on(RECEIVED.name)
    assert kept.value == again.value
    assert str(receipt.items[0].complaint_id).encode() in kept.value


async def test_after_the_spool_is_flushed_the_next_gateway_has_it(tmp_path: Path) -> None:
    log = MemoryLog()
    first = durable_log(log, tmp_path)
    log.away = True
    await first.open()
    with armed("gateway.spooled=fail"), pytest.raises(FailPointReached):
        await first.append([message("accepted")])
    await first.close()
    log.away = False
    second = durable_log(log, tmp_path)
    await second.open()
    await until(lambda: log.messages)
    await second.close()

    assert [one.value for one in log.messages] == [b"accepted"]


@pytest.mark.parametrize(
    ("place", "sent"), [("gateway.draining", 2), ("gateway.before-switch-back", 1), ("gateway.after-switch-back", 1)]
)
async def test_around_the_end_of_a_drain_everything_is_sent_and_kafka_is_written_again(
    place: str, sent: int, tmp_path: Path
) -> None:
    log = MemoryLog()
    durable = durable_log(log, tmp_path)
    log.away = True
    await durable.open()
    await durable.append([message("accepted")])
    with armed(f"{place}=fail") as points:
        log.away = False
        await until(lambda: points.points[0].passes)
        await until(lambda: durable.health().facts["durable"] == "kafka")
    where = await durable.append([message("later")])
    await durable.close()

    assert where == "kafka"
    assert [one.value for one in log.messages] == [b"accepted"] * sent + [b"later"]


async def test_a_place_is_passed_for_what_it_says_only(tmp_path: Path) -> None:
    with armed("gateway.raw-stored=fail, gateway.spooled=fail, gateway.draining=fail, gateway.after-switch-back=fail"):
        async with intake_path(MemoryLog(), tmp_path) as intake:
            await asyncio.gather(*(intake.receive(post(b'{"text": "x"}', str(key)), WEB) for key in range(5)))
