"""One example delivery a channel for the contract suite. A new channel adds one line."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.contract import Connector, Numbering
from connectors.imap import Mail
from connectors.web import Web
from schemas.inbound import Inbound

NUMBERING = Numbering(b"0123456789abcdef0123456789abcdef")
PHONE = "13800001234"
MOMENT = datetime(2026, 11, 20, 2, 21, 40, tzinfo=UTC)


@dataclass(frozen=True)
class Example:
    """A connector and a delivery it reads. `delivery` makes it anew for each body."""

    connector: Connector
    body: bytes
    make: Callable[[bytes], Inbound]

    @property
    def delivery(self) -> Inbound:
        """The example itself."""
        return self.make(self.body)


def _inbound(channel: str, content_type: str, source: dict[str, str]) -> Callable[[bytes], Inbound]:
    return lambda body: Inbound(channel, "main", body, MOMENT, "gateway", MOMENT, content_type, source=source)


EXAMPLES = (
    Example(
        Mail(NUMBERING, ["service@shop.example"]),
        f"From: a@b.example\r\nMessage-ID: <1@b>\r\n\r\nMilk is off, call {PHONE}.".encode(),
        _inbound("email", "message/rfc822", {"uid": "1", "uidvalidity": "1"}),
    ),
    Example(
        Web(NUMBERING, b"pseudonym-key-of-the-tests-000000"),
        f'{{"text": "Milk is off, call {PHONE}."}}'.encode(),
        _inbound("web", "application/json", {"kind": "api", "client": "c", "idempotency_key": "k"}),
    ),
)
