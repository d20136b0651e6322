"""Records are read where decisions say they lie, from the real broker; what is gone is left out."""

import pytest

from infra.kafka import create_topics, producer
from operations.history.finding import records_at
from schemas.complaint import Complaint
from schemas.settings import KafkaSettings, Settings
from schemas.topics import RECEIVED
from tests.schemas.making import complaint
from tests.services import Services

pytestmark = pytest.mark.services


async def test_records_are_read_from_several_partitions_and_missing_ones_left_out(
    services: Services, topic_prefix: str
) -> None:
    kafka = KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix)
    topic = kafka.naming.topic(RECEIVED)
    await create_topics(kafka, [RECEIVED])
    async with producer(kafka) as client:
        for number, partition in enumerate((0, 1, 0)):
            await client.send_and_wait(topic, complaint(str(number)).to_json(), partition=partition)

    places = [(topic, 0, 1), (topic, 1, 0), (topic, 0, 0), (topic, 1, 99)]
    found = [(at.partition, at.offset, one) async for at, one in records_at(Settings(kafka=kafka), places)]

    told = [(partition, offset, one.source_id) for partition, offset, one in found if isinstance(one, Complaint)]
    assert told == [(0, 0, "0"), (0, 1, "2"), (1, 0, "1")]
