"""What the mailboxes offer and whether it is stored: by place, by Message-ID, at last by the bytes themselves."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ARRAY, CollectionAggregate, Text, any_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.imap.listing import MOST_READ, Listing, Mail, digests, list_mailbox
from operations.ledger.model import Offered
from schemas.complaint import Channel
from schemas.errors import ChannelUnavailable
from schemas.settings import MailboxSettings, Settings
from schemas.tables.archive import ARCHIVED
from schemas.tables.clock import PROMISES

MAILBOX = "mailbox"
NAMED = 50
"""Mails of each kind that one line names: a mailbox nobody has read yet may offer a hundred thousand."""
_PATIENCE = timedelta(seconds=20)
"""Longest wait for one answer of a server: somebody waits for the whole report."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a mailbox said. `listings` has the settings each folder was asked with; `failure` why nothing is known."""

    account: str
    asked_at: datetime
    listings: tuple[tuple[MailboxSettings, Listing], ...] = ()
    failure: str | None = None


async def ask(settings: Settings, engine: AsyncEngine, now: datetime) -> list[Asked]:
    """List all mailboxes at once; one that does not answer says so and holds up nobody."""
    return list(await asyncio.gather(*(_ask(name, one, engine, now) for name, one in settings.mailboxes.items())))


async def _ask(account: str, mailbox: MailboxSettings, engine: AsyncEngine, now: datetime) -> Asked:
    patient = mailbox.model_copy(update={"timeout": min(mailbox.timeout, _PATIENCE)})

    async def known(places: Iterable[str]) -> set[str]:
        return await stored_places(engine, account, list(places))

    try:
        listings = await list_mailbox(patient, known)
    except (ChannelUnavailable, OSError) as error:
        return Asked(account, now, failure=str(error) or type(error).__name__)
    return Asked(account, now, tuple(listings))


async def judge(asked: Asked, engine: AsyncEngine, spooled: Collection[str], waits: timedelta) -> Offered:
    """Compare what was listed before the cut with what is stored now; `spooled` are places that lie in a spool.

    Missing is what is not stored and was marked as durable, or has lain in the mailbox longer than `waits`.
    """
    if asked.failure is not None:
        return Offered(MAILBOX, asked.account, None, note=asked.failure)
    offered, missing, waiting, notes = 0, list[str](), list[str](), list[str]()
    for folder, listing in asked.listings:
        offered += listing.offered
        rest = await _not_stored(asked.account, folder, listing.unknown, engine, spooled, notes)
        for one in rest:
            (missing if one.marked or _is_late(one, asked.asked_at, waits) else waiting).append(one.place)
    for what, of in (("not stored", missing), ("waiting", waiting)):
        if len(of) > NAMED:
            notes.append(f"{len(of)} {what}, the first {NAMED} are named")
    stored = offered - len(missing) - len(waiting)
    return Offered(
        MAILBOX, asked.account, offered, stored, tuple(missing[:NAMED]), "; ".join(notes), tuple(waiting[:NAMED])
    )


def _is_late(mail: Mail, now: datetime, waits: timedelta) -> bool:
    return mail.received_at is None or mail.received_at < now - waits


async def _not_stored(
    account: str,
    folder: MailboxSettings,
    mails: Sequence[Mail],
    engine: AsyncEngine,
    spooled: Collection[str],
    notes: list[str],
) -> list[Mail]:
    """Those of the mails that are stored nowhere.

    A mark alone proves nothing, and two mails may share a Message-ID: together they do. Places change when a server
    numbers a folder anew and when mails are moved to the folder of the processed.
    """
    places = await stored_places(engine, account, [one.place for one in mails]) | set(spooled)
    rest = [one for one in mails if one.place not in places]
    ids = await _stored_ids(engine, account, [one.message_id for one in rest if one.marked and one.message_id])
    rest = [one for one in rest if not (one.marked and one.message_id in ids)]
    marked = [one.place for one in rest if one.marked]
    if not marked:
        return rest
    if len(marked) > MOST_READ:
        notes.append(f"{len(marked) - MOST_READ} marked mails were not compared byte by byte")
    try:
        equal = await _equal(engine, await digests(folder, marked))
    except ChannelUnavailable as error:
        notes.append(f"bytes not compared: {error}")
        return rest
    return [one for one in rest if one.place not in equal]


def _one_of(texts: Sequence[str]) -> CollectionAggregate[bool]:
    """Any number of texts as one parameter: a statement takes 65,535 of them at most."""
    return any_(bindparam(None, list(texts), type_=ARRAY(Text)))


async def stored_places(engine: AsyncEngine, account: str, places: Sequence[str]) -> set[str]:
    """Those of the places whose delivery is archived."""
    if not places:
        return set()
    query = select(ARCHIVED.c.source_place).where(
        ARCHIVED.c.account == account,
        ARCHIVED.c.source_place == _one_of(places),
        ARCHIVED.c.channel.in_((Channel.EMAIL, Channel.REGULATOR_12315)),
    )
    async with engine.connect() as connection:
        return set(await connection.scalars(query))


async def _stored_ids(engine: AsyncEngine, account: str, ids: Sequence[str]) -> set[str]:
    if not ids:
        return set()
    query = select(PROMISES.c.message_id).where(PROMISES.c.account == account, PROMISES.c.message_id == _one_of(ids))
    async with engine.connect() as connection:
        return set(await connection.scalars(query))


async def _equal(engine: AsyncEngine, found: Mapping[str, str]) -> set[str]:
    query = select(ARCHIVED.c.sha256).where(ARCHIVED.c.sha256 == _one_of(list(found.values())))
    async with engine.connect() as connection:
        stored = set(await connection.scalars(query))
    return {place for place, digest in found.items() if digest in stored}
