"""One try to send one message: the lease before the first irrevocable byte, and what each ending means."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from connectors.contract import Outgoing, Reply, Sent
from infra.logs import log
from schemas.errors import ChannelUnavailable, OutcomeUnknown, ReplyRefused
from schemas.records import Outcome
from schemas.reply import SHOWN_ON_PAGE
from schemas.settings import SenderSettings
from workers.sender.claims import Claim, Ending

_log = log(__name__)

_LEASE_SHARE = 0.9
"""Share of the lease after which a call is given up, so that its ending is written before the lease ends."""


Mark = Callable[[Claim], Awaitable[None]]
"""Notes durably that the next byte cannot be taken back; raises `LeaseLost` or what the database raises."""


class LeaseLost(ChannelUnavailable):
    """Somebody else has the message now: nothing may be sent."""


def outgoing(held: Claim) -> Outgoing:
    """The message as its connector gets it; the ids are the same on every try."""
    row = held.row
    return Outgoing(
        outbox_id=held.outbox_id,
        channel=row.reply_channel,
        account=row.account,
        address=row.addresses[held.address_index],
        subject=row.subject,
        text=row.text,
        language=row.language,
        created_at=row.created_at,
        in_reply_to=row.in_reply_to,
        references=tuple(row.references),
        case_token=row.case_token,
    )


async def try_to_send(
    held: Claim, replies: Mapping[str, Reply], mark: Mark, settings: SenderSettings
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
        reply = replies.get(held.row.reply_channel)
        if reply is None:
            return ChannelUnavailable(f"no way to send on {held.row.reply_channel} is set up")
        async with asyncio.timeout(settings.lease.total_seconds() * _LEASE_SHARE):
            return await reply.send(outgoing(held), before_irrevocable)
    except (ReplyRefused, ChannelUnavailable, OutcomeUnknown) as verdict:
        return verdict
    except Exception as error:  # noqa: BLE001 - whatever a connector raises, one question decides: had it begun?
        _log.warning("a try failed", outbox_id=str(held.outbox_id), exc_info=error)
        kind = OutcomeUnknown if begun else ChannelUnavailable
        failure = kind(type(error).__name__)
        failure.__cause__ = error
        return failure


def ending(held: Claim, happened: Sent | Exception, now: datetime, settings: SenderSettings) -> Ending:
    """What the try means for the message: it is over, the next address, later again, or not known."""
    row, index = held.row, held.address_index
    if isinstance(happened, Sent):
        return Ending("sent", now, index, Outcome.SENT, f"by {row.reply_channel}", happened.vendor_id)
    failed_as = type(happened.__cause__ or happened).__name__
    if isinstance(happened, OutcomeUnknown):
        return Ending("unknown", min(row.person_at, now + settings.unknown_wait), index, error_class=failed_as)
    if isinstance(happened, ReplyRefused):
        if index + 1 < len(row.addresses):
            return Ending("retry", now, index + 1, error_class=failed_as)
        return _over(held, "refused", now, Outcome.UNREACHABLE, "every address refused it", failed_as)
    later = now + pause_before(held.attempt + 1, settings)
    if later >= row.give_up_at:
        return _over(held, "given-up", now, Outcome.BY_PERSON, "the channel did not take it in time", failed_as)
    return Ending("retry", later, index, error_class=failed_as)


def pause_before(attempt: int, settings: SenderSettings) -> timedelta:
    """How long to wait before the `attempt`-th try: doubled each time, up to the limit."""
    doublings = min(max(attempt - 2, 0), 20)
    pause: timedelta = settings.retry_after * (1 << doublings)
    return min(pause, settings.retry_at_most)


def _over(held: Claim, state: str, now: datetime, outcome: Outcome, reason: str, failed_as: str) -> Ending:
    """No message reached anybody; where a page showed the number, that counts."""
    if held.row.page_shown:
        outcome, reason = Outcome.SENT, SHOWN_ON_PAGE
    return Ending(state, now, held.address_index, outcome, reason, error_class=failed_as)
