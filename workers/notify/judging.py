"""Whether a message may go to a customer, and on which ways. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.identity import recipient_key
from schemas.messages import Message
from schemas.outcomes import Outcome
from schemas.reply import EXPIRED, THROUGH_AUTHORITY, Way
from workers.recipients import ClosedWay, KeyedWay, all_closed, never_answered

NOT_KEPT = "the ways to the customer are not kept any more"
"""The reason of a `by-person` outcome of a complaint that was erased or is older than its promise is kept."""
NOT_HERE = "no such complaint has come"
"""The reason where nobody here has ever heard of the complaint."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Who is to be told, as the promise keeps it. `missing`: why nothing is kept."""

    ways: tuple[Way, ...] = ()
    is_automatic: bool = False
    by_authority: bool = False
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Send on the first of the `ways` that works, or an outcome that stands at once, with its reason."""

    outcome: Outcome | None
    reason: str
    ways: tuple[KeyedWay, ...] = ()


@dataclass(frozen=True, slots=True)
class Judge:
    """The rules; `own` are our addresses in small letters, `robots` beginnings of the names of machines."""

    own: frozenset[str]
    robots: tuple[str, ...]
    pseudonym_key: bytes

    def ways(self, message: Message, customer: Customer) -> tuple[KeyedWay, ...]:
        """The ways the message could go at all, the channel of origin first."""
        return tuple(
            KeyedWay(way, recipient_key(self.pseudonym_key, way.address))
            for way in customer.ways
            if message.channel in (None, way.channel) and not never_answered(way.address, self.own, self.robots)
        )

    def judge(
        self,
        message: Message,
        customer: Customer,
        ways: Sequence[KeyedWay],
        closed: Mapping[ClosedWay, str],
        at: datetime,
    ) -> Plan:
        """Decide on one message at the time `at`; `ways` are those of the method, `closed` the closed ones."""
        if message.expires_at is not None and message.expires_at <= at:
            return Plan(Outcome.NOT_WANTED, EXPIRED)
        if customer.missing is not None:
            return Plan(Outcome.BY_PERSON, customer.missing)
        if customer.by_authority:
            return Plan(Outcome.BY_PERSON, THROUGH_AUTHORITY)
        if customer.is_automatic:
            return Plan(Outcome.NOT_WANTED, "automatic")
        if not ways:
            return _nowhere(message, customer)
        usable = tuple(one for one in ways if (one.way.channel, one.recipient_key) not in closed)
        if not usable:
            return Plan(Outcome.UNREACHABLE, all_closed(ways, dict(closed)))
        return Plan(None, "to be sent", usable)


def _nowhere(message: Message, customer: Customer) -> Plan:
    on_channel = [way for way in customer.ways if message.channel in (None, way.channel)]
    if on_channel:
        return Plan(Outcome.NOT_WANTED, "the address is our own or a machine's")
    where = f" for {message.channel}" if message.channel and customer.ways else ""
    return Plan(Outcome.UNREACHABLE, f"no address was left{where}")
