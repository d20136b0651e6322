"""The states of a message, as statements on `outbox_attempts`. Every one is safe with several senders at once.

ready → claimed → sending → sent | refused | unknown; claimed or sending → retry → claimed; retry → given-up;
claimed → covered where another message about the case goes out on the way this one would fall back to.
An expired lease of `claimed` is tried again (nothing irrevocable had happened), one of `sending` is `unknown`.
Messages of one case leave in the order in which they were written: one waits while an older one is due or on its way.
An older one that waits for its next try holds nothing back: the newest word is worth more than the order.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.outcomes import Outcome, WayTried
from schemas.reply import NOT_KNOWN as NOT_KNOWN
from schemas.reply import SHOWN_ON_PAGE
from schemas.settings import SenderSettings
from workers.sender.ways import PlannedWay, passed_before, planned

_ADOPT = text(
    "INSERT INTO outbox_attempts (outbox_id, state, attempt, address_index, next_at, changed_at) "
    "SELECT o.outbox_id, 'ready', 0, 0, :now, :now FROM outbox o "
    "WHERE o.noted_at >= now() - CAST(:back AS interval) "
    "AND NOT EXISTS (SELECT 1 FROM outbox_attempts a WHERE a.outbox_id = o.outbox_id) ON CONFLICT DO NOTHING"
)
# OFFSET 0 keeps PostgreSQL from joining all that waits with all that waits: one look into the index a candidate.
_CLAIM = text(
    "WITH due AS (SELECT a.outbox_id FROM outbox_attempts a JOIN outbox o USING (outbox_id) "
    "WHERE a.state IN ('ready', 'retry') AND a.next_at <= :now AND NOT EXISTS ("
    "SELECT 1 FROM outbox older JOIN outbox_attempts its ON its.outbox_id = older.outbox_id "
    "WHERE older.case_id = o.case_id AND (older.created_at, coalesce(older.sequence, -1), older.outbox_id) "
    "< (o.created_at, coalesce(o.sequence, -1), o.outbox_id) AND (its.state IN ('claimed', 'sending') "
    "OR (its.state IN ('ready', 'retry') AND its.next_at <= :now)) OFFSET 0) "
    "ORDER BY a.next_at LIMIT :most FOR UPDATE OF a SKIP LOCKED) "
    "UPDATE outbox_attempts a SET state = 'claimed', owner = :owner, lease_until = :until, attempt = a.attempt + 1, "
    "changed_at = :now FROM due JOIN outbox o USING (outbox_id) WHERE a.outbox_id = due.outbox_id "
    "RETURNING a.attempt, a.address_index, a.passed, o.*"
)
_SENDING = text(
    "UPDATE outbox_attempts SET state = 'sending', lease_until = :until, tried_at = :now, changed_at = :now "
    "WHERE outbox_id = :id AND owner = :owner AND attempt = :attempt AND state = 'claimed' AND lease_until >= :now"
)
# The holder of the lease knows what happened, also when others have called it unknown meanwhile.
_ENDS = (
    "UPDATE outbox_attempts SET state = :state, outcome = :outcome, reason = :reason, vendor_id = :vendor_id, "
    "error_class = :error_class, address_index = :address_index, next_at = :next_at, changed_at = :now, "
    "channel = :channel, passed = CAST(:passed AS jsonb), look_at = :look_at, looked_up = 0, "
    "settled_at = CASE WHEN CAST(:outcome AS text) IS NULL THEN NULL ELSE CAST(:now AS timestamptz) END, "
    "owner = NULL, lease_until = NULL WHERE outbox_id = :id AND attempt = :attempt AND published_at IS NULL "
)
_SETTLE = text(_ENDS + "AND (owner = :owner OR state = 'unknown') AND state IN ('claimed', 'sending', 'unknown')")
_RESOLVE = text(_ENDS + "AND state = 'unknown' AND (outcome IS NULL OR CAST(:state AS text) = 'sent')")
_EXPIRE = (
    text(
        "UPDATE outbox_attempts SET state = 'retry', next_at = :now, changed_at = :now, owner = NULL, "
        "lease_until = NULL, error_class = 'LeaseExpired' WHERE state = 'claimed' AND lease_until < :now"
    ),
    text(
        "UPDATE outbox_attempts a SET state = 'unknown', changed_at = :now, owner = NULL, look_at = :now, "
        "next_at = least(o.person_at, "
        "greatest(:now, a.tried_at + CAST(:lease AS interval)) + CASE WHEN coalesce(a.channel, o.reply_channel) "
        "= ANY(CAST(:asked AS text[])) THEN CAST(:wait_asked AS interval) ELSE CAST(:wait AS interval) END), "
        "lease_until = NULL, error_class = 'LeaseExpired' FROM outbox o "
        "WHERE o.outbox_id = a.outbox_id AND a.state = 'sending' AND a.lease_until < :now"
    ),
)
_OWNERS = text("SELECT DISTINCT owner FROM outbox_attempts WHERE state IN ('claimed', 'sending')")
_END_LEASES = text(
    "UPDATE outbox_attempts SET lease_until = '-infinity' "
    "WHERE state IN ('claimed', 'sending') AND owner = ANY(CAST(:owners AS text[]))"
)
_HAND_OVER = text(
    "UPDATE outbox_attempts a SET outcome = CASE WHEN o.page_shown THEN :sent ELSE :by_person END, "
    "reason = CASE WHEN o.page_shown THEN :shown ELSE :why END, settled_at = :now, changed_at = :now "
    "FROM outbox o WHERE o.outbox_id = a.outbox_id AND a.state = 'unknown' AND a.outcome IS NULL "
    "AND a.next_at <= :now"
)
_WAITING = text(
    "SELECT coalesce(a.channel, o.reply_channel), count(*) FROM outbox_attempts a JOIN outbox o USING (outbox_id) "
    "WHERE a.state IN ('ready', 'retry', 'claimed', 'sending') GROUP BY 1"
)

LEASE_EXPIRED = "LeaseExpired"
"""The `error_class` of a message whose holder was not heard of in time."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Why a message must not go on its way: the way is closed, or the case is answered on it by another message."""

    closed: str | None = None
    covered: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that one owner may try to send until its lease ends; `row` is its outbox row."""

    owner: str
    attempt: int
    address_index: int
    row: Any
    passed: tuple[WayTried, ...] = ()
    barred: Bar | None = None

    @property
    def ways(self) -> tuple[PlannedWay, ...]:
        """Every way of the message, in order."""
        return planned(self.row)

    @property
    def way(self) -> PlannedWay:
        """The way it is to go now."""
        return self.ways[self.address_index]

    @property
    def outbox_id(self) -> UUID:
        """The message's id, which is the claim's too."""
        return UUID(str(self.row.outbox_id))


@dataclass(frozen=True, slots=True)
class Ending:
    """How one try ended: the new state, the outcome if that settles the message, when to look again."""

    state: str
    next_at: datetime
    address_index: int
    outcome: Outcome | None = None
    reason: str | None = None
    vendor_id: str | None = None
    error_class: str | None = None
    passed: tuple[WayTried, ...] = ()
    look_at: datetime | None = None


async def adopt(connection: AsyncConnection, now: datetime, back: timedelta) -> int:
    """Make messages written within `back` (by the database's clock) ready to be claimed; return how many were new."""
    return (await connection.execute(_ADOPT, {"now": now, "back": back})).rowcount


async def claim(connection: AsyncConnection, owner: str, now: datetime, lease: timedelta, most: int) -> list[Claim]:
    """Claim up to `most` due messages for `owner`, of a case only the oldest; nobody else gets them in the lease."""
    found = await connection.execute(_CLAIM, {"owner": owner, "now": now, "until": now + lease, "most": most})
    return [Claim(owner, row.attempt, row.address_index, row, passed_before(row)) for row in found]


async def mark_sending(connection: AsyncConnection, held: Claim, now: datetime, lease: timedelta) -> bool:
    """Note that the next byte cannot be taken back. False: the lease was lost or has ended, nothing may be sent."""
    arguments = {"id": held.outbox_id, "owner": held.owner, "attempt": held.attempt, "now": now, "until": now + lease}
    return (await connection.execute(_SENDING, arguments)).rowcount == 1


async def settle(connection: AsyncConnection, held: Claim, ending: Ending, now: datetime) -> bool:
    """Write down how the try ended. False: it was taken over or published meanwhile."""
    return (await connection.execute(_SETTLE, _arguments(held, ending, now))).rowcount == 1


async def resolve(connection: AsyncConnection, held: Claim, ending: Ending, now: datetime) -> bool:
    """Write down what became of a message that was unknown. False: somebody knew before, or a person has it."""
    return (await connection.execute(_RESOLVE, _arguments(held, ending, now))).rowcount == 1


def _arguments(held: Claim, ending: Ending, now: datetime) -> dict[str, Any]:
    return {
        "id": held.outbox_id,
        "owner": held.owner,
        "attempt": held.attempt,
        "now": now,
        "state": ending.state,
        "next_at": ending.next_at,
        "address_index": ending.address_index,
        "channel": held.ways[ending.address_index].channel if ending.address_index else None,
        "passed": json.dumps([one.model_dump(exclude_none=True) for one in ending.passed]),
        "look_at": ending.look_at,
        "outcome": ending.outcome,
        "reason": ending.reason,
        "vendor_id": ending.vendor_id,
        "error_class": ending.error_class,
    }


async def expire(
    connection: AsyncConnection, now: datetime, settings: SenderSettings, asked: Iterable[str] = ()
) -> None:
    """End leases that ran out: `claimed` is tried again, `sending` becomes `unknown`.

    A person gets an unknown one no sooner than `unknown_wait` after the longest call must have ended; later on the
    channels `asked`, whose vendors know what became of a message.
    """
    retry, unknown = _EXPIRE
    await connection.execute(retry, {"now": now})
    waits = {"wait": settings.unknown_wait, "wait_asked": settings.unknown_wait_asked, "asked": sorted(asked)}
    await connection.execute(unknown, {"now": now, "lease": settings.lease, **waits})


async def owners(connection: AsyncConnection) -> list[str]:
    """Everybody who holds a lease."""
    return [row[0] for row in await connection.execute(_OWNERS)]


async def end_leases(connection: AsyncConnection, of: list[str]) -> None:
    """End the leases of owners known to be dead. A mistake does no harm: who lives finds its lease lost."""
    if of:
        await connection.execute(_END_LEASES, {"owners": of})


async def hand_over(connection: AsyncConnection, now: datetime) -> int:
    """Give unclear messages whose time has come to a person; return how many. Where a page showed it, that counts."""
    arguments = {
        "now": now,
        "sent": Outcome.SENT,
        "by_person": Outcome.BY_PERSON,
        "shown": SHOWN_ON_PAGE,
        "why": NOT_KNOWN,
    }
    return (await connection.execute(_HAND_OVER, arguments)).rowcount


async def waiting(connection: AsyncConnection) -> dict[str, int]:
    """How many messages are not out yet, by channel."""
    return {row[0]: row[1] for row in await connection.execute(_WAITING)}
