"""The words that another model sees come from the log, masked; what retention has removed is no words."""

from datetime import UTC, datetime

import pytest

from infra.kafka import create_topics, producer
from schemas.settings import KafkaSettings
from schemas.topics import CLASSIFIED
from schemas.wire import headers
from tests.schemas.making import classified
from tests.services import Services
from tests.workers.review.pieces import understood
from workers.review.words import words_at

pytestmark = pytest.mark.services


async def test_a_record_is_found_by_its_place_and_another_place_has_no_words(
    services: Services, topic_prefix: str
) -> None:
    kafka = KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix)
    await create_topics(kafka, [CLASSIFIED])
    record = classified(understanding=understood(), text="手机13812340001，收银员骂人")
    pairs = headers(CLASSIFIED, kafka.naming, event_id="1", time=datetime(2026, 11, 22, tzinfo=UTC))
    topic = kafka.naming.topic(CLASSIFIED)
    async with producer(kafka) as client:
        sent = await client.send_and_wait(topic, record.to_json(), b"case", headers=pairs)

    words = await words_at(kafka, topic, sent.partition, sent.offset)

    assert "收银员骂人" in words
    assert "13812340001" not in words
    assert await words_at(kafka, topic, sent.partition, sent.offset + 1_000) == ""
