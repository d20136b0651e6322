"""A number leads to its complaint, whatever else lies on the topics."""

import pytest
from pydantic import SecretStr

from infra.database import create_engine, migrate
from infra.kafka import create_topics, producer
from operations.history.finding import subject_of
from schemas.errors import InvalidRequest
from schemas.settings import DatabaseSettings, KafkaSettings, Settings
from schemas.topics import RECEIVED, SUSPENDED
from schemas.wire import value
from tests.schemas.making import complaint
from tests.services import Services

pytestmark = pytest.mark.services


async def test_a_number_the_clock_has_not_seen_is_found_behind_poison_and_texts_that_quote_it(
    services: Services, topic_prefix: str, database_url: str
) -> None:
    kafka = KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix, partitions=1)
    wanted, unknown = complaint("wanted"), complaint("unknown")
    quoting = complaint("quoting", text=f"我的编号 {wanted.tracking_number}，不是 {unknown.tracking_number}")
    poison = f'{{"tracking_number": "{wanted.tracking_number}"}}'.encode()
    await migrate(database_url)
    engine = create_engine(DatabaseSettings(url=SecretStr(database_url)))
    await create_topics(kafka, [RECEIVED, SUSPENDED])
    async with producer(kafka) as client:
        for one in (poison, value(quoting), value(wanted)):
            await client.send_and_wait(kafka.naming.topic(RECEIVED), one)

    found = await subject_of(Settings(kafka=kafka), engine, wanted.tracking_number)
    with pytest.raises(InvalidRequest, match="has arrived"):
        await subject_of(Settings(kafka=kafka), engine, unknown.tracking_number)
    await engine.dispose()

    assert found == wanted.complaint_id
