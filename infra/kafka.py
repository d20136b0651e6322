"""Clients of Kafka: options from settings, topics from declarations, the one producer that is not transactional.

Source: aiokafka 0.14.0; Kafka 4.3 topic configuration.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from infra.client_logs import quieten
from infra.logs import log
from schemas.errors import SettingsInvalid
from schemas.settings import KafkaSettings
from schemas.topics import Topic

_log = log(__name__)

MAX_REQUEST_BYTES = 1024 * 1024
"""Largest record and largest batch we send; the broker's own default limit is 12 bytes above."""

_VISIBLE_AFTER_S = 30.0
_ASK_EVERY_S = 0.05


def extensions_loaded() -> bool:
    """Whether aiokafka found its compiled record code; without it everything works, several times slower."""
    return "_crecords" in DefaultRecordBatchBuilder.__module__


def client_options(settings: KafkaSettings) -> dict[str, Any]:
    """Return the options every aiokafka client takes: where the broker is and how to speak to it.

    Raises `SettingsInvalid` when no broker is named.
    """
    if not settings.bootstrap_servers:
        raise SettingsInvalid("INTAKE_KAFKA__BOOTSTRAP_SERVERS: name a broker as host:port, or start the platform")
    quieten("aiokafka")
    if not extensions_loaded():
        _log.warning("aiokafka runs without its compiled record code, reinstall it from a wheel", part="kafka")
    options: dict[str, Any] = {
        "bootstrap_servers": settings.bootstrap_servers,
        "security_protocol": settings.security_protocol,
    }
    if settings.security_protocol.endswith("SSL"):
        options["ssl_context"] = ssl.create_default_context(cafile=settings.ca_file)
    if settings.security_protocol.startswith("SASL"):
        options["sasl_mechanism"] = settings.sasl_mechanism
        options["sasl_plain_username"] = settings.username
        options["sasl_plain_password"] = settings.password.get_secret_value() if settings.password else None
    return options


@asynccontextmanager
async def producer(settings: KafkaSettings) -> AsyncIterator[AIOKafkaProducer]:
    """Give a started idempotent producer that waits for all replicas; flushed and closed at the end.

    Batches may be as large as a request: with the default of 16 KiB many waiting senders on one partition
    take eight times as long at the 99th percentile (measured).
    """
    client = AIOKafkaProducer(
        **client_options(settings),
        enable_idempotence=True,
        acks="all",
        linger_ms=0,
        max_batch_size=MAX_REQUEST_BYTES,
        max_request_size=MAX_REQUEST_BYTES,
    )
    try:
        await client.start()
        yield client
    finally:
        await client.stop()


@asynccontextmanager
async def admin(settings: KafkaSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    """Give a started admin client, closed at the end."""
    client = AIOKafkaAdminClient(**client_options(settings))
    try:
        await client.start()
        yield client
    finally:
        await client.close()


async def create_topics(settings: KafkaSettings, topics: Iterable[Topic]) -> tuple[str, ...]:
    """Create the topics that are missing, as declared, and return their broker names once all can be written to.

    Existing topics stay as they are: an installation may create them beforehand. Safe in several processes.
    """
    declared = {settings.naming.topic(topic): topic for topic in topics}
    async with admin(settings) as client:
        cluster = await client.describe_cluster()
        replicas = settings.replication_factor
        if replicas < 1:
            replicas = 3 if len(cluster["brokers"]) >= 3 else 1
        missing = sorted(set(declared) - set(await client.list_topics()))
        if missing:
            wanted = [_declare(name, declared[name], settings.partitions, replicas) for name in missing]
            _raise_unless_created(await client.create_topics(wanted))
        places = await _until_led(client, list(declared))
    await _until_open(settings, places)
    return tuple(missing)


def _declare(name: str, topic: Topic, partitions: int, replicas: int) -> NewTopic:
    configs = {
        "retention.ms": str(int(topic.retention.total_seconds() * 1000)),
        "cleanup.policy": "delete",
        "min.insync.replicas": "2" if replicas >= 3 else "1",
    }
    return NewTopic(name, partitions, replicas, topic_configs=configs)


def _raise_unless_created(response: Any) -> None:
    for name, code, text in response.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise error(f"{name}: {text}")


async def _until_led(client: AIOKafkaAdminClient, names: list[str]) -> list[TopicPartition]:
    """Return all partitions when each has a leader: right after creation brokers may not know it yet."""
    async with asyncio.timeout(_VISIBLE_AFTER_S):
        while True:
            found = await client.describe_topics(names)
            if all(topic["error_code"] == 0 and _led(topic["partitions"]) for topic in found):
                return [
                    TopicPartition(topic["topic"], one["partition"]) for topic in found for one in topic["partitions"]
                ]
            await asyncio.sleep(_ASK_EVERY_S)


async def _until_open(settings: KafkaSettings, places: list[TopicPartition]) -> None:
    """Return when the leader of every partition answers for it.

    A broker tells of a new leader before that has opened its log. Markers of a transaction that come in between
    are lost on the way, and no transaction of the whole broker ends for the next 30 s (seen on Kafka 4.3.1).
    """
    client = AIOKafkaConsumer(**client_options(settings))
    try:
        await client.start()
        async with asyncio.timeout(_VISIBLE_AFTER_S):
            client.assign(places)
            client.pause(*places)
            await client.end_offsets(places)
    finally:
        await client.stop()


def _led(partitions: list[dict[str, int]]) -> bool:
    return bool(partitions) and all(one["error_code"] == 0 and one["leader"] >= 0 for one in partitions)
