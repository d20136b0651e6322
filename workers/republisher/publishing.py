"""Publishing the records of a delivery that was read again: objects first, then what is missing and nothing else."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from aiokafka import AIOKafkaProducer
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.contract import Connector
from connectors.envelopes import keep_envelope
from connectors.rounds import Round, Rounds
from infra.objects import ObjectStore
from schemas.errors import Reason
from schemas.inbound import Inbound
from schemas.settings import KafkaSettings
from schemas.topics import DELIVERIES_RAW, RECEIVED
from schemas.wire import Message, read_headers
from workers.republisher.again import Again
from workers.republisher.kafka import send

RECEIVED_OUTCOME, SUSPENDED_OUTCOME = "received", "suspended"
_TOO_LARGE = "the broker refused the record for its size; see message.max.bytes"


@dataclass(frozen=True, slots=True)
class RepublisherParts:
    """What the republisher needs. `after` is how long a delivery may lack its records; `rounds` makes them."""

    engine: AsyncEngine
    objects: ObjectStore
    kafka: KafkaSettings
    rounds: Rounds
    connector_of: Callable[[str], Connector]
    after: timedelta


@dataclass(frozen=True, slots=True)
class Publishing:
    """Publishes over one producer."""

    parts: RepublisherParts
    again: Again
    client: AIOKafkaProducer

    async def publish(self, inbound: Inbound, rounds: Sequence[Round], missing: Collection[UUID]) -> dict[UUID, str]:
        """Return missing item → outcome once Kafka has acknowledged all. Raises `KafkaError`, `NotDurable`."""
        outcomes: dict[UUID, str] = {}
        for one in rounds:
            sent, refused = await self._send(one, missing)
            outcomes |= sent
            if refused:
                instead = self.again.suspended(inbound, refused, Reason.TOO_LARGE, _TOO_LARGE)
                outcomes |= (await self._send(instead, refused))[0]
        return outcomes

    async def _send(self, ready: Round, missing: Collection[UUID]) -> tuple[dict[UUID, str], list[UUID]]:
        """Return what was sent as what, and the complaints that are too large for the broker."""
        for key, data in ready.objects:
            await self.parts.objects.put(key, data)
        if ready.envelope is not None:
            await keep_envelope(self.parts.objects, ready.envelope)
        wanted = [(number, one) for one in ready.messages if (number := self._item_of(one)) in missing and number]
        refused = await send(self.client, [one for _, one in wanted])
        sent = {number: self._outcome(one) for number, one in wanted if one not in refused}
        return sent, [number for number, one in wanted if one in refused and self._outcome(one) == RECEIVED_OUTCOME]

    def _item_of(self, message: Message) -> UUID | None:
        """The complaint or suspended item a message is about, None for the delivery itself."""
        if message.topic == self.parts.kafka.naming.topic(DELIVERIES_RAW):
            return None
        return UUID(read_headers(message.headers)["ce_subject"])

    def _outcome(self, message: Message) -> str:
        received = message.topic == self.parts.kafka.naming.topic(RECEIVED)
        return RECEIVED_OUTCOME if received else SUSPENDED_OUTCOME
