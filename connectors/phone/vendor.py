"""What a vendor of calls or messages brings to the channel: how it calls us and how its deliveries are read."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable
from uuid import UUID

from connectors.contract import Hook
from schemas.inbound import Inbound, ParsedItem


class PhoneVendor(Protocol):
    """Reads the deliveries of one vendor's accounts. The event (sms, voice, call, …) is in `Inbound.source`."""

    def hook(self, account: str, event: str | None) -> Hook | None:
        """See `connectors.contract.HookConnector.hook`; None for an account that is not this vendor's."""
        ...

    def parse(self, inbound: Inbound) -> Sequence[ParsedItem]:
        """See `connectors.contract.Connector.parse`; `NotGenuine` for an account that is not this vendor's."""
        ...

    def read(self, inbound: Inbound) -> Sequence[ParsedItem]:
        """See `connectors.contract.ReadsFiles.read`: without asking who sent it.

        Raises `PayloadRejected` for what has not this vendor's layout.
        """
        ...


@runtime_checkable
class NamesCalls(Protocol):
    """Who can say which complaint a call is or will be: what an agent types while it lasts belongs to it."""

    def complaint_of(self, account: str, call_id: str) -> UUID | None:
        """The complaint of the vendor's call; None for an account that has no calls."""
        ...
