"""A delivery whose complaint never got to Kafka is published again: once, whoever dies, with the same numbers."""

import asyncio
import json
import signal
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.contract import Connector
from connectors.rounds import Round, Rounds
from infra import failpoints
from infra.kafka import client_options, create_topics, producer
from infra.objects import LocalFolder, ObjectStore
from schemas.envelope import Envelope
from schemas.errors import InvalidRequest
from schemas.inbound import Inbound, UploadedFile
from schemas.policy import load_pack
from schemas.records import Assignment, RawDelivery, Suspended
from schemas.settings import KafkaSettings, LedgerSettings, Settings
from schemas.topics import DELIVERIES_RAW, PIPELINE_TOPICS, RECEIVED, SUSPENDED, Topic, all_topics, department_topic
from schemas.wire import Message
from tests.connectors.imap.reading import MAIL, mail
from tests.deploy.cli.running import process
from tests.gateway.parts import NUMBERING, PSEUDONYM_KEY, WEB, post
from tests.services import Services
from tests.waiting import until
from tests.workers.pieces import TOKEN_KEYS, rows
from workers.context import WorkerContext
from workers.pipeline import build
from workers.republisher import Republisher

pytestmark = pytest.mark.services

AFTER = timedelta(milliseconds=300)
READERS: dict[str, Connector] = {"web": WEB, "email": MAIL}


def reader_of(channel: str) -> Connector:
    """The readers that are installed."""
    if channel not in READERS:
        raise InvalidRequest(f"channel {channel} is not installed")
    return READERS[channel]


@dataclass(frozen=True, slots=True)
class System:
    """Topics, tables and objects of one installation, and what its gateway would send."""

    context: WorkerContext
    rounds: Rounds

    @property
    def kafka(self) -> KafkaSettings:
        return self.context.settings.kafka

    def republisher(self) -> Republisher:
        """One more of them."""
        made = build("republisher", self.context)
        assert isinstance(made, Republisher)
        return made

    async def send(self, messages: Sequence[Message]) -> None:
        """What of a round reaches Kafka."""
        async with producer(self.kafka) as client:
            for one in messages:
                await client.send_and_wait(one.topic, one.value, one.key, headers=list(one.headers))

    def round_of(self, inbound: Inbound) -> Round:
        """What the gateway makes of a delivery."""
        return self.rounds.make(inbound, self.rounds.parsed(inbound, READERS[inbound.channel]))

    async def half_written(self, inbound: Inbound) -> list[UUID]:
        """Let only the delivery itself reach Kafka; the ids of its items."""
        ready = self.round_of(inbound)
        for key, data in ready.objects:
            await self.context.objects.put(key, data)
        await self.send([one for one in ready.messages if one.topic == self.kafka.naming.topic(DELIVERIES_RAW)])
        return [item.complaint_id for item in ready.receipt.items]

    async def records(self, topic: Topic) -> list[ConsumerRecord[bytes, bytes]]:
        """Everything committed on a topic."""
        options = client_options(self.kafka) | {"enable_auto_commit": False, "isolation_level": "read_committed"}
        consumer = AIOKafkaConsumer(**options)
        await consumer.start()
        try:
            name = self.kafka.naming.topic(topic)
            partitions = [TopicPartition(name, number) for number in range(self.kafka.partitions)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            ends = await consumer.end_offsets(partitions)
            found: list[ConsumerRecord[bytes, bytes]] = []
            while any([await consumer.position(one) < ends[one] for one in partitions]):
                found += [one for batch in (await consumer.getmany(timeout_ms=200)).values() for one in batch]
            return found
        finally:
            await consumer.stop()

    async def subjects(self, topic: Topic) -> Counter[str]:
        """How often each complaint or item is on a topic."""
        return Counter(dict(one.headers)["ce_subject"].decode() for one in await self.records(topic))

    async def republished(self) -> list[tuple[UUID, int, str]]:
        """What was noted: which item, how often, as what; only what Kafka has acknowledged."""
        query = "SELECT subject_id, times, outcome FROM republished WHERE published_at IS NOT NULL"
        return [tuple(row) for row in await rows(self.context.engine, query)]


@pytest.fixture
async def system(services: Services, engine: AsyncEngine, topic_prefix: str, tmp_path: Path) -> System:
    kafka = KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix, partitions=2)
    settings = Settings(home=tmp_path, kafka=kafka, ledger=LedgerSettings(republish_after=AFTER))
    pack = load_pack(None)
    await create_topics(kafka, PIPELINE_TOPICS)
    rounds = Rounds(kafka.naming, NUMBERING, PSEUDONYM_KEY, inline_bytes=4_000)
    objects: ObjectStore = LocalFolder(tmp_path / "objects")
    context = WorkerContext(
        settings=settings, pack=pack, engine=engine, objects=objects, pseudonym_key=PSEUDONYM_KEY,
        token_keys=TOKEN_KEYS, public_url="", connector_of=reader_of, rounds=lambda: rounds,
    )  # fmt: skip
    return System(context, rounds)


