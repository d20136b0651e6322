"""A fetcher killed between storing and telling, and between telling and noting it: one addition all the same."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.clock import present
from infra.failpoints import VARIABLE
from infra.kafka import client_options, create_topics
from infra.objects import LocalFolder
from schemas.additions import Addition
from schemas.envelope import attachment_key
from schemas.settings import KafkaSettings
from schemas.topics import ADDITIONS
from tests.services import Services
from tests.workers.additions.media import SOUND
from tests.workers.additions.pieces import pending, through
from tests.workers.pieces import complaint, rows

pytestmark = pytest.mark.services

PUBLISHED = "fetcher.published"


async def fetcher(arguments: list[str], failpoints: str) -> int:
    """Run a fetcher in a process of its own to its end, whatever that is; return its exit code."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.workers.additions.dying", *arguments, env=os.environ | {VARIABLE: failpoints}
    )
    return await process.wait()


async def published(kafka: KafkaSettings) -> list[Addition]:
    """Everything on the topic, which has one partition."""
    place = TopicPartition(kafka.naming.topic(ADDITIONS), 0)
    consumer = AIOKafkaConsumer(**client_options(kafka), group_id=None)
    await consumer.start()
    try:
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        count = (await consumer.end_offsets([place]))[place]
        return [Addition.model_validate_json((await consumer.getone()).value) for _ in range(count)]
    finally:
        await consumer.stop()


async def test_killed_between_any_two_steps_a_file_is_told_as_one_addition(
    engine: AsyncEngine, services: Services, topic_prefix: str, tmp_path: Path
) -> None:
    kafka = KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix, partitions=1)
    await create_topics(kafka, [ADDITIONS])
    file = pending()
    voice = complaint(channel="wechat", attachments=(file,), text="", received_at=present(), ingested_at=present())
    await through(engine, voice)
    arguments = [engine.url.render_as_string(hide_password=False), services.bootstrap_servers, topic_prefix]

    ends = [await fetcher([*arguments, str(tmp_path)], f"{place}=kill") for place in ("fetcher.stored", PUBLISHED)]
    ends.append(await fetcher([*arguments, str(tmp_path)], ""))
    told = await published(kafka)
    written = await through(engine, *told)

    assert ends == [-signal.SIGKILL, -signal.SIGKILL, 0]
    assert (len(told), len({one.addition_id for one in told})) == (2, 1)
    assert [(one.revision, one.attachments[0].state) for one in written] == [(2, "stored")]
    key = attachment_key(voice.complaint_id, file.attachment_id)
    assert await LocalFolder(tmp_path).get(key) == SOUND.content
    assert await rows(engine, "SELECT state, addition FROM media_attempts") == [("done", None)]
