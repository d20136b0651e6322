"""How many mails lie in mailboxes that no process reads: counted beside the looks, which wait for no mail server."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.imap.listing import list_mailbox
from operations.ledger.mailboxes import stored_places
from schemas.errors import ChannelUnavailable
from schemas.settings import MailboxSettings

_AGAIN_S = 30.0
_AFTER_A_FAILURE_S = 600.0
"""A provider locks accounts that are signed in to with a wrong password too often."""
_AT_MOST_S = 60.0


class Doors:
    """Counts while somebody asks. One for each process that looks."""

    def __init__(self, mailboxes: Mapping[str, MailboxSettings], engine: AsyncEngine) -> None:
        self._mailboxes = mailboxes
        self._engine = engine
        self._found: dict[str, int] = {}
        self._next_at: dict[str, float] = {}
        self._counting: dict[str, asyncio.Task[None]] = {}

    def waiting(self, accounts: Sequence[str]) -> Mapping[str, int]:
        """Mails not yet taken in these mailboxes, as counted last; one that was never counted is left out.

        Begins to count anew where it is time to. What is not asked about any more is forgotten.
        """
        self._found = {account: count for account, count in self._found.items() if account in accounts}
        self._next_at = {account: at for account, at in self._next_at.items() if account in accounts}
        for account in accounts:
            counting = self._counting.get(account)
            if (counting is None or counting.done()) and time.monotonic() >= self._next_at.get(account, 0.0):
                self._counting[account] = asyncio.create_task(self._count(account), name=f"doors {account}")
        return dict(self._found)

    async def close(self) -> None:
        """Count no more."""
        tasks = list(self._counting.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _count(self, account: str) -> None:
        async def known(places: Iterable[str]) -> set[str]:
            return await stored_places(self._engine, account, list(places))

        pause_s = _AFTER_A_FAILURE_S
        try:
            async with asyncio.timeout(_AT_MOST_S):
                folders = await list_mailbox(self._mailboxes[account], known)
            self._found[account] = sum(not mail.marked for _, listing in folders for mail in listing.unknown)
            pause_s = _AGAIN_S
        except (ChannelUnavailable, SQLAlchemyError, OSError, TimeoutError):
            self._found.pop(account, None)
        finally:
            self._next_at[account] = time.monotonic() + pause_s
