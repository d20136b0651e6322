"""The pipeline as one list, and a complaint's whole way through it on the real broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.rounds import Rounds
from infra.clock import present
from infra.kafka import client_options, create_topics, producer
from schemas.complaint import Automatic, Complaint, Sender
from schemas.errors import InvalidRequest
from schemas.outcomes import Acknowledged
from schemas.policy import load_pack
from schemas.records import Assignment
from schemas.settings import KafkaSettings, Settings, WorkerSettings
from schemas.topics import ACKNOWLEDGED, RECEIVED, Topic, all_topics, department_topic
from schemas.wire import headers
from tests.gateway.parts import NUMBERING
from tests.services import Services
from tests.workers.acknowledge.pieces import Objects
from tests.workers.pieces import PSEUDONYM_KEY, TOKEN_KEYS, complaint, mail, rows
from tests.workers.sender.pieces import Channel
from workers.context import WorkerContext
from workers.pipeline import PIPELINE, build, names, process_of


def context(engine: AsyncEngine, kafka: KafkaSettings, channel: Channel, home: Path) -> WorkerContext:
    """An installation with a channel the test can look at."""
    settings = Settings(home=home, kafka=kafka, worker=WorkerSettings())
    return WorkerContext(
        settings=settings,
        pack=load_pack(None),
        engine=engine,
        objects=Objects(),
        pseudonym_key=PSEUDONYM_KEY,
        token_keys=TOKEN_KEYS,
        public_url="https://complaints.example/",
        replies={"email": channel},
        rounds=lambda: Rounds(kafka.naming, NUMBERING, PSEUDONYM_KEY, settings.archive.inline_bytes),
    )


@asynccontextmanager
async def running(made: WorkerContext) -> AsyncIterator[None]:
    """All parts of the pipeline at work."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for name in names():
            tasks.create_task(build(name, made).run(stop))
        try:
            yield
        finally:
            stop.set()


async def hand_in(kafka: KafkaSettings, *complaints: Complaint) -> None:
    """Write complaints as the gateway does."""
    async with producer(kafka) as client:
        for one in complaints:
            pairs = headers(RECEIVED, kafka.naming, event_id=str(one.complaint_id), time=one.ingested_at)
            key = one.sender.emails[0] if one.sender and one.sender.emails else str(one.complaint_id)
            topic = kafka.naming.topic(RECEIVED)
            await client.send_and_wait(topic, one.to_json(), key=key.encode(), headers=pairs)


async def first_of(kafka: KafkaSettings, topic: Topic, count: int) -> list[bytes]:
    """The first values of a topic, as a reader that is not ours gets them."""
    options = client_options(kafka) | {"auto_offset_reset": "earliest", "isolation_level": "read_committed"}
    consumer = AIOKafkaConsumer(kafka.naming.topic(topic), **options)
    await consumer.start()
    try:
        async with asyncio.timeout(60):
            return [(await consumer.getone()).value for _ in range(count)]
    finally:
        await consumer.stop()


async def acknowledged(kafka: KafkaSettings, count: int) -> dict[object, str]:
    """complaint → outcome of the first acknowledgements."""
    found = [Acknowledged.model_validate_json(value) for value in await first_of(kafka, ACKNOWLEDGED, count)]
    return {one.complaint_id: one.outcome for one in found}


@pytest.mark.services
async def test_everything_that_is_handed_in_is_acknowledged_once_whatever_it_is(
    engine: AsyncEngine, services: Services, topic_prefix: str, tmp_path: Path
) -> None:
    kafka = KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix, partitions=2)
    channel, made_at = Channel(), present()
    times: dict[str, Any] = {"received_at": made_at, "ingested_at": made_at}
    first = mail("a@x", text="昨天买的牛奶已经过期了，喝了肚子疼", **times)
    reply = mail("b@x", thread={"in_reply_to": "<a@x>"}, text="还没有消息吗？", **times)
    machine = mail("c@x", "list@y.example", automatic=Automatic(is_automatic=True, kind="list"), **times)
    form = complaint(text="收银员态度恶劣", **times)
    form_with_mail = complaint(text="快递晚到了五天", sender=Sender(emails=("wu@customers.example",)), **times)
    made = context(engine, kafka, channel, tmp_path)
    await create_topics(kafka, all_topics(made.pack.department_codes))

    async with running(made):
        await hand_in(kafka, first, reply, machine, form, form_with_mail)
        await hand_in(kafka, first, form)
        outcomes = await acknowledged(kafka, 5)
        routed = await first_of(kafka, department_topic("quality"), 1)

    assert outcomes == {
        first.complaint_id: "sent",
        reply.complaint_id: "covered",
        machine.complaint_id: "not-wanted",
        form.complaint_id: "sent",
        form_with_mail.complaint_id: "sent",
    }
    assert Assignment.model_validate_json(routed[0]).complaint_id == first.complaint_id
    assert channel.asked == {"li@customers.example": 1, "wu@customers.example": 1}
    [text] = await rows(engine, "SELECT text FROM outbox WHERE complaint_id = :id", id=first.complaint_id)
    assert first.tracking_number in text[0]
    assert f"https://complaints.example/track/{first.tracking_number}" in text[0]


def test_names_are_unique_and_two_services_share_the_process_of_another_part() -> None:
    assert len(set(names())) == len(names())
    assert process_of("acknowledge") == ("acknowledge", "sweeper")
    assert process_of("auditor") == ("auditor", "republisher")
    assert [spec.name for spec in PIPELINE if not spec.meaning] == []


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(InvalidRequest, match="deduplicate"):
        build("dedupe", None)  # type: ignore[arg-type]