@asynccontextmanager
async def working(system: System, *names: str) -> AsyncIterator[None]:
    """Parts of the product at work."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for name in names:
            tasks.create_task(build(name, system.context).run(stop))
        try:
            yield
        finally:
            stop.set()


def form(text: str, key: str, **given: object) -> Inbound:
    """A post of now."""
    now = datetime.now(UTC)
    return replace(post(json.dumps({"text": text, **given}).encode(), key), received_at=now, ingested_at=now)


def a_mail(body: bytes, uid: int) -> Inbound:
    """A mail of now."""
    source, now = {"uid": str(uid), "uidvalidity": "1"}, datetime.now(UTC)
    return Inbound("email", "service", body, now, "internaldate", now, "message/rfc822", source=source)


async def looked_again(system: System) -> None:
    """Let one more republisher judge what lies there now, all of it old enough: it finds nothing."""
    await asyncio.sleep(AFTER.total_seconds())
    one = system.republisher()
    await one.look()
    first = one.cut
    assert first is not None

    async def judged() -> bool:
        assert await one.look() == 0
        return one.cut is not first

    await until(judged, timeout_s=90, every_s=0.1)


async def test_the_complaint_appears_once_and_its_department_hears_of_it_once(system: System) -> None:
    await create_topics(system.kafka, all_topics(system.context.pack.department_codes))
    person = {"emails": ["li@customers.example"], "phones": ["13800138000"]}
    whole = system.round_of(form("快递晚到了五天", "whole"))
    await system.send(whole.messages)
    [lost] = await system.half_written(form("昨天买的牛奶已经过期了", "lost", sender=person))
    expected = next(one for one in system.round_of(form("昨天买的牛奶已经过期了", "lost", sender=person)).messages[1:])

    async with working(system, "auditor", "republisher", "deduplicate", "classify", "route"):
        await until(system.republished, timeout_s=90)
        await until(lambda: system.records(department_topic("quality")), timeout_s=90)
        # What a gateway that comes back sends after all is one more copy, and changes nothing.
        await system.send([expected])
        await looked_again(system)

    assert await system.republished() == [(lost, 1, "received")]
    received = {dict(one.headers)["ce_subject"].decode(): one for one in await system.records(RECEIVED)}
    assert await system.subjects(RECEIVED) == {str(lost): 2, str(whole.receipt.items[0].complaint_id): 1}
    assert received[str(lost)].key == expected.key
    routed = [Assignment.model_validate_json(one.value) for one in await system.records(department_topic("quality"))]
    assert [one.complaint_id for one in routed] == [lost]


async def test_files_and_large_deliveries_are_read_again_from_the_object_store(system: System) -> None:
    inbound = form("照片见附件" + "。" * 5_000, "file")
    inbound = replace(inbound, parts=(UploadedFile("a.png", "image/png", b"\x89PNG"),))
    [lost] = await system.half_written(inbound)

    async with working(system, "auditor", "republisher"):
        await until(system.republished, timeout_s=90)

    [record] = await system.records(RECEIVED)
    first = next(one for one in system.round_of(inbound).messages if one.topic == record.topic)
    assert (record.value, record.key) == (first.value, first.key)
    assert str(lost) in record.value.decode()


async def test_what_could_not_be_read_and_what_no_reader_gives_any_more_is_suspended_under_its_number(
    system: System,
) -> None:
    [unreadable] = await system.half_written(a_mail(b"\x00\x01 this is no mail", 1))
    inbound = a_mail(mail(body="过期"), 2)
    raw = RawDelivery.model_validate_json(system.round_of(inbound).messages[0].value)
    foreign = UUID("00000000-0000-4000-8000-000000000001")
    other = raw.model_copy(update={"complaint_ids": (foreign,)})
    message = system.round_of(inbound).messages[0]
    await system.send([replace(message, value=other.to_json())])

    async with working(system, "auditor", "republisher"):
        await until(lambda: _complete(system, 2), timeout_s=90)

    found = [Suspended.model_validate_json(one.value) for one in await system.records(SUSPENDED)]
    assert {one.suspended_id: one.reason for one in found} == {unreadable: "unreadable", foreign: "parser_crashed"}
    assert await system.records(RECEIVED) == []
    [kept] = [one for one in found if one.suspended_id == foreign]
    assert kept.raw.object_key is not None
    assert await system.context.objects.get(kept.raw.object_key) == inbound.body
    envelope = await system.context.objects.get(kept.raw.object_key.replace("/raw", "/envelope.json"))
    assert Envelope.model_validate_json(envelope).delivery_id == raw.delivery_id


async def _complete(system: System, count: int) -> bool:
    return len(await system.republished()) == count


async def test_two_republishers_publish_each_complaint_once(system: System) -> None:
    lost = {str(one) for number in range(20) for one in await system.half_written(form("坏了", str(number)))}

    async with working(system, "auditor", "republisher", "republisher", "republisher"):
        await until(lambda: _complete(system, 20), timeout_s=90)
        await looked_again(system)

    assert await system.subjects(RECEIVED) == dict.fromkeys(lost, 1)
    assert {times for _, times, _ in await system.republished()} == {1}


async def test_one_killed_after_kafka_took_the_first_record_is_followed_by_one_that_sees_it(
    system: System, database_url: str, tmp_path: Path
) -> None:
    lost = {str(one) for number in range(3) for one in await system.half_written(form("坏了", str(number)))}
    environment = {
        "INTAKE_HOME": str(tmp_path),
        "INTAKE_KAFKA__BOOTSTRAP_SERVERS": system.kafka.bootstrap_servers or "",
        "INTAKE_KAFKA__PREFIX": system.kafka.prefix,
        "INTAKE_KAFKA__PARTITIONS": str(system.kafka.partitions),
        "INTAKE_DATABASE__URL": database_url,
        "INTAKE_KEYS__NUMBER": NUMBERING.number_key.decode(),
        "INTAKE_KEYS__PSEUDONYM": PSEUDONYM_KEY.decode(),
        "INTAKE_KEYS__TOKENS__A": "token-key-of-the-republisher-tests-01234",
        "INTAKE_LEDGER__REPUBLISH_AFTER": "PT0.3S",
    }
    part, log = ("worker", "auditor"), tmp_path / "worker.log"

    with process(part, environment | {failpoints.VARIABLE: "republisher.published=kill@1"}, log) as first:
        assert await asyncio.to_thread(first.wait, 120) == -signal.SIGKILL
    assert len(await system.subjects(RECEIVED)) == 1
    with process(part, environment, log):
        await until(lambda: _complete(system, 2), timeout_s=120)
        await looked_again(system)

    assert await system.subjects(RECEIVED) == dict.fromkeys(lost, 1)
    noted = await rows(system.context.engine, "SELECT times, outcome FROM republished ORDER BY outcome NULLS FIRST")
    assert noted == [(1, None), (1, "received"), (1, "received")]


async def test_nothing_counts_as_missing_while_the_auditor_is_behind_or_the_delivery_is_young(system: System) -> None:
    await system.half_written(form("坏了", "1"))
    republisher = system.republisher()

    for _ in range(3):
        assert await republisher.look() == 0

    patient = replace(system.context, settings=system.context.settings.model_copy(update={"ledger": LedgerSettings()}))
    async with working(replace(system, context=patient), "auditor", "republisher"):
        await until(lambda: rows(system.context.engine, "SELECT 1 FROM ledger_records"))
        await looked_again(replace(system, context=patient))

    assert await system.subjects(RECEIVED) == {}


async def test_a_delivery_whose_bytes_are_gone_is_said_and_holds_up_nobody(system: System) -> None:
    await system.half_written(replace(form("坏了" + "。" * 5_000, "gone")))
    [gone] = await system.records(DELIVERIES_RAW)
    key = RawDelivery.model_validate_json(gone.value).object_key
    assert key is not None
    await system.context.objects.delete(key)
    [lost] = await system.half_written(form("坏了", "there"))

    async with working(system, "auditor"):
        republisher = system.republisher()
        stop = asyncio.Event()
        running = asyncio.create_task(republisher.run(stop))
        await until(lambda: _complete(system, 1), timeout_s=90)
        await until(lambda: not republisher.health().ready)
        stop.set()
        await running

    assert await system.subjects(RECEIVED) == {str(lost): 1}
    assert "1 deliveries" in republisher.health().detail
