"""Archive: moves the raw bytes of every delivery from the log to the object store before its offset commits."""

import asyncio
import hashlib
from base64 import b64decode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.objects import ObjectStore
from schemas.envelope import Envelope, envelope_key, raw_key
from schemas.errors import PoisonRecord
from schemas.inbound import place_at_source
from schemas.records import RawDelivery
from schemas.tables.archive import ARCHIVE_DECISIONS, ARCHIVED
from schemas.topics import DELIVERIES_RAW, Topic
from workers.bulk import insert_rows
from workers.runtime.stage import Emit, Incoming

AT_ONCE = 16
"""Objects written at the same time; each is flushed to disk before the next step."""


class Archived(BaseModel):
    """The decision: where the bytes lie."""

    object_key: str


@dataclass(slots=True)
class Archive:
    """Keeps bytes and envelope of each delivery, and one narrow row about it. Writing again changes nothing."""

    objects: ObjectStore
    name: str = "archive"
    reads: tuple[Topic, ...] = (DELIVERIES_RAW,)
    writes: tuple[Topic, ...] = ()
    decisions: Table = ARCHIVE_DECISIONS
    locks: Table | None = None
    decision_type: type[Archived] = Archived

    def identity(self, item: Incoming[RawDelivery]) -> tuple[UUID, int]:
        """The delivery; the same bytes delivered again have the same id."""
        return item.record.delivery_id, 1

    def keys(self, item: Incoming[RawDelivery]) -> Iterable[str]:
        """None: nothing of one delivery depends on another."""
        return ()

    async def decide(self, connection: AsyncConnection, items: Sequence[Incoming[RawDelivery]]) -> Sequence[Archived]:
        """Store the objects durably, then note them. Raises `NotDurable` or `Unreachable` while the store is away."""
        gate = asyncio.Semaphore(AT_ONCE)
        keys = await asyncio.gather(*(self._keep(item.record, gate) for item in items))
        await insert_rows(connection, ARCHIVED, [_row(item.record, key) for item, key in zip(items, keys, strict=True)])
        return [Archived(object_key=key) for key in keys]

    def emit(self, item: Incoming[RawDelivery], decision: Archived) -> Sequence[Emit]:
        """Nothing: the object is the product."""
        return ()

    async def _keep(self, raw: RawDelivery, gate: asyncio.Semaphore) -> str:
        """Store one delivery and return its key; one that lies there by reference already is left as it is."""
        if raw.object_key is not None:
            return raw.object_key
        if raw.body_base64 is None:
            raise PoisonRecord("a raw delivery without bytes and without a reference")
        body = b64decode(raw.body_base64)
        if hashlib.sha256(body).hexdigest() != raw.sha256:
            raise PoisonRecord("the bytes of a raw delivery do not have the hash they claim")
        key = raw_key(raw.received_at, raw.delivery_id, raw.channel)
        async with gate:
            await self._keep_envelope(raw)
            await self.objects.put(key, body)
        return key

    async def _keep_envelope(self, raw: RawDelivery) -> None:
        """Leave an envelope that is there: the gateway's own also knows where answers go."""
        key = envelope_key(raw.received_at, raw.delivery_id, raw.channel)
        try:
            await self.objects.get(key)
        except FileNotFoundError:
            await self.objects.put(key, Envelope.of(raw).to_json())


def _row(raw: RawDelivery, key: str) -> dict[str, object]:
    return {
        "delivery_id": raw.delivery_id,
        "object_key": key,
        "sha256": raw.sha256,
        "size_bytes": raw.size_bytes,
        "channel": raw.channel,
        "received_at": raw.received_at,
        "complaint_ids": [str(one) for one in raw.complaint_ids],
        "suspended_ids": [str(one) for one in raw.suspended_ids],
        "account": raw.account,
        "source_place": place_at_source(raw.source),
    }
