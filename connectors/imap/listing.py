"""What a mailbox offers, asked beside the poller: nothing is taken, marked or seen, its memory is not used.

Sources: RFC 3501 section 6.3.2 (EXAMINE) and 6.4.5 (BODY.PEEK); what is asked of a server and how is in `session`.
"""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from connectors.imap.correspondents import message_id
from connectors.imap.line import Line
from connectors.imap.mime import Reading, split_headers
from connectors.imap.session import CommandRefused, Listed, Session
from schemas.errors import ChannelUnavailable
from schemas.inbound import place_at_source
from schemas.settings import MailboxSettings, MailSettings

Known = Callable[[Iterable[str]], Awaitable[set[str]]]
"""Which of these places (`uidvalidity/uid`) are stored."""

_AT_ONCE = 500
MOST_READ = 200
"""Mails of one folder that are read whole, to compare their bytes, when neither place nor Message-ID told."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail that the folder holds and that is not known by its place. `marked`: the poller says it is durable."""

    place: str
    received_at: datetime | None
    marked: bool
    message_id: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """What one folder offers since the cut-over: how many mails, and those not known by their place."""

    offered: int
    unknown: tuple[Mail, ...]


async def list_mailbox(mailbox: MailboxSettings, known: Known) -> list[tuple[MailboxSettings, Listing]]:
    """List the folder that is read, and the one where durable mails are moved to; each with its settings.

    Raises `ChannelUnavailable` when it cannot be listed within the mailbox's time limits.
    """
    async with _opened(mailbox) as line:
        found = [(mailbox, await _Lister(line, mailbox, known, done=False).listing())]
        aside = mailbox.processed_folder
        if aside is None or not await line.run(line.session.has_folder, aside):
            return found
    folder = mailbox.model_copy(update={"folder": aside})
    async with _opened(folder) as line:
        return [*found, (folder, await _Lister(line, folder, known, done=True).listing())]


@asynccontextmanager
async def _opened(mailbox: MailboxSettings) -> AsyncIterator[Line]:
    line = Line(Session(mailbox, readonly=True), mailbox.timeout.total_seconds())
    in_order = False
    try:
        await line.run(line.session.open)
        yield line
        in_order = True
    except CommandRefused as error:
        raise ChannelUnavailable(str(error)) from error
    finally:
        await line.close(polite=in_order)


@dataclass(frozen=True, slots=True)
class _Lister:
    """Goes over one folder. `done`: mails lie in it because they were durable."""

    line: Line
    mailbox: MailboxSettings
    known: Known
    done: bool

    async def listing(self) -> Listing:
        uids = await self.line.run(self.line.session.uids_above, 0)
        offered, unknown = 0, list[Mail]()
        for start in range(0, len(uids), _AT_ONCE):
            places = {uid: place(self.line.session.uidvalidity, uid) for uid in uids[start : start + _AT_ONCE]}
            stored = await self.known(places.values())
            rest = await self._since([uid for uid, where in places.items() if where not in stored])
            offered += len(stored) + len(rest)
            unknown += await self._described(rest)
        return Listing(offered, tuple(unknown))

    async def _since(self, uids: Sequence[int]) -> list[Listed]:
        """Those that were received since the cut-over, as the poller counts it."""
        if not uids:
            return []
        since = self.mailbox.since
        found = (await self.line.run(self.line.session.listed, uids)).values()
        return [one for one in found if since is None or one.received_at is None or one.received_at >= since]

    async def _described(self, listed: Sequence[Listed]) -> list[Mail]:
        if not listed:
            return []
        headers = await self.line.run(self.line.session.message_ids, [one.uid for one in listed])
        return [
            Mail(
                place(self.line.session.uidvalidity, one.uid),
                one.received_at,
                self.done or self.line.session.is_marked(one),
                _message_id(headers.get(one.uid, b"")),
            )
            for one in listed
        ]

    def _place(self, mail: Listed) -> str:
        return place(self.line.session.uidvalidity, mail.uid)


async def digests(mailbox: MailboxSettings, places: Collection[str]) -> dict[str, str]:
    """Read mails whole and return place → SHA-256 of the bytes that a poller would have stored.

    At most `MOST_READ`; the others are left out. Raises `ChannelUnavailable`.
    """
    found: dict[str, str] = {}
    async with _opened(mailbox) as line:
        for uid in [int(one.partition("/")[2]) for one in sorted(places)][:MOST_READ]:
            body = await _bytes(line, mailbox, uid)
            if body is not None:
                found[place(line.session.uidvalidity, uid)] = hashlib.sha256(body).hexdigest()
    return found


async def _bytes(line: Line, mailbox: MailboxSettings, uid: int) -> bytes | None:
    listed = (await line.run(line.session.listed, [uid])).get(uid)
    if listed is None:
        return None
    if listed.size_bytes > mailbox.max_mail_bytes:
        return await line.run(line.session.beginning, uid, mailbox.partial_bytes)
    return (await line.run(line.session.bodies, [uid])).get(uid)


def place(uidvalidity: int, uid: int) -> str:
    """The place of a mail as the ledger knows it."""
    return place_at_source({"uid": str(uid), "uidvalidity": str(uidvalidity)}) or ""


def _message_id(block: bytes) -> str | None:
    headers, _ = split_headers(block, Reading(MailSettings()))
    return message_id(headers) or None
