"""Letting dead letters and suspended deliveries go on, with who and why on record in the same topic."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import MessageSizeTooLargeError, RecordListTooLargeError

from connectors.contract import Connector
from gateway.intake import IntakePath
from infra.kafka import client_options, producer
from infra.logs import log
from infra.objects import ObjectStore
from schemas.base import Record, rfc3339
from schemas.envelope import Envelope, envelope_beside
from schemas.errors import IntakeError, NotDurable
from schemas.inbound import Inbound, ParsedComplaint, UploadedFile
from schemas.records import DeadLetter, Suspended
from schemas.settings import KafkaSettings
from schemas.topics import DEAD_LETTER, SUSPENDED, Topic
from schemas.wire import REPLAY_STAGE, headers, read_headers, value
from workers.runtime import replays

_ASIDE = {
    REPLAY_STAGE,
    replays.ORIGINAL_TOPIC,
    replays.ORIGINAL_PARTITION,
    replays.ORIGINAL_OFFSET,
    replays.ORIGINAL_TIMESTAMP,
    replays.REPLAY_OF,
    replays.ATTEMPT,
    replays.FIRST_FAILED_AT,
}
_FETCH_MS = 10_000
_DRAINED_WITHIN = timedelta(seconds=30)
_LOG = log(__name__)


class Gone(IntakeError):
    """What was to be replayed is no longer there (retention) or is not what it was: discard it with the reason."""


async def fetch_original(consumer: AIOKafkaConsumer, letter: DeadLetter) -> ConsumerRecord[bytes, bytes]:
    """Return the record a dead letter refers to, checked against its SHA-256. Raises Gone."""
    place = TopicPartition(letter.source_topic, letter.source_partition)
    consumer.assign([place])
    first = (await consumer.beginning_offsets([place]))[place]
    if letter.source_offset < first:
        raise Gone(f"retention removed {letter.source_topic}/{letter.source_partition}@{letter.source_offset}")
    consumer.seek(place, letter.source_offset)
    found = (await consumer.getmany(place, timeout_ms=_FETCH_MS, max_records=1)).get(place, [])
    if not found or found[0].offset != letter.source_offset:
        raise Gone(f"nothing lies at {letter.source_topic}/{letter.source_partition}@{letter.source_offset}")
    if hashlib.sha256(found[0].value or b"").hexdigest() != letter.value_sha256:
        raise Gone("the record differs from the one that failed: was the topic made anew?")
    return found[0]


def replay_headers(letter: DeadLetter, record: ConsumerRecord[bytes, bytes]) -> list[tuple[str, bytes]]:
    """Return the original headers plus: for which stage, where the record lay first and last, how often it failed."""
    sent = read_headers(record.headers)
    # A replay that failed again names the place of the very first record: decisions are kept under that one.
    origin = {
        replays.ORIGINAL_TOPIC: letter.source_topic,
        replays.ORIGINAL_PARTITION: str(letter.source_partition),
        replays.ORIGINAL_OFFSET: str(letter.source_offset),
        replays.ORIGINAL_TIMESTAMP: str(record.timestamp),
    }
    first = {name: sent.get(name, given) for name, given in origin.items()}
    extra = {
        REPLAY_STAGE: letter.stage,
        replays.ATTEMPT: str(letter.attempt),
        replays.FIRST_FAILED_AT: rfc3339(letter.first_seen),
    }
    if replays.ORIGINAL_TOPIC in sent:
        extra[replays.REPLAY_OF] = f"{record.topic}/{record.partition}/{record.offset}"
    kept = [(name, text) for name, text in record.headers if name not in _ASIDE]
    return kept + [(name, text.encode()) for name, text in (first | extra).items()]


async def replay_letter(
    settings: KafkaSettings, letter: DeadLetter, record: ConsumerRecord[bytes, bytes], by: str, reason: str
) -> None:
    """Publish the record again for its stage and note it, both in one transaction: never one without the other.

    Raises `Gone` when the broker does not take the record any more. A failed send does not fail the commit in
    aiokafka 0.14: every one is awaited first.
    """
    resolved = resolve_letter(letter, "replayed", by, reason)
    try:
        async with _transaction(settings, letter.dead_letter_id) as client:
            await client.send_and_wait(
                record.topic,
                record.value,
                record.key,
                timestamp_ms=record.timestamp,
                headers=replay_headers(letter, record),
            )
            await _send_resolution(client, settings, DEAD_LETTER, letter.dead_letter_id, resolved)
    except (MessageSizeTooLargeError, RecordListTooLargeError) as error:
        raise Gone(f"{record.topic} does not take a record of this size any more: see max.message.bytes") from error


def resolve_letter(letter: DeadLetter, state: str, by: str, reason: str) -> DeadLetter:
    """Return the record that says what became of a dead letter."""
    update = {"state": state, "resolved_at": datetime.now(UTC), "resolved_by": by, "resolution": reason}
    return DeadLetter.model_validate(letter.model_dump() | update)


def resolve_suspended(item: Suspended, state: str, by: str, reason: str) -> Suspended:
    """Return the record that says what became of a suspended item."""
    update = {"state": state, "resolved_at": datetime.now(UTC), "resolved_by": by, "resolution": reason}
    return Suspended.model_validate(item.model_dump() | update)


async def note(settings: KafkaSettings, topic: Topic, number: UUID, resolved: Record) -> None:
    """Write a resolution."""
    async with producer(settings) as client:
        await _send_resolution(client, settings, topic, number, resolved)


async def inbound_of(store: ObjectStore, item: Suspended) -> Inbound:
    """Return the delivery of a suspended item as it arrived, from the object store. Raises Gone."""
    if item.raw.delivery_id is None or item.raw.object_key is None:
        raise Gone("its raw delivery was not kept")
    try:
        envelope = Envelope.model_validate_json(await store.get(envelope_beside(item.raw.object_key)))
        body = await store.get(item.raw.object_key)
        parts = [UploadedFile(one.name, one.media_type, await store.get(one.object_key)) for one in envelope.parts]
    except FileNotFoundError as error:
        raise Gone("its raw delivery is no longer in the object store") from error
    if hashlib.sha256(body).hexdigest() != item.raw.sha256:
        raise Gone("its raw delivery is damaged: the SHA-256 differs")
    return Inbound(
        channel=envelope.channel,
        account=envelope.account,
        body=body,
        received_at=envelope.received_at,
        received_at_source=envelope.received_at_source,
        ingested_at=envelope.ingested_at,
        content_type=envelope.content_type,
        headers=envelope.headers,
        source=envelope.source,
        parts=tuple(parts),
    )


def would_read(connector: Connector, inbound: Inbound, item: int) -> bool:
    """Whether today's reader reads this item of the delivery. Raises what `Connector.parse` may raise."""
    try:
        return any(isinstance(found, ParsedComplaint) and found.item == item for found in connector.parse(inbound))
    except IntakeError:
        raise
    except Exception as error:  # noqa: BLE001 (last guard: what crashed the reader before may crash it again)
        _LOG.error("reader crashed", channel=inbound.channel, account=inbound.account, exc_info=error)
        return False


