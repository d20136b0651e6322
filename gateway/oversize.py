"""Records the broker refuses for their size: bytes go to the object store, complaints wait for a person."""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from connectors.envelopes import keep_envelope
from gateway.log import MessageTooLarge
from infra.objects import ObjectStore
from schemas.complaint import Complaint, RawRef
from schemas.envelope import Envelope, SuspendedNote, raw_key
from schemas.errors import Reason
from schemas.records import RawDelivery, Suspended
from schemas.topics import DELIVERIES_RAW, RECEIVED, SUSPENDED
from schemas.wire import Message, Naming, headers, value


class Shrinker:
    """Rewrites a round so that it fits where the broker's limit is below ours. Numbers given out stay valid."""

    def __init__(self, naming: Naming, objects: ObjectStore) -> None:
        self._naming = naming
        self._objects = objects

    async def by_reference(self, message: Message, group: Sequence[Message]) -> list[Message]:
        """Return what is sent instead of `message`, which travelled together with `group`. May be repeated.

        Raises `NotDurable` when the object store is away, `MessageTooLarge` when nothing helps.
        """
        if message.topic == self._naming.topic(DELIVERIES_RAW):
            raw = RawDelivery.model_validate_json(message.value)
            return [replace(message, value=value(await self._stored(raw, self._complaints(group, raw.delivery_id))))]
        if message.topic == self._naming.topic(RECEIVED):
            complaint = Complaint.model_validate_json(message.value)
            return [self._suspended(complaint, await self._raw_of(complaint, group))]
        raise MessageTooLarge("a suspended record is over the broker's limit")

    async def _raw_of(self, complaint: Complaint, group: Sequence[Message]) -> str | None:
        """Store the delivery a complaint came with; return the key of its bytes.

        One that travelled earlier has been stored by then, or will be by the archive, under the same key.
        """
        for message in group:
            if message.topic == self._naming.topic(DELIVERIES_RAW):
                raw = RawDelivery.model_validate_json(message.value)
                if raw.delivery_id == complaint.raw.delivery_id:
                    return (await self._stored(raw, self._complaints(group, raw.delivery_id))).object_key
        number = complaint.raw.delivery_id
        return raw_key(complaint.received_at, number, complaint.channel) if number else complaint.raw.object_key

    def _complaints(self, group: Sequence[Message], delivery: UUID) -> list[Complaint]:
        received = self._naming.topic(RECEIVED)
        read = [Complaint.model_validate_json(one.value) for one in group if one.topic == received]
        return [one for one in read if one.raw.delivery_id == delivery]

    async def _stored(self, raw: RawDelivery, complaints: Sequence[Complaint]) -> RawDelivery:
        """Put the bytes and an envelope with the reply addresses into the object store; return the reference."""
        if raw.body_base64 is None:
            small = raw
        else:
            key = raw_key(raw.received_at, raw.delivery_id, raw.channel)
            small = raw.model_copy(update={"body_base64": None, "object_key": key})
            await self._objects.put(key, b64decode(raw.body_base64))
        notes = tuple(_note(item, one) for item, one in enumerate(complaints))
        await keep_envelope(self._objects, Envelope.of(small, notes))
        return small

    def _suspended(self, complaint: Complaint, object_key: str | None) -> Message:
        number: UUID = complaint.complaint_id
        record = Suspended(
            suspended_id=number,
            tracking_number=complaint.tracking_number,
            channel=complaint.channel,
            account=complaint.account,
            reason=Reason.TOO_LARGE.value,
            detail="the broker refused the record for its size; see message.max.bytes",
            received_at=complaint.received_at,
            ingested_at=complaint.ingested_at,
            is_automatic=complaint.automatic.is_automatic,
            has_reply_address=complaint.reply_to is not None,
            raw=RawRef(
                sha256=complaint.raw.sha256,
                size_bytes=complaint.raw.size_bytes,
                delivery_id=complaint.raw.delivery_id,
                object_key=object_key,
            ),
        )
        named = headers(
            SUSPENDED,
            self._naming,
            event_id=f"{SUSPENDED.name}:{number}",
            time=complaint.ingested_at,
            subject=number,
        )
        return Message(self._naming.topic(SUSPENDED), str(number).encode(), value(record), tuple(named))


def _note(item: int, complaint: Complaint) -> SuspendedNote:
    return SuspendedNote(
        suspended_id=complaint.complaint_id,
        item=item,
        reply_to=complaint.reply_to,
        is_automatic=complaint.automatic.is_automatic,
    )
