"""Options of the clients, and topics created as they are declared."""

import ssl
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from pydantic import SecretStr

from infra.kafka import admin, client_options, create_topics, extensions_loaded, producer
from schemas.errors import SettingsInvalid
from schemas.settings import KafkaSettings
from schemas.topics import DEAD_LETTER, PIPELINE_TOPICS, RECEIVED
from tests.services import Services


def test_the_compiled_record_code_of_aiokafka_is_loaded() -> None:
    assert extensions_loaded()


def test_a_missing_broker_names_the_setting() -> None:
    with pytest.raises(SettingsInvalid, match="INTAKE_KAFKA__BOOTSTRAP_SERVERS"):
        client_options(KafkaSettings())


def test_sasl_over_tls_hands_on_user_password_and_authority(tmp_path: Path) -> None:
    settings = KafkaSettings(
        bootstrap_servers="broker:9093",
        security_protocol="SASL_SSL",
        sasl_mechanism="SCRAM-SHA-256",
        username="intake",
        password=SecretStr("geheim"),
    )

    options = client_options(settings)

    assert isinstance(options["ssl_context"], ssl.SSLContext)
    assert options["ssl_context"].verify_mode is ssl.CERT_REQUIRED
    assert (options["sasl_mechanism"], options["sasl_plain_username"]) == ("SCRAM-SHA-256", "intake")
    assert options["sasl_plain_password"] == "geheim"


@pytest.mark.services
async def test_missing_topics_are_created_as_declared_and_existing_ones_left(
    services: Services, topic_prefix: str
) -> None:
    settings = KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix, partitions=2)
    name = settings.naming.topic(RECEIVED)

    first = await create_topics(settings, [RECEIVED])
    again = await create_topics(settings.model_copy(update={"partitions": 5}), [RECEIVED, DEAD_LETTER])

    assert first == (name,)
    assert again == (settings.naming.topic(DEAD_LETTER),)
    async with admin(settings) as client:
        [found] = await client.describe_topics([name])
        [answer] = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    assert len(found["partitions"]) == 2
    configs = {entry[0]: entry[1] for entry in answer.resources[0][4]}
    assert configs["retention.ms"] == str(30 * 24 * 3600 * 1000)


@pytest.mark.services
async def test_the_producer_waits_until_the_broker_has_it(services: Services, topic_prefix: str) -> None:
    settings = KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix, partitions=1)
    await create_topics(settings, [DEAD_LETTER])

    async with producer(settings) as client:
        sent = await client.send_and_wait(settings.naming.topic(DEAD_LETTER), b"{}", key=b"k")

    assert sent.offset == 0


@pytest.mark.services
async def test_every_partition_answers_once_topics_are_created(services: Services, topic_prefix: str) -> None:
    settings = KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix, partitions=10)

    await create_topics(settings, PIPELINE_TOPICS)

    places = [TopicPartition(settings.naming.topic(topic), n) for topic in PIPELINE_TOPICS for n in range(10)]
    consumer = AIOKafkaConsumer(**client_options(settings))
    await consumer.start()
    try:
        await consumer._client.set_topics({place.topic for place in places})
        ends = await consumer._fetcher._proc_offset_requests(dict.fromkeys(places, -1))  # the first answer counts
    finally:
        await consumer.stop()
    assert len(ends) == len(places)
