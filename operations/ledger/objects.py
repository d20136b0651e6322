"""Which objects lie in the store: deliveries by listing their days, attachments one by one."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.objects import RemoteStore
from operations.ledger.checks import ATTACHED
from operations.ledger.places import ATTACHMENT
from schemas.envelope import attachment_key

_AT_ONCE = 256
_DAYS = text(
    "SELECT DISTINCT substring(a.object_key from '^(?\\:sealed/)?deliveries/[0-9]{4}/[0-9]{2}/[0-9]{2}') "
    "FROM ledger_records r "
    "JOIN archived_deliveries a ON a.delivery_id = r.subject WHERE r.topic = ANY(CAST(:raw AS smallint[]))"
)
_LISTED = "COPY listed_objects (key) FROM STDIN"
_MISSING = text(
    "INSERT INTO found_missing SELECT :place, s, 1, 'attachment ' || a FROM unnest(CAST(:subjects AS uuid[]), "
    "CAST(:attachments AS text[])) AS g(s, a)"
)


async def note_listed(connection: AsyncConnection, store: RemoteStore, raw: Sequence[int]) -> None:
    """Fill `listed_objects` with the keys of every day that deliveries of the ledger lie under."""
    days = [day for (day,) in await connection.execute(_DAYS, {"raw": raw}) if day]
    driver: Any = (await connection.get_raw_connection()).driver_connection
    async with driver.cursor() as cursor, cursor.copy(_LISTED) as copy:
        for day in days:
            async for keys in store.keys_under(day):
                await copy.write("".join(f"{key}\n" for key in keys if key.isprintable() and "\\" not in key))


async def note_missing_attachments(connection: AsyncConnection, store: RemoteStore, named: dict[str, object]) -> None:
    """Ask for every attachment that complaints name; what is not there is missing."""
    wanted = {key: named[key] for key in text(ATTACHED).compile().params}
    owed = [(row.subject, row.attachment) for row in await connection.execute(text(ATTACHED), wanted)]
    missing: list[tuple[UUID, UUID]] = []
    for start in range(0, len(owed), _AT_ONCE):
        some = owed[start : start + _AT_ONCE]
        there = await asyncio.gather(*(_is_there(store, *one) for one in some))
        missing += [one for one, found in zip(some, there, strict=True) if not found]
    if missing:
        subjects, attachments = ([one[i] for one in missing] for i in (0, 1))
        arguments = {"place": ATTACHMENT.name, "subjects": subjects, "attachments": [str(one) for one in attachments]}
        await connection.execute(_MISSING, arguments)


async def _is_there(store: RemoteStore, complaint_id: UUID, attachment_id: UUID) -> bool:
    """Whether an attachment lies where such files lie, or where those lie that are withheld."""
    return await store.exists(attachment_key(complaint_id, attachment_id)) or await store.exists(
        attachment_key(complaint_id, attachment_id, withheld=True)
    )
