"""The gateway on a real broker: what was answered 202 is in Kafka, through every outage, in order."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.local import EmbeddedPlatform, Part
from gateway import server
from gateway.app import create_app
from gateway.intake import IntakePath, open_intake
from gateway.log import KafkaLog, Log, LogUnavailable, MessageTooLarge
from gateway.parts import GatewayParts
from gateway.server import GatewayServer
from infra.kafka import client_options, create_topics
from infra.objects import open_store
from schemas.complaint import Complaint
from schemas.records import RawDelivery
from schemas.settings import GatewaySettings, KafkaSettings, Settings
from schemas.topics import DELIVERIES_RAW, PIPELINE_TOPICS, RECEIVED, Topic
from schemas.wire import Message, read_headers
from tests.gateway.http import TOKEN_KEYS
from tests.gateway.memory_log import MemoryLog
from tests.gateway.parts import NUMBERING, PSEUDONYM_KEY, WEB
from tests.services import Services
from tests.waiting import until

pytestmark = pytest.mark.services


@pytest.fixture
async def kafka(services: Services, topic_prefix: str) -> KafkaSettings:
    """Give the shared broker with topics of our own."""
    found = KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix)
    await create_topics(found, PIPELINE_TOPICS)
    return found


async def records(kafka: KafkaSettings, topic: Topic) -> list[tuple[int, bytes, dict[str, str]]]:
    """Everything on a topic: partition, value, headers; in order within each partition."""
    name = kafka.naming.topic(topic)
    consumer = AIOKafkaConsumer(**client_options(kafka), auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = [TopicPartition(name, number) for number in range(kafka.partitions)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        found: list[tuple[int, bytes, dict[str, str]]] = []
        while sum(ends.values()) > len(found):
            for batch in (await consumer.getmany(timeout_ms=500)).values():
                found += [(one.partition, one.value, read_headers(one.headers)) for one in batch]
        return found
    finally:
        await consumer.stop()


async def complaints(kafka: KafkaSettings) -> list[Complaint]:
    """What is on `complaints.received.v1`."""
    return [Complaint.model_validate_json(value) for _, value, _ in await records(kafka, RECEIVED)]


@dataclass(frozen=True, slots=True)
class Running:
    """A gateway that listens: where, and its intake path."""

    url: str
    intake: IntakePath


@asynccontextmanager
async def running(home: Path, kafka: KafkaSettings) -> AsyncIterator[Running]:
    """A gateway on a free port."""
    settings = Settings(home=home, kafka=kafka, gateway=GatewaySettings(requests_per_minute=0))
    bound = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    async with open_intake(settings, NUMBERING, PSEUDONYM_KEY, open_store(settings)) as intake:
        app = create_app(GatewayParts(intake, WEB, settings.gateway, TOKEN_KEYS, PSEUDONYM_KEY, url))
        serving_part = GatewayServer(settings.gateway, app, bound)
        stop = asyncio.Event()
        serving = asyncio.create_task(serving_part.run(stop))
        await until(lambda: serving_part.health().ready)
        yield Running(url, intake)
        stop.set()
        await serving


async def post(client: httpx.AsyncClient, of: Running, number: int) -> str:
    """Post one complaint of one sender; its id."""
    answer = await client.post(
        f"{of.url}/api/v1/complaints",
        json={"text": f"第 {number:04} 件", "sender": {"phones": ["13800138000"]}},
        headers={"Idempotency-Key": str(number)},
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["complaint_id"])


@pytest.fixture(params=["memory", "kafka"])
def log_of(request: pytest.FixtureRequest) -> Callable[[KafkaSettings], Log]:
    """Give both logs, for what they promise alike."""
    return KafkaLog if request.param == "kafka" else lambda _: MemoryLog()


async def test_every_log_takes_rounds_and_refuses_what_is_too_large(
    log_of: Callable[[KafkaSettings], Log], kafka: KafkaSettings
) -> None:
    log = log_of(kafka)
    topic = kafka.naming.topic(RECEIVED)
    await log.connect()
    small, large = (Message(topic, b"k", b"x" * size, (("ce_id", b"1"),)) for size in (10, 1_100_000))

    await log.append([small, small])
    with pytest.raises(MessageTooLarge):
        await log.append([small, large])
    await log.append([small])
    await log.append([])

    await log.close()
    await log.close()


async def test_a_log_that_is_not_there_is_unavailable() -> None:
    log = KafkaLog(KafkaSettings(bootstrap_servers="127.0.0.1:1"))

    with pytest.raises(LogUnavailable):
        await log.connect()
    with pytest.raises(LogUnavailable):
        await log.append([Message("t", b"k", b"v", ())])
    await log.close()


async def test_a_post_is_on_both_topics_as_declared(kafka: KafkaSettings, tmp_path: Path) -> None:
    async with running(tmp_path, kafka) as of, httpx.AsyncClient() as client:
        complaint_id = await post(client, of, 1)

    [(_, raw_value, _)] = await records(kafka, DELIVERIES_RAW)
    [(_, value, headers)] = await records(kafka, RECEIVED)
    raw = RawDelivery.model_validate_json(raw_value)
    assert [str(one) for one in raw.complaint_ids] == [complaint_id]
    assert Complaint.model_validate_json(value).raw.delivery_id == raw.delivery_id
    assert headers["ce_type"] == kafka.naming.event_type(RECEIVED)
    assert headers["ce_subject"] == complaint_id
    assert headers["traceparent"].startswith("00-")


async def test_kafka_killed_under_load_loses_nothing_and_keeps_the_order(
    own_platform: EmbeddedPlatform, tmp_path: Path, topic_prefix: str
) -> None:
    status = own_platform.status()
    assert status.kafka is not None
    kafka = KafkaSettings(bootstrap_servers=status.kafka.bootstrap_servers, prefix=topic_prefix)
    await create_topics(kafka, PIPELINE_TOPICS)

    async with running(tmp_path, kafka) as of, httpx.AsyncClient(timeout=30) as client:
        before = [await post(client, of, number) for number in range(20)]
        load = [asyncio.create_task(post(client, of, number)) for number in range(20, 60)]
        await asyncio.to_thread(own_platform.kill, Part.KAFKA)
        during = await asyncio.gather(*load)
        after = [await post(client, of, number) for number in range(60, 100)]
        assert of.intake.health().facts["durable"] == "spool"
        assert (await client.get(f"{of.url}/readyz")).status_code == 200

        await asyncio.to_thread(own_platform.start, Part.KAFKA)
        await until(lambda: of.intake.health().facts["durable"] == "kafka", timeout_s=60)
        late = await post(client, of, 100)

    found = [str(one.complaint_id) for one in await complaints(kafka)]
    assert set(found) == {*before, *during, *after, late}
    assert [one for one in dict.fromkeys(found) if one in after] == after
    assert found[-1] == late


async def test_a_restarted_gateway_adopts_what_the_old_one_spooled(kafka: KafkaSettings, tmp_path: Path) -> None:
    away = kafka.model_copy(update={"bootstrap_servers": "127.0.0.1:1"})
    async with running(tmp_path, away) as of, httpx.AsyncClient() as client:
        spooled = [await post(client, of, number) for number in range(10)]
        assert of.intake.health().facts["durable"] == "spool"

    async with running(tmp_path, kafka) as of, httpx.AsyncClient() as client:
        await until(lambda: of.intake.health().facts["durable"] == "kafka")
        again = await post(client, of, 3)

    found = [str(one.complaint_id) for one in await complaints(kafka)]
    assert found[:10] == spooled
    assert again == spooled[3]


async def test_headers_that_never_end_do_not_hold_a_connection(
    kafka: KafkaSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEADERS_WITHIN_S", 0.05)
    async with running(tmp_path, kafka) as of:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(of.url.rsplit(":", 1)[1]))
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n")

        assert await reader.read() == b""
        writer.close()


async def test_headers_without_an_end_are_refused_before_they_fill_the_memory(
    kafka: KafkaSettings, tmp_path: Path
) -> None:
    async with running(tmp_path, kafka) as of:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(of.url.rsplit(":", 1)[1]))
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Long: " + b"a" * server.MAX_HEADER_BYTES)

        assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
        writer.close()


async def test_a_second_request_on_a_connection_is_given_time_for_its_headers_too(
    kafka: KafkaSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEADERS_WITHIN_S", 0.05)
    async with running(tmp_path, kafka) as of:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(of.url.rsplit(":", 1)[1]))
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")

        assert b"HTTP/1.1" not in await reader.read()
        writer.close()
