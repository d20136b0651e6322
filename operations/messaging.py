"""Handing a message for a customer to the stage that finds the way and sends it once."""

from uuid import UUID

from infra.kafka import producer
from schemas.identity import content_hash, named_uuid
from schemas.messages import Message
from schemas.settings import Settings
from schemas.topics import MESSAGES
from schemas.wire import headers, value


def reply_id(complaint: UUID, by: str, nonce: str, text: str) -> UUID:
    """The id of what a member of staff writes in one form: sent twice it is one message, with other words another."""
    return named_uuid("reply", str(complaint), by, nonce, content_hash(text))


async def send_message(settings: Settings, message: Message) -> None:
    """Write it and return when Kafka has it. May be repeated: the same `message_id` is sent to the customer once."""
    kafka, topic = settings.kafka, MESSAGES
    pairs = headers(
        topic, kafka.naming, event_id=str(message.message_id), time=message.at, subject=message.complaint_id
    )
    async with producer(kafka) as client:
        await client.send_and_wait(
            kafka.naming.topic(topic), value(message), str(message.case_id).encode(), headers=pairs
        )
