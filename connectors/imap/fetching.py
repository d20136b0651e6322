"""Fetching mails in groups: sizes before bytes, one refused answer never costs the others."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from connectors.imap.delivery import Fetched
from connectors.imap.line import Line
from connectors.imap.session import CommandRefused, Listed
from infra.logs import log
from schemas.settings import MailboxSettings

_LOG = log(__name__)
_LISTED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Group:
    """Mails to be fetched together. `uids` also names those before and between them that need nothing."""

    mails: tuple[Listed, ...]
    uids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches over one connection."""

    line: Line
    mailbox: MailboxSettings

    async def groups(self, uids: Sequence[int], wanted: Callable[[Listed], bool]) -> AsyncIterator[Group]:
        """Cut a list of UIDs into groups within the limits of one FETCH, in their order."""
        mails: list[Listed] = []
        passed: list[int] = []
        for start in range(0, len(uids), _LISTED_AT_ONCE):
            chunk = uids[start : start + _LISTED_AT_ONCE]
            listed = await self.line.run(self.line.session.listed, chunk)
            for uid in chunk:
                # Not listed: gone in the meantime, or an answer nobody can read. Its turn comes alone.
                mail = listed.get(uid) or Listed(uid, 0, None, frozenset())
                if wanted(mail):
                    if mails and self._is_full(mails, mail):
                        yield Group(tuple(mails), tuple(passed))
                        mails, passed = [], []
                    mails.append(mail)
                passed.append(uid)
        if passed:
            yield Group(tuple(mails), tuple(passed))

    def _is_full(self, mails: Sequence[Listed], another: Listed) -> bool:
        size = sum(min(mail.size_bytes, self.mailbox.max_mail_bytes) for mail in (*mails, another))
        return len(mails) >= self.mailbox.fetch_batch or size > self.mailbox.fetch_bytes

    async def fetch(self, group: Group) -> list[Fetched]:
        """The mails of a group that the server hands over. Raises `ChannelUnavailable` when the connection is lost."""
        small = [mail for mail in group.mails if mail.size_bytes <= self.mailbox.max_mail_bytes]
        large = [mail for mail in group.mails if mail.size_bytes > self.mailbox.max_mail_bytes]
        found: list[Fetched] = []
        try:
            bodies = await self.line.run(self.line.session.bodies, [mail.uid for mail in small]) if small else {}
            found = [Fetched(mail, bodies[mail.uid]) for mail in small if mail.uid in bodies]
            found += [one for mail in large if (one := await self._beginning(mail)) is not None]
        except CommandRefused:
            _LOG.warning("fetch of a group refused", count=len(group.mails))
        return found

    async def one(self, uid: int) -> Fetched | None:
        """One mail alone, None when the server does not hand it over; its size and date may be missing then too."""
        try:
            mail = (await self.line.run(self.line.session.listed, [uid])).get(uid)
            if mail is None:
                return None
            found = await self.fetch(Group((mail,), (uid,)))
        except CommandRefused:
            return None
        return found[0] if found else None

    async def exists(self, uid: int) -> bool:
        """Whether the mail is still in the folder; if the server cannot say so, it is."""
        try:
            return bool(await self.line.run(self.line.session.existing, [uid]))
        except CommandRefused:
            return True

    async def _beginning(self, mail: Listed) -> Fetched | None:
        body = await self.line.run(self.line.session.beginning, mail.uid, self.mailbox.partial_bytes)
        return Fetched(mail, body, partial=True) if body is not None else None
