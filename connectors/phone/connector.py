"""The channel `phone`: hands each delivery to the vendor of its account."""

from collections.abc import Sequence
from uuid import UUID

from connectors.contract import Hook
from connectors.phone.vendor import NamesCalls, PhoneVendor
from schemas.complaint import Channel
from schemas.errors import NotGenuine, PayloadRejected, Reason
from schemas.inbound import Inbound, ParsedItem


class Phone:
    """Calls and short messages, whoever carries them. An account belongs to exactly one vendor."""

    channel = Channel.PHONE.value

    def __init__(self, vendors: Sequence[PhoneVendor]) -> None:
        self._vendors = tuple(vendors)

    def hook(self, account: str, event: str | None = None) -> Hook | None:
        """How an account is called; None when no vendor knows it."""
        found = (vendor.hook(account, event) for vendor in self._vendors)
        return next((hook for hook in found if hook is not None), None)

    def parse(self, inbound: Inbound) -> Sequence[ParsedItem]:
        """Read a delivery as its account's vendor writes it. Raises `NotGenuine` or `PayloadRejected`.

        An account that is switched off is read all the same: what it took before may be read again.
        """
        for vendor in self._vendors:
            try:
                return vendor.parse(inbound)
            except NotGenuine:  # also what a vendor says of an account that is another's
                continue
        raise NotGenuine("phone: no such account, or nothing that proves the caller to be its vendor")

    def complaint_of(self, account: str, call_id: str) -> UUID | None:
        """The complaint a call is or will be; None for an account that has no calls."""
        found = (one.complaint_of(account, call_id) for one in self._vendors if isinstance(one, NamesCalls))
        return next((one for one in found if one is not None), None)

    def read(self, inbound: Inbound) -> Sequence[ParsedItem]:
        """Read a file in the layout of whichever vendor it has. Raises `PayloadRejected` when none can read it."""
        for vendor in self._vendors:
            try:
                return vendor.read(inbound)
            except PayloadRejected:
                continue
        raise PayloadRejected(Reason.UNREADABLE, "not in the layout of any vendor of calls or messages")
