"""Archive: the bytes lie in the object store before anybody forgets them."""

import hashlib
from base64 import b64encode
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.envelope import Envelope, SuspendedNote, envelope_key, raw_key
from schemas.errors import NotDurable, PoisonRecord
from schemas.records import RawDelivery
from tests.workers.acknowledge.pieces import Objects
from tests.workers.pieces import NOON, incoming, rows
from workers.archive import Archive
from workers.runtime.driver import run_batch

pytestmark = pytest.mark.services


def raw(body: bytes = b"From: li", **changes: object) -> RawDelivery:
    return RawDelivery.model_validate(
        {
            "delivery_id": uuid4(),
            "channel": "email",
            "account": "support",
            "received_at": NOON,
            "received_at_source": "internaldate",
            "ingested_at": NOON,
            "content_type": "message/rfc822",
            "sha256": hashlib.sha256(body).hexdigest(),
            "size_bytes": len(body),
            "body_base64": b64encode(body).decode(),
            "complaint_ids": (uuid4(),),
        }
        | changes
    )


class Away(Objects):
    """An object store that takes nothing."""

    async def put(self, key: str, data: bytes) -> None:
        """Refuse."""
        raise NotDurable("away")


async def test_bytes_and_envelope_are_kept_and_one_narrow_row_says_where(engine: AsyncEngine) -> None:
    objects, delivery = Objects(), raw()

    await run_batch(Archive(objects), engine, [incoming(delivery)])

    [row] = await rows(engine, "SELECT object_key, sha256, complaint_ids FROM archived_deliveries")
    assert row == (
        f"deliveries/2026/11/02/{delivery.delivery_id}/raw",
        delivery.sha256,
        [str(delivery.complaint_ids[0])],
    )
    assert objects.kept[row.object_key] == b"From: li"
    envelope = Envelope.model_validate_json(objects.kept[row.object_key.replace("/raw", "/envelope.json")])
    assert envelope.delivery_id == delivery.delivery_id


async def test_an_envelope_that_knows_where_an_answer_goes_is_never_overwritten(engine: AsyncEngine) -> None:
    objects, delivery = Objects(), raw()
    note = SuspendedNote(suspended_id=uuid4(), item=0, reply_to="li@customers.example")
    key = envelope_key(NOON, delivery.delivery_id)
    await objects.put(key, Envelope.of(delivery, (note,)).to_json())

    await run_batch(Archive(objects), engine, [incoming(delivery)])

    assert Envelope.model_validate_json(objects.kept[key]).suspended == (note,)
    assert objects.kept[raw_key(NOON, delivery.delivery_id)] == b"From: li"


async def test_what_lies_there_by_reference_is_left_as_it_is(engine: AsyncEngine) -> None:
    objects = Objects()

    await run_batch(Archive(objects), engine, [incoming(raw(body_base64=None, object_key="deliveries/x/raw"))])

    assert objects.kept == {}
    assert await rows(engine, "SELECT object_key FROM archived_deliveries") == [("deliveries/x/raw",)]


async def test_while_the_store_is_away_nothing_is_noted(engine: AsyncEngine) -> None:
    with pytest.raises(NotDurable):
        await run_batch(Archive(Away()), engine, [incoming(raw())])

    assert await rows(engine, "SELECT 1 FROM archived_deliveries") == []


async def test_bytes_that_are_not_what_their_hash_says_are_a_dead_letter(engine: AsyncEngine) -> None:
    with pytest.raises(PoisonRecord):
        await run_batch(Archive(Objects()), engine, [incoming(raw(sha256="0" * 64))])
