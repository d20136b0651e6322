"""Messages whose outcome is not known: told by delivery reports, or asked of their vendors. Nothing is sent here."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from connectors.contract import Fate, LooksUp, Outgoing
from infra.logs import log
from schemas.errors import ChannelUnavailable
from workers.sender.claims import LEASE_EXPIRED, Claim, Ending, resolve
from workers.sender.delivery import next_way, outgoing, sent
from workers.sender.parts import SenderParts
from workers.sender.ways import Ended, passed_before

_log = log(__name__)

_TAKE = text(
    "WITH due AS (SELECT a.outbox_id FROM outbox_attempts a JOIN outbox o USING (outbox_id) "
    "WHERE a.state = 'unknown' AND a.outcome IS NULL AND a.look_at <= :now "
    "AND coalesce(a.channel, o.reply_channel) = ANY(CAST(:channels AS text[])) "
    "ORDER BY a.look_at LIMIT :most FOR UPDATE OF a SKIP LOCKED) "
    "UPDATE outbox_attempts a SET looked_up = a.looked_up + 1, "
    "look_at = CAST(:now AS timestamptz) + CAST(:pause AS interval) * power(2, least(a.looked_up, 20)) "
    "FROM due JOIN outbox o USING (outbox_id) WHERE a.outbox_id = due.outbox_id "
    "RETURNING a.attempt, a.address_index, a.passed, a.tried_at, a.error_class, o.*"
)
# A report counts for the way that was tried last: it names that recipient, or came after that try. Clocks of the
# sender and the database may be some seconds apart.
_REPORTED = text(
    "SELECT a.attempt, a.address_index, a.passed, latest.is_delivered, latest.vendor_id, o.* "
    "FROM outbox_attempts a JOIN outbox o USING (outbox_id) CROSS JOIN LATERAL ("
    "SELECT r.is_delivered, r.vendor_id FROM delivery_reports r "
    "WHERE r.outbox_id = o.outbox_id AND r.channel = coalesce(a.channel, o.reply_channel) "
    "AND (r.recipient_key = o.addresses -> a.address_index ->> 'recipient_key' "
    "OR r.noted_at >= coalesce(a.tried_at, '-infinity') - interval '5 seconds') "
    "ORDER BY r.at DESC, r.is_delivered LIMIT 1) latest "
    "WHERE a.state = 'unknown' AND a.outcome IS NULL"
)


@dataclass(frozen=True, slots=True)
class Unclear:
    """A message that may have been sent when it was tried; `may_run` while its call may still be on its way."""

    held: Claim
    tried_at: datetime
    may_run: bool


async def reported(connection: AsyncConnection, now: datetime) -> list[tuple[Claim, Ending]]:
    """What delivery reports say became of messages: it arrived, or the way came to a definite end."""
    ended = []
    for row in await connection.execute(_REPORTED):
        held = _held(row)
        ending = (
            sent(held, row.vendor_id, now) if row.is_delivered else next_way(held, Ended.UNDELIVERED, now, "Report")
        )
        ended.append((held, ending))
    return ended


async def take(
    connection: AsyncConnection, channels: Iterable[str], now: datetime, lease: timedelta, pause: timedelta, most: int
) -> list[Unclear]:
    """Up to `most` messages to ask for now; each is due again after `pause`, doubled every time it is asked for."""
    arguments = {"channels": sorted(channels), "now": now, "pause": pause, "most": most}
    return [
        Unclear(
            _held(row),
            row.tried_at or row.created_at,
            row.error_class == LEASE_EXPIRED and row.tried_at is not None and now < row.tried_at + lease,
        )
        for row in await connection.execute(_TAKE, arguments)
    ]


async def ask(reply: LooksUp, one: Unclear, message: Outgoing, limit: timedelta) -> Fate:
    """What the vendor says; not known while it does not answer within `limit`, or while the call may still run."""
    try:
        async with asyncio.timeout(limit.total_seconds()):
            fate = await reply.look_up(message, one.tried_at)
    except (ChannelUnavailable, TimeoutError):
        return Fate.NOT_KNOWN
    except Exception as error:  # noqa: BLE001 - whatever a connector raises: a look-up that failed says nothing
        _log.warning("a look-up failed", outbox_id=str(one.held.outbox_id), exc_info=error)
        return Fate.NOT_KNOWN
    return Fate.NOT_KNOWN if fate is Fate.NEVER_SENT and one.may_run else fate


def fated(one: Unclear, fate: Fate, now: datetime) -> Ending | None:
    """What the vendor's word means: sent, the same way again, or None: still not known."""
    if fate is Fate.SENT:
        return sent(one.held, None, now)
    if fate is Fate.NEVER_SENT:
        return Ending("retry", now, one.held.address_index, error_class="NeverSent", passed=one.held.passed)
    return None


class Clearing:
    """Finds out what became of unclear messages. Several at once do no harm: the first that knows writes it down."""

    def __init__(self, parts: SenderParts) -> None:
        self._parts = parts
        self.asked = {channel: reply for channel, reply in parts.replies.items() if isinstance(reply, LooksUp)}

    async def clear(self) -> int:
        """Look at reports, then ask vendors, some at once; return how many messages are clear now."""
        parts, now = self._parts, self._parts.now()
        settings = parts.settings
        async with parts.engine.begin() as connection:
            clear = 0
            for held, ending in await reported(connection, now):
                clear += await resolve(connection, held, ending, now)
            taken = (
                await take(connection, self.asked, now, settings.lease, settings.unknown_wait / 4, settings.concurrency)
                if self.asked
                else []
            )
        return clear + sum(await asyncio.gather(*map(self._ask, taken)))

    async def _ask(self, one: Unclear) -> bool:
        parts, held = self._parts, one.held
        message = outgoing(held, parts.answering.accounts)
        fate = await ask(self.asked[held.way.channel], one, message, parts.settings.lease)
        _log.info("looked up", outbox_id=str(held.outbox_id), outcome=fate)
        ended = fated(one, fate, parts.now())
        if ended is None:
            return False
        async with parts.engine.begin() as connection:
            return await resolve(connection, held, ended, parts.now())


def _held(row: Any) -> Claim:
    return Claim("", row.attempt, row.address_index, row, passed_before(row))
