"""The states of a message, as statements on `outbox_attempts`. Every one is safe with several senders at once.

ready → claimed → sending → sent | refused | unknown; claimed or sending → retry → claimed; retry → given-up.
An expired lease of `claimed` is tried again (nothing irrevocable had happened), one of `sending` is `unknown`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.identity import named_uuid
from schemas.records import OutboxResult, Outcome
from schemas.reply import NOT_KNOWN as NOT_KNOWN
from schemas.reply import SHOWN_ON_PAGE

_ADOPT = text(
    "INSERT INTO outbox_attempts (outbox_id, state, attempt, address_index, next_at, changed_at) "
    "SELECT o.outbox_id, 'ready', 0, 0, :now, :now FROM outbox o "
    "WHERE o.noted_at >= now() - CAST(:back AS interval) "
    "AND NOT EXISTS (SELECT 1 FROM outbox_attempts a WHERE a.outbox_id = o.outbox_id) ON CONFLICT DO NOTHING"
)
_CLAIM = text(
    "WITH due AS (SELECT outbox_id FROM outbox_attempts WHERE state IN ('ready', 'retry') AND next_at <= :now "
    "ORDER BY next_at LIMIT :most FOR UPDATE SKIP LOCKED) "
    "UPDATE outbox_attempts a SET state = 'claimed', owner = :owner, lease_until = :until, attempt = a.attempt + 1, "
    "changed_at = :now FROM due JOIN outbox o USING (outbox_id) WHERE a.outbox_id = due.outbox_id "
    "RETURNING a.attempt, a.address_index, o.*"
)
_SENDING = text(
    "UPDATE outbox_attempts SET state = 'sending', lease_until = :until, changed_at = :now "
    "WHERE outbox_id = :id AND owner = :owner AND attempt = :attempt AND state = 'claimed' AND lease_until >= :now"
)
# The holder of the lease knows what happened, also when others have called it unknown meanwhile.
_SETTLE = text(
    "UPDATE outbox_attempts SET state = :state, outcome = :outcome, reason = :reason, vendor_id = :vendor_id, "
    "error_class = :error_class, address_index = :address_index, next_at = :next_at, changed_at = :now, "
    "settled_at = CASE WHEN CAST(:outcome AS text) IS NULL THEN NULL ELSE CAST(:now AS timestamptz) END, "
    "owner = NULL, lease_until = NULL "
    "WHERE outbox_id = :id AND attempt = :attempt AND published_at IS NULL "
    "AND (owner = :owner OR state = 'unknown') AND state IN ('claimed', 'sending', 'unknown')"
)
_EXPIRE = (
    text(
        "UPDATE outbox_attempts SET state = 'retry', next_at = :now, changed_at = :now, owner = NULL, "
        "lease_until = NULL, error_class = 'LeaseExpired' WHERE state = 'claimed' AND lease_until < :now"
    ),
    text(
        "UPDATE outbox_attempts a SET state = 'unknown', next_at = least(o.person_at, :handed_over_at), "
        "changed_at = :now, owner = NULL, "
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
_UNPUBLISHED = text(
    "SELECT o.complaint_id, o.case_id, o.tracking_number, o.channel, o.received_at, a.outbox_id, a.outcome, a.reason, "
    "a.vendor_id, a.settled_at FROM outbox_attempts a JOIN outbox o USING (outbox_id) "
    "WHERE a.outcome IS NOT NULL AND a.published_at IS NULL ORDER BY a.settled_at LIMIT :most"
)
_PUBLISHED = text(
    "UPDATE outbox_attempts a SET published_at = now() FROM unnest(CAST(:ids AS uuid[]), CAST(:outcomes AS text[])) "
    "AS done(outbox_id, outcome) WHERE a.outbox_id = done.outbox_id AND a.outcome = done.outcome"
)
_WAITING = text(
    "SELECT o.reply_channel, count(*) FROM outbox_attempts a JOIN outbox o USING (outbox_id) "
    "WHERE a.state IN ('ready', 'retry', 'claimed', 'sending') GROUP BY o.reply_channel"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that one owner may try to send until its lease ends; `row` is its outbox row."""

    owner: str
    attempt: int
    address_index: int
    row: Any

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


async def adopt(connection: AsyncConnection, now: datetime, back: timedelta) -> int:
    """Make messages written within `back` (by the database's clock) ready to be claimed; return how many were new."""
    return (await connection.execute(_ADOPT, {"now": now, "back": back})).rowcount


async def claim(connection: AsyncConnection, owner: str, now: datetime, lease: timedelta, most: int) -> list[Claim]:
    """Claim up to `most` due messages for `owner`; nobody else gets them before the lease ends."""
    found = await connection.execute(_CLAIM, {"owner": owner, "now": now, "until": now + lease, "most": most})
    return [Claim(owner, row.attempt, row.address_index, row) for row in found]


async def mark_sending(connection: AsyncConnection, held: Claim, now: datetime, lease: timedelta) -> bool:
    """Note that the next byte cannot be taken back. False: the lease was lost or has ended, nothing may be sent."""
    arguments = {"id": held.outbox_id, "owner": held.owner, "attempt": held.attempt, "now": now, "until": now + lease}
    return (await connection.execute(_SENDING, arguments)).rowcount == 1


async def settle(connection: AsyncConnection, held: Claim, ending: Ending, now: datetime) -> bool:
    """Write down how the try ended. False: it was taken over or published meanwhile."""
    arguments = {
        "id": held.outbox_id,
        "owner": held.owner,
        "attempt": held.attempt,
        "now": now,
        "state": ending.state,
        "next_at": ending.next_at,
        "address_index": ending.address_index,
        "outcome": ending.outcome,
        "reason": ending.reason,
        "vendor_id": ending.vendor_id,
        "error_class": ending.error_class,
    }
    return (await connection.execute(_SETTLE, arguments)).rowcount == 1


async def expire(connection: AsyncConnection, now: datetime, unknown_wait: timedelta) -> None:
    """End leases that ran out: `claimed` is tried again, `sending` becomes `unknown` and is never sent again."""
    retry, unknown = _EXPIRE
    await connection.execute(retry, {"now": now})
    await connection.execute(unknown, {"now": now, "handed_over_at": now + unknown_wait})


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


async def unpublished(connection: AsyncConnection, most: int) -> list[OutboxResult]:
    """Results that Kafka has not acknowledged, the oldest first; the same again until `published` is told."""
    return [_result(row) for row in await connection.execute(_UNPUBLISHED, {"most": most})]


async def published(connection: AsyncConnection, results: list[OutboxResult]) -> None:
    """Note that Kafka has acknowledged these results."""
    arguments = {"ids": [one.outbox_id for one in results], "outcomes": [str(one.outcome) for one in results]}
    await connection.execute(_PUBLISHED, arguments)


async def waiting(connection: AsyncConnection) -> dict[str, int]:
    """How many messages are not out yet, by channel."""
    return {row[0]: row[1] for row in await connection.execute(_WAITING)}


def _result(row: Any) -> OutboxResult:
    return OutboxResult(
        result_id=named_uuid("result", str(row.outbox_id), row.outcome),
        complaint_id=row.complaint_id,
        case_id=row.case_id,
        tracking_number=row.tracking_number,
        channel=row.channel,
        outcome=row.outcome,
        reason=row.reason,
        outbox_id=row.outbox_id,
        vendor_id=row.vendor_id,
        received_at=row.received_at,
        at=row.settled_at,
    )