async def replay_suspended(
    settings: KafkaSettings, intake: IntakePath, connector: Connector, inbound: Inbound, item: Suspended, by: str
) -> list[UUID]:
    """Send the delivery through the intake path again and note its complaints. Complaints read before stay one.

    Returns none when it was suspended again. Raises `NotDurable` when Kafka has not taken it: nothing is noted
    then, for the note ends the item's own promise, and only the next call goes on with this one's spool.
    """
    again = intake.suspended_again
    receipt = await intake.receive(inbound, connector)
    if not await intake.drained(_DRAINED_WITHIN):
        raise NotDurable("Kafka has not taken it yet: it waits in this command's spool, repeat the command later")
    if intake.suspended_again > again:
        return []
    complaints = [one.complaint_id for one in receipt.items if one.reason is None and one.item == item.item]
    if complaints:
        resolution = ", ".join(map(str, complaints))
        await note(settings, SUSPENDED, item.suspended_id, resolve_suspended(item, "replayed", by, resolution))
    return complaints


@asynccontextmanager
async def _transaction(settings: KafkaSettings, number: UUID) -> AsyncIterator[AIOKafkaProducer]:
    """Give a producer inside one transaction. Its id is that of the letter: of two operators at once one commits."""
    prefix = f"{settings.prefix}." if settings.prefix else ""
    client = AIOKafkaProducer(
        **client_options(settings), transactional_id=f"{prefix}operators.{number}", acks="all", retry_backoff_ms=20
    )
    await client.start()
    try:
        async with client.transaction():
            yield client
    finally:
        await client.stop()


async def _send_resolution(
    client: AIOKafkaProducer, settings: KafkaSettings, topic: Topic, number: UUID, resolved: Record
) -> None:
    now = datetime.now(UTC)
    naming = settings.naming
    fields = headers(topic, naming, event_id=f"{topic.name}:{number}:{rfc3339(now)}", time=now, subject=number)
    await client.send_and_wait(naming.topic(topic), value(resolved), str(number).encode(), headers=fields)
