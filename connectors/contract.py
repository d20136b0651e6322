"""The contract every connector passes: parse is pure, reply is the only outgoing call."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from schemas.identity import complaint_id, tracking_number
from schemas.inbound import Inbound, ParsedItem


@dataclass(frozen=True, slots=True)
class Numbering:
    """Gives complaints their id and tracking number. The number key serves nothing else and is never rotated."""

    number_key: bytes

    def complaint_id(self, channel: str, account: str, source_id: str, content: str) -> UUID:
        """See `schemas.identity.complaint_id`."""
        return complaint_id(channel, account, source_id, content)

    def tracking_number(self, item: UUID) -> str:
        """See `schemas.identity.tracking_number`."""
        return tracking_number(self.number_key, item)


class Connector(Protocol):
    """Reads one channel's deliveries."""

    channel: str

    def parse(self, inbound: Inbound) -> Sequence[ParsedItem]:
        """Read one delivery without network, clock or database.

        Returns one entry an item; an item that cannot be read is a `SuspendedItem`, never an exception.
        Raises `PayloadRejected` when the delivery as a whole is unreadable, `NotGenuine` when its signature is
        wrong, `InvalidRequest` when the caller can mend it. Nothing else leaves.
        """
        ...


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to a customer, ready to send. `outbox_id` is stable over retries."""

    outbox_id: UUID
    channel: str
    account: str
    address: str
    subject: str | None
    text: str
    language: str
    created_at: datetime
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    case_token: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The channel accepted the message; `vendor_id` is the id it will be known by (Message-ID, MsgID)."""

    vendor_id: str | None
    detail: str = ""


class Reply(Protocol):
    """Sends on one channel."""

    channel: str

    async def send(self, message: Outgoing, before_irrevocable: Callable[[], Awaitable[None]]) -> Sent:
        """Send one message, awaiting `before_irrevocable` just before the first byte that cannot be taken back.

        Raises `ChannelUnavailable` (nothing irrevocable happened, retry), `ReplyRefused` (definite, never
        retry) or `OutcomeUnknown` (after `before_irrevocable`, no clear answer). Bounded by its own time limit.
        """
        ...
