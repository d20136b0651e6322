"""Replays: every place a record lay in before can be told, and nothing is called replayed that is not in Kafka."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from aiokafka import ConsumerRecord
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from connectors.web import Web
from infra.kafka import admin, create_topics, producer
from operations import replaying as module
from operations.reading import read_all
from operations.replaying import Gone, replay_headers, replay_letter, replay_suspended, would_read
from schemas.complaint import RawRef
from schemas.errors import NotDurable
from schemas.inbound import Inbound, ParsedComplaint
from schemas.records import DeadLetter, Suspended
from schemas.settings import KafkaSettings
from schemas.topics import DEAD_LETTER, DEDUPLICATED, SUSPENDED, Topic
from schemas.wire import read_headers
from tests.gateway.memory_log import MemoryLog
from tests.gateway.parts import NOW, NUMBERING, PSEUDONYM_KEY, WEB, intake_path, post
from tests.services import Services
from workers.runtime import replays

BODY = b'{"text": "x"}'

TOPIC = "complaints.deduplicated.v1"
AT = datetime(2026, 11, 22, 9, tzinfo=UTC)


def record(offset: int, headers: list[tuple[str, bytes]]) -> ConsumerRecord[bytes, bytes]:
    """A record as it lies in the topic."""
    return ConsumerRecord(TOPIC, 2, offset, 1_763_802_000_000, 0, b"case", b"{}", None, 4, 2, tuple(headers))


def letter(offset: int, attempt: int) -> DeadLetter:
    """The dead letter of that record."""
    return DeadLetter(
        dead_letter_id=uuid4(),
        stage="classify",
        source_topic=TOPIC,
        source_partition=2,
        source_offset=offset,
        error_class="ValueError",
        error="ValueError at understand",
        attempt=attempt,
        first_seen=AT,
        value_sha256=hashlib.sha256(b"{}").hexdigest(),
        value_bytes=2,
    )


def test_the_first_replay_names_the_place_of_the_record_alone() -> None:
    sent = read_headers(replay_headers(letter(7, 1), record(7, [("ce_id", b"a")])))

    assert sent["ce_id"] == "a"
    assert (sent[replays.ORIGINAL_PARTITION], sent[replays.ORIGINAL_OFFSET]) == ("2", "7")
    assert replays.REPLAY_OF not in sent


def test_a_replay_of_a_replay_names_the_first_place_and_the_last() -> None:
    first = replay_headers(letter(7, 1), record(7, []))
    second = replay_headers(letter(9, 2), record(9, first))
    third = replay_headers(letter(12, 3), record(12, second))

    for sent, last in ((read_headers(second), "9"), (read_headers(third), "12")):
        assert sent[replays.ORIGINAL_OFFSET] == "7"
        assert sent[replays.REPLAY_OF] == f"{TOPIC}/2/{last}"
    assert [name for name, _ in third].count(replays.REPLAY_OF) == 1


class Crashing(Web):
    """A reader with a defect."""

    def parse(self, inbound: Inbound) -> list[ParsedComplaint]:
        """Fail as no reader should."""
        raise RuntimeError("defect")


def test_what_crashes_the_reader_again_would_not_be_read() -> None:
    assert not would_read(Crashing(NUMBERING, PSEUDONYM_KEY), post(BODY), 0)


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the states that are noted."""
    states: list[str] = []

    async def note(_: KafkaSettings, __: Topic, ___: UUID, resolved: Suspended) -> None:
        states.append(resolved.state)

    monkeypatch.setattr(module, "note", note)
    return states


def suspended() -> Suspended:
    """An item that could not be read when it came."""
    return Suspended(
        suspended_id=uuid4(),
        tracking_number="0000-0000-0000-0",
        channel="web",
        account="web",
        reason="parser_crashed",
        detail="RuntimeError",
        received_at=NOW,
        ingested_at=NOW,
        raw=RawRef(sha256="0" * 64, size_bytes=1),
    )


async def test_an_item_is_replayed_once_kafka_has_its_complaint(noted: list[str], tmp_path: Path) -> None:
    log = MemoryLog()
    async with intake_path(log, tmp_path) as intake:
        found = await replay_suspended(KafkaSettings(), intake, WEB, post(BODY), suspended(), "Li")

    assert (len(found), noted) == (1, ["replayed"])


async def test_an_item_whose_complaint_waits_in_the_spool_stays_open(
    noted: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_DRAINED_WITHIN", timedelta(milliseconds=50))
    log = MemoryLog()
    log.away = True
    async with intake_path(log, tmp_path) as intake:
        with pytest.raises(NotDurable):
            await replay_suspended(KafkaSettings(), intake, WEB, post(BODY), suspended(), "Li")

    assert noted == []


async def test_an_item_the_broker_still_refuses_for_its_size_stays_open(noted: list[str], tmp_path: Path) -> None:
    log = MemoryLog(limit_bytes=1_000)
    body = json.dumps({"text": "x" * 1_000}).encode()
    async with intake_path(log, tmp_path) as intake:
        found = await replay_suspended(KafkaSettings(), intake, WEB, post(body), suspended(), "Li")

    assert (found, noted) == ([], [])
    assert len(log.on(SUSPENDED.name)) == 1


@pytest.mark.services
async def test_a_record_the_broker_does_not_take_again_leaves_its_letter_open(
    services: Services, topic_prefix: str
) -> None:
    settings = KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix, partitions=1)
    await create_topics(settings, [DEDUPLICATED, DEAD_LETTER])
    topic = settings.naming.topic(DEDUPLICATED)
    async with producer(settings) as client:
        place = await client.send_and_wait(topic, b"x" * 4_000, b"case")
    async with admin(settings) as client:
        await client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"max.message.bytes": "2000"})])
    large = ConsumerRecord(topic, 0, place.offset, place.timestamp, 0, b"case", b"x" * 4_000, None, 4, 4_000, ())

    with pytest.raises(Gone):
        await replay_letter(settings, letter(place.offset, 1), large, "Li", "mended")

    names = {topic, settings.naming.topic(DEAD_LETTER)}
    assert [record.topic async for record in read_all(settings, names)] == [topic]
