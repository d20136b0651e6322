"""Handing one fetched mail to the intake path, and what came of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.contract import Connector
from connectors.imap.mail import PARTIAL
from connectors.imap.session import Listed
from infra.logs import log
from infra.metrics import MAILS
from schemas.errors import IntakeError, NotDurable, Reason
from schemas.inbound import Inbound

Receive = Callable[[Inbound, Connector], Awaitable[object]]
"""Makes a delivery durable before it returns; raises `NotDurable` when it cannot now."""
Suspend = Callable[[Inbound, Reason, str], Awaitable[object]]
"""The same for a mail that could not be fetched or read."""

_LOG = log(__name__)


@dataclass(frozen=True, slots=True)
class Fetched:
    """One mail as fetched. `partial` when only its beginning was taken, for its size."""

    listed: Listed
    body: bytes
    partial: bool = False


class Outcome(StrEnum):
    """What became of one try."""

    DURABLE = "durable"
    SUSPENDED = "suspended"
    POSTPONED = "postponed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Gives mails of one account to the intake path. Never raises for one mail's sake."""

    account: str
    connector: Connector
    receive: Receive
    suspend: Suspend
    now: Callable[[], datetime]

    async def deliver(self, mail: Fetched, uidvalidity: int) -> Outcome:
        """Make a mail durable: `postponed` when nothing can be kept now, `failed` when it is the mail's fault."""
        outcome = await self._try(mail, uidvalidity)
        MAILS.labels(self.account, outcome.value).inc()
        return outcome

    async def _try(self, mail: Fetched, uidvalidity: int) -> Outcome:
        try:
            await self.receive(self._inbound(mail, uidvalidity), self.connector)
        except NotDurable:
            return Outcome.POSTPONED
        except IntakeError as error:
            _LOG.error("mail refused", account=self.account, uid=mail.listed.uid, exc_info=error)
            return Outcome.FAILED
        except Exception as error:  # noqa: BLE001 (last guard: one mail never stops its mailbox)
            _LOG.error("receiving crashed", account=self.account, uid=mail.listed.uid, exc_info=error)
            return Outcome.FAILED
        return Outcome.DURABLE

    async def give_up(self, mail: Fetched, uidvalidity: int, reason: Reason, tries: int) -> Outcome:
        """After the last try a mail becomes suspended, with its own number and clock."""
        try:
            await self.suspend(self._inbound(mail, uidvalidity), reason, f"given up after {tries} tries")
        except NotDurable:
            return Outcome.POSTPONED
        _LOG.error("mail suspended", account=self.account, uid=mail.listed.uid, reason=reason.value)
        MAILS.labels(self.account, Outcome.SUSPENDED.value).inc()
        return Outcome.SUSPENDED

    def _inbound(self, mail: Fetched, uidvalidity: int) -> Inbound:
        now, listed = self.now(), mail.listed
        source = {"uid": str(listed.uid), "uidvalidity": str(uidvalidity)}
        if mail.partial:
            source |= {PARTIAL: "true", "size_bytes": str(listed.size_bytes)}
        return Inbound(
            channel=self.connector.channel,
            account=self.account,
            body=mail.body,
            # A server's clock may run ahead of ours: nothing is received in the future.
            received_at=min(listed.received_at, now) if listed.received_at is not None else now,
            received_at_source="internaldate" if listed.received_at is not None else "gateway",
            ingested_at=now,
            content_type="message/rfc822",
            source=source,
        )
