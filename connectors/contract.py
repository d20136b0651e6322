"""The contract every connector passes: parse is pure, reply is the only outgoing call."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable
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


@runtime_checkable
class ReadsFiles(Protocol):
    """A connector that can also read a file in an operator's hands, which no vendor has signed."""

    def read(self, inbound: Inbound) -> Sequence[ParsedItem]:
        """As `parse`, without asking who sent it: for looking at what a file becomes, never for storing it."""
        ...


Evidence = Mapping[str, str]
"""What was kept of a call: header names in lower case, query parameters as `?name`, which no header can be called."""
WHOLE_QUERY = "?"
"""Among what was kept of a call: its query string as it was written, where a hook's `query` has an empty name."""
CALLER = "@caller"
"""Among what a call presents: the network address of the caller, as far as it can be believed."""


def _as_presented(presented: Evidence) -> Evidence:
    return {name: value for name, value in presented.items() if name != CALLER}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a vendor wants to hear. Its defaults are an empty 200, which means *accepted* to most."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Hook:
    """How a vendor calls one account of ours.

    `headers` and `query` name what a signature is checked with; nothing else of a call is looked at. `kept` makes of it
    what is stored with the delivery as evidence: a vendor that presents a secret itself has it replaced there, and
    may have `CALLER` kept. `single_use` names the evidence under which one body may come only, where the signature
    does not cover the body. `answer` is what the vendor hears once a delivery is durable, or makes it of the delivery.
    `challenge` answers a GET by which the vendor asks whether the URL is ours: it gets a delivery without body and
    raises `NotGenuine`; None where the vendor does not ask. `account` is what deliveries are stored under where the
    path says more, because its last part is a secret.
    """

    media_types: tuple[str, ...]
    headers: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    kept: Callable[[Evidence], Evidence] = _as_presented
    single_use: tuple[str, ...] = ()
    answer: Answer | Callable[[Inbound], Answer] = Answer()
    challenge: Callable[[Inbound], Answer] | None = None
    account: str | None = None


@runtime_checkable
class HookConnector(Connector, Protocol):
    """A connector whose vendor calls us. What a signature needs lies in the delivery's `headers`."""

    def hook(self, account: str, event: str | None = None) -> Hook | None:
        """How an account is called; None when there is none of this name or it is switched off.

        `event` is the third part of the path (`/webhooks/phone/<account>/sms`), which `Inbound.source` holds as
        `event`; a vendor without kinds of calls answers None to any.
        """
        ...


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A file the channel handed over later. `text` is what the vendor recognised in speech, if it did."""

    content: bytes
    media_type: str
    name: str | None = None
    text: str | None = None


class MediaSource(Protocol):
    """Hands over the files of a channel's complaints whose state is `pending`."""

    channel: str

    async def fetch(self, account: str, reference: str, max_bytes: int) -> FetchedFile:
        """Fetch the file an attachment's `reference` stands for.

        Raises `ChannelUnavailable` (try again), `MediaGone` (never again: expired, deleted, refused, not an address
        the vendor's files come from) or `TooLarge`. Never follows a redirect to an address that is not the vendor's.
        """
        ...

    async def delete(self, account: str, reference: str) -> None:
        """Delete it at the vendor once it is safely ours, where the account's settings ask for that; else nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to a customer, ready to send. `outbox_id` is stable over retries.

    `kind` says why we write (`schemas.messages.MessageKind`, or an acknowledgement), `occasion` what it tells of.
    """

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
    kind: str = "acknowledgement"
    occasion: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The channel accepted the message; `vendor_id` is the id it will be known by (Message-ID, MsgID)."""

    vendor_id: str | None
    detail: str = ""


class Fate(StrEnum):
    """What a vendor says became of a message whose outcome was unknown."""

    SENT = "sent"
    NEVER_SENT = "never-sent"
    NOT_KNOWN = "not-known"


@runtime_checkable
class LooksUp(Protocol):
    """A `Reply` whose vendor can be asked what became of a message."""

    async def look_up(self, message: "Outgoing", since: datetime) -> Fate:
        """What became of it; `since` is when it was tried. Raises `ChannelUnavailable`. Never sends."""
        ...


class Reply(Protocol):
    """Sends on one channel."""

    channel: str

    async def send(self, message: Outgoing, before_irrevocable: Callable[[], Awaitable[None]]) -> Sent:
        """Send one message, awaiting `before_irrevocable` just before the first byte that cannot be taken back.

        Raises `ChannelUnavailable` (nothing irrevocable happened, retry), `ReplyRefused` (definite, never
        retry) or `OutcomeUnknown` (after `before_irrevocable`, no clear answer). Bounded by its own time limit.
        """
        ...
