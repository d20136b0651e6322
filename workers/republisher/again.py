"""Reading one delivery again, from the log and the object store: its items as they were, or suspended now."""

import asyncio
import hashlib
from base64 import b64decode
from collections.abc import Callable, Collection
from dataclasses import dataclass
from uuid import UUID

from connectors.contract import Connector
from connectors.rounds import Round, Rounds
from infra.logs import log
from infra.objects import ObjectStore
from schemas.errors import IntakeError, InvalidRequest, NotGenuine, Reason
from schemas.inbound import Inbound, UploadedFile
from schemas.records import RawDelivery

_log = log(__name__)


class CannotBeRead(IntakeError):
    """What was stored of a delivery is gone or damaged, or its channel is not installed: a person must look."""


@dataclass(frozen=True, slots=True)
class Again:
    """Reads deliveries again, with the readers and numbers of the gateway."""

    rounds: Rounds
    connector_of: Callable[[str], Connector]
    objects: ObjectStore

    async def inbound(self, raw: RawDelivery, trace: str | None) -> Inbound:
        """Return the delivery as its channel handed it over. Raises `CannotBeRead`, `Unreachable`."""
        try:
            body = b64decode(raw.body_base64) if raw.body_base64 is not None else await self._object(raw.object_key)
            parts = [UploadedFile(one.name, one.media_type, await self._object(one.object_key)) for one in raw.parts]
        except FileNotFoundError as error:
            raise CannotBeRead("an object of the delivery is not in the store") from error
        if hashlib.sha256(body).hexdigest() != raw.sha256:
            raise CannotBeRead("the bytes of the delivery do not have the hash they had")
        return Inbound(
            channel=raw.channel,
            account=raw.account,
            body=body,
            received_at=raw.received_at,
            received_at_source=raw.received_at_source,
            ingested_at=raw.ingested_at,
            content_type=raw.content_type,
            headers=raw.headers | ({"traceparent": trace} if trace else {}),
            source=raw.source,
            parts=tuple(parts),
        )

    async def read(self, inbound: Inbound, missing: Collection[UUID]) -> list[Round]:
        """Return rounds in which every missing item has a record. Raises `CannotBeRead`.

        Today's reader may read otherwise than the one before: what it does not give any more is suspended under
        the number it was given, so that a person sees it and the customer is answered.
        """
        found = await asyncio.to_thread(self._read, inbound)
        lost = set(missing) - {item.complaint_id for one in found for item in one.receipt.items}
        if lost:
            found.append(self.suspended(inbound, lost, Reason.PARSER_CRASHED, "read again, it gave no such item"))
        return found

    def suspended(self, inbound: Inbound, numbers: Collection[UUID], reason: Reason, detail: str) -> Round:
        """The round that suspends items under their numbers."""
        return self.rounds.suspend(inbound, sorted(numbers), reason, detail)

    def _read(self, inbound: Inbound) -> list[Round]:
        try:
            connector = self.connector_of(inbound.channel)
        except InvalidRequest as error:
            raise CannotBeRead(str(error)) from error
        try:
            return [self.rounds.make(inbound, self.rounds.parsed(inbound, connector))]
        except (InvalidRequest, NotGenuine) as error:
            _log.warning("refused when read again", channel=inbound.channel, error_class=type(error).__name__)
            return []

    async def _object(self, key: str | None) -> bytes:
        if key is None:
            raise CannotBeRead("a raw delivery without bytes and without a reference")
        return await self.objects.get(key)
