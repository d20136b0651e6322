"""One try to send one message: the lease before the first irrevocable byte, and what each ending means."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from connectors.contract import Outgoing, Reply, Sent
from infra.logs import log
from schemas.errors import ChannelUnavailable, OutcomeUnknown, RecipientRefused, ReplyRefused
from schemas.messages import MessageKind
from schemas.outcomes import Outcome, WayTried
from schemas.reply import ACKNOWLEDGEMENT, EXPIRED, SHOWN_ON_PAGE
from schemas.settings import AnsweringSettings, SenderSettings
from workers.sender.claims import Claim, Ending
from workers.sender.ways import Ended, told

_log = log(__name__)

_LEASE_SHARE = 0.9
"""Share of the lease after which a call is given up, so that its ending is written before the lease ends."""


Mark = Callable[[Claim], Awaitable[None]]
"""Notes durably that the next byte cannot be taken back; raises `LeaseLost` or what the database raises."""


class LeaseLost(ChannelUnavailable):
    """Somebody else has the message now: nothing may be sent."""


def outgoing(held: Claim, accounts: Mapping[str, str]) -> Outgoing:
    """The message as its connector gets it; the ids are the same on every try.

    `accounts` (channel → account) send where a way names no account of its own.
    """
    row, way = held.row, held.way
    return Outgoing(
        outbox_id=held.outbox_id,
        channel=way.channel,
        account=way.account or accounts.get(way.channel, ""),
        address=way.address,
        subject=way.subject,
        text=way.text,
        language=row.language,
        created_at=row.created_at,
        in_reply_to=row.in_reply_to if way.channel == row.channel else None,
        references=tuple(row.references) if way.channel == row.channel else (),
        case_token=row.case_token,
        kind=row.kind,
        occasion=row.occasion,
    )


async def try_to_send(
    held: Claim, reply: Reply, message: Outgoing, mark: Mark, settings: SenderSettings
) -> Sent | Exception:
    """Send once and return what happened. `mark` is awaited just before the first irrevocable byte.

    After that, a failure that is not clearly a refusal or an unavailable channel is `OutcomeUnknown`; before it,
    every failure is one that may be tried again.
    """
    begun = False

    async def before_irrevocable() -> None:
        nonlocal begun
        await mark(held)
        begun = True

    try:
        async with asyncio.timeout(settings.lease.total_seconds() * _LEASE_SHARE):
            return await reply.send(message, before_irrevocable)
    except (ReplyRefused, ChannelUnavailable, OutcomeUnknown) as verdict:
        return verdict
    except Exception as error:  # noqa: BLE001 - whatever a connector raises, one question decides: had it begun?
        _log.warning("a try failed", outbox_id=str(held.outbox_id), exc_info=error)
        kind = OutcomeUnknown if begun else ChannelUnavailable
        failure = kind(type(error).__name__)
        failure.__cause__ = error
        return failure


def ending(
    held: Claim, happened: Sent | Exception, now: datetime, settings: SenderSettings, can_ask: bool = False
) -> Ending:
    """What the try means for the message: it is over, the next way, later again, or not known.

    `can_ask` says that the vendor can be asked what became of it.
    """
    if isinstance(happened, Sent):
        return sent(held, happened.vendor_id, now)
    failed_as = type(happened.__cause__ or happened).__name__
    if isinstance(happened, OutcomeUnknown):
        wait = settings.unknown_wait_asked if can_ask else settings.unknown_wait
        until, look_at = min(held.row.person_at, now + wait), now + settings.unknown_wait / 4
        return _still(held, "unknown", until, failed_as, look_at)
    if isinstance(happened, ReplyRefused):
        refused = Ended.RECIPIENT_REFUSED if isinstance(happened, RecipientRefused) else Ended.REFUSED
        return next_way(held, refused, now, failed_as)
    later = now + pause_before(held.attempt + 1, settings)
    if later >= held.row.give_up_at:
        return _over(held, "given-up", now, Outcome.BY_PERSON, "the channel did not take it in time", failed_as)
    return _still(held, "retry", later, failed_as)


def hindrance(held: Claim, replies: Mapping[str, Reply], now: datetime, answering: AnsweringSettings) -> Ending | None:
    """What a message comes to without a try: it is too late, its way is closed or not there, people sleep, …"""
    channel = held.way.channel
    if held.row.expires_at is not None and held.row.expires_at <= now:
        return _over(held, "given-up", now, Outcome.NOT_WANTED, EXPIRED, "Expired")
    if held.barred is not None and held.barred.closed is not None:
        return next_way(held, Ended.CLOSED, now, "WayClosed")
    if channel not in replies:
        return next_way(held, Ended.NOT_SET_UP, now, "WayNotSetUp")
    if held.barred is not None and held.barred.covered:
        reason = f"the case was acknowledged by {channel} within the window"
        return _over(held, "covered", now, Outcome.COVERED, reason, "WayCovered")
    if held.row.kind == MessageKind.CODE:  # somebody waits for it in front of a screen
        return None
    written_at = held.row.received_at if held.row.kind == ACKNOWLEDGEMENT else held.row.created_at
    morning = answering.not_before(channel, now, held.row.received_at, written_at)
    return _still(held, "retry", morning, "QuietHours") if morning > now else None


def sent(held: Claim, vendor_id: str | None, now: datetime) -> Ending:
    """The message went out on its way."""
    after = f" after {told(held.passed)}" if held.passed else ""
    reason = f"by {held.way.channel}{after}"
    return Ending("sent", now, held.address_index, Outcome.SENT, reason, vendor_id, passed=held.passed)


def next_way(held: Claim, ended: str, now: datetime, failed_as: str) -> Ending:
    """The way came to a definite end: the next one, or, with none left, nobody was reached."""
    passed = (*held.passed, held.way.tried(ended))
    if held.address_index + 1 < len(held.ways):
        return Ending("retry", now, held.address_index + 1, error_class=failed_as, passed=passed)
    missing = any(one.ended == Ended.NOT_SET_UP for one in passed)
    outcome = Outcome.BY_PERSON if missing else Outcome.UNREACHABLE
    return _over(held, "refused", now, outcome, f"no way is left: {told(passed)}", failed_as, passed)


def pause_before(attempt: int, settings: SenderSettings) -> timedelta:
    """How long to wait before the `attempt`-th try: doubled each time, up to the limit."""
    doublings = min(max(attempt - 2, 0), 20)
    pause: timedelta = settings.retry_after * (1 << doublings)
    return min(pause, settings.retry_at_most)


def _still(held: Claim, state: str, until: datetime, failed_as: str, look_at: datetime | None = None) -> Ending:
    """Not over yet, and on the same way."""
    return Ending(state, until, held.address_index, error_class=failed_as, passed=held.passed, look_at=look_at)


def _over(
    held: Claim,
    state: str,
    now: datetime,
    outcome: Outcome,
    reason: str,
    failed_as: str,
    passed: tuple[WayTried, ...] | None = None,
) -> Ending:
    """This message reached nobody; where a page showed the number, that counts."""
    if held.row.page_shown:
        outcome, reason = Outcome.SENT, SHOWN_ON_PAGE
    tried = held.passed if passed is None else passed
    return Ending(state, now, held.address_index, outcome, reason, error_class=failed_as, passed=tried)
