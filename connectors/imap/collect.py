"""One pass over a mailbox folder: find what is new, fetch it, make it durable, mark it.

Order of things: bytes fetched → `receive` returned (durable) → mail marked → cursor written. A crash anywhere between
delivers a mail again, which the fixed identity of a complaint absorbs; it never loses one.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.imap.cursor import Cursor, CursorFile
from connectors.imap.delivery import Delivery, Fetched, Outcome
from connectors.imap.fetching import Fetcher, Group
from connectors.imap.line import Line
from connectors.imap.session import CommandRefused, Listed
from infra.failpoints import reached
from infra.logs import log
from infra.metrics import MAILS
from schemas.errors import Reason
from schemas.settings import MailboxSettings

_LOG = log(__name__)


@dataclass
class Pass:
    """What one pass came to. `postponed`: nothing can be made durable now, try again later."""

    durable: int = 0
    postponed: bool = False


@dataclass
class Collector:
    """Takes the new mail out of one folder. Holds no connection: it is given one for each pass."""

    account: str
    mailbox: MailboxSettings
    delivery: Delivery
    file: CursorFile
    cursor: Cursor | None = None
    waiting: int = 0
    _tried: set[int] = field(default_factory=set)

    async def begin(self, line: Line) -> None:
        """Take up where the last connection or process stopped; a new UIDVALIDITY starts the folder anew."""
        known = self.cursor if self.cursor is not None else await asyncio.to_thread(self.file.load)
        self.cursor = known.of(line.session.uidvalidity)
        if self.cursor is not known and known.uidvalidity:
            _LOG.warning("folder numbered anew", account=self.account, uidvalidity=self.cursor.uidvalidity)

    async def collect(self, line: Line, stop: asyncio.Event, retry: bool) -> Pass:
        """Go over the folder once; with `retry` also over mails that failed before.

        Raises `ChannelUnavailable` when the connection is lost on the way.
        """
        cursor, fetcher, result = self._cursor, Fetcher(line, self.mailbox), Pass()
        await self._mark(line)
        # A process or connection that ended with mails in hand may have ended because of one of them.
        self._tried = set()
        for uid in (*cursor.in_hand, *(sorted(cursor.attempts) if retry else ())):
            if uid not in self._tried and not result.postponed and not stop.is_set():
                self._tried.add(uid)
                await self._alone(fetcher, uid, result)
        if not result.postponed:
            await self._in_groups(fetcher, stop, result)
        cursor.in_hand = []
        await self._save()
        return result

    @property
    def _cursor(self) -> Cursor:
        if self.cursor is None:
            raise RuntimeError("begin() comes before collect()")
        return self.cursor

    async def _in_groups(self, fetcher: Fetcher, stop: asyncio.Event, result: Pass) -> None:
        """The next group is fetched while the one before it is made durable."""
        uids = await fetcher.line.run(fetcher.line.session.uids_above, self._cursor.last_uid)
        self.waiting = len(uids)
        before, fetched = Group((), ()), list[Fetched]()
        async for group in fetcher.groups(uids, lambda mail: self._is_new(fetcher.line, mail)):
            self._cursor.in_hand = [mail.uid for mail in (*before.mails, *group.mails)]
            await self._save()
            fetching = asyncio.create_task(fetcher.fetch(group))
            try:
                await self._deliver(fetcher.line, before, fetched, result)
            finally:
                fetched = await fetching
            before = group
            if result.postponed or stop.is_set():
                break
        if not result.postponed:
            await self._deliver(fetcher.line, before, fetched, result)
            self.waiting = 0

    def _is_new(self, line: Line, mail: Listed) -> bool:
        if mail.uid in self._tried or mail.uid in self._cursor.attempts:
            return False
        if line.session.is_marked(mail):
            MAILS.labels(self.account, "marked_before").inc()
            return False
        since = self.mailbox.since
        if since is not None and mail.received_at is not None and mail.received_at < since:
            MAILS.labels(self.account, "before_cut_over").inc()
            return False
        return True

    async def _deliver(self, line: Line, group: Group, fetched: Sequence[Fetched], result: Pass) -> None:
        """Make a group durable, several mails at a time; move the cursor past it; mark what is durable."""
        cursor, room = self._cursor, asyncio.Semaphore(self.mailbox.in_flight)

        async def one(mail: Fetched) -> Outcome:
            async with room:
                return await self.delivery.deliver(mail, cursor.uidvalidity)

        outcomes = await asyncio.gather(*(one(mail) for mail in fetched))
        for mail, outcome in zip(fetched, outcomes, strict=True):
            await self._settle(mail, outcome, 1, result)
        # Not handed over: gone in the meantime, or its turn comes alone.
        for missing in {mail.uid for mail in group.mails} - {mail.listed.uid for mail in fetched}:
            cursor.attempts.setdefault(missing, 0)
        cursor.last_uid = max([cursor.last_uid, *group.uids])
        await self._mark(line)

    async def _alone(self, fetcher: Fetcher, uid: int, result: Pass) -> None:
        """Take one mail that failed before. The try is written down first: it may be the last thing we do."""
        cursor = self._cursor
        tries = cursor.attempts[uid] = cursor.attempts.get(uid, 0) + 1
        cursor.in_hand = [uid, *(other for other in cursor.in_hand if other != uid)]
        await self._save()
        if not await fetcher.exists(uid):
            MAILS.labels(self.account, "vanished").inc()
            cursor.forget(uid)
            return
        fetched = await fetcher.one(uid) if tries <= self.mailbox.max_attempts else None
        if fetched is not None:
            await self._settle(fetched, await self.delivery.deliver(fetched, cursor.uidvalidity), tries, result)
        elif tries >= self.mailbox.max_attempts:
            await self._give_up(Fetched(Listed(uid, 0, None, frozenset()), b""), Reason.FETCH_FAILED, tries, result)
        cursor.in_hand = [other for other in cursor.in_hand if other != uid]

    async def _settle(self, mail: Fetched, outcome: Outcome, tries: int, result: Pass) -> None:
        """Write down what came of one try."""
        uid, cursor = mail.listed.uid, self._cursor
        self.waiting = max(0, self.waiting - 1)
        if outcome is Outcome.DURABLE:
            result.durable += 1
            cursor.forget(uid)
            cursor.unmarked.append(uid)
        elif outcome is Outcome.POSTPONED:  # an outage here is no fault of the mail
            result.postponed = True
            cursor.attempts[uid] = tries - 1
        else:
            cursor.attempts[uid] = tries
            if tries >= self.mailbox.max_attempts:
                await self._give_up(mail, Reason.PARSER_CRASHED, tries, result)

    async def _give_up(self, mail: Fetched, reason: Reason, tries: int, result: Pass) -> None:
        uid, cursor = mail.listed.uid, self._cursor
        if await self.delivery.give_up(mail, cursor.uidvalidity, reason, tries) is Outcome.POSTPONED:
            result.postponed = True
            return
        cursor.forget(uid)
        cursor.unmarked.append(uid)

    async def _mark(self, line: Line) -> None:
        """Mark in the mailbox what is durable; what cannot be marked now is tried again in the next pass."""
        cursor = self._cursor
        if cursor.unmarked:
            reached("mail.before-mark")
        try:
            await line.run(line.session.mark, list(dict.fromkeys(cursor.unmarked)))
        except CommandRefused:
            _LOG.warning("marking refused", account=self.account, count=len(cursor.unmarked))
            return
        if cursor.unmarked:
            reached("mail.after-mark")
        cursor.unmarked = []

    async def _save(self) -> None:
        await asyncio.to_thread(self.file.save, self._cursor)
