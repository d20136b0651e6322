"""What a vendor of calls or messages brings to the channel: how it calls us and how its deliveries are read."""

from collections.abc import Sequence
from typing import Protocol

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
