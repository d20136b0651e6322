"""Answers and files of the channel `phone` through whoever carries the account: several vendors share the channel."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime

from connectors.contract import Fate, FetchedFile, LooksUp, MediaSource, Outgoing, Reply, Sent
from schemas.complaint import Channel
from schemas.errors import MediaGone, ReplyRefused


class PhoneReply:
    """Sends through the vendor of a message's account; through `otherwise` where the account is nobody's own.

    Call centres carry no messages, and an answer may come from another channel: those go `otherwise`.
    """

    channel = Channel.PHONE.value

    def __init__(self, own: Sequence[tuple[Collection[str], Reply]], otherwise: Reply | None) -> None:
        """`own` are accounts with what sends for them."""
        self._by_account: Mapping[str, Reply] = {account: reply for accounts, reply in own for account in accounts}
        self._otherwise = otherwise

    async def send(self, message: Outgoing, before_irrevocable: Callable[[], Awaitable[None]]) -> Sent:
        """Send one message; see `connectors.contract.Reply`. `ReplyRefused` where nobody carries messages."""
        way = self._by_account.get(message.account, self._otherwise)
        if way is None:
            raise ReplyRefused("phone: no vendor is set that could send this message")
        return await way.send(message, before_irrevocable)

    async def look_up(self, message: Outgoing, since: datetime) -> Fate:
        """What became of a message; see `connectors.contract.LooksUp`. Not known where the vendor cannot be asked."""
        way = self._by_account.get(message.account, self._otherwise)
        return await way.look_up(message, since) if isinstance(way, LooksUp) else Fate.NOT_KNOWN


class PhoneMedia:
    """Fetches from the vendor of a file's account."""

    channel = Channel.PHONE.value

    def __init__(self, own: Sequence[tuple[Collection[str], MediaSource]]) -> None:
        """`own` are accounts with what fetches for them."""
        self._by_account: Mapping[str, MediaSource] = {name: source for accounts, source in own for name in accounts}

    async def fetch(self, account: str, reference: str, max_bytes: int) -> FetchedFile:
        """Fetch a file; see `connectors.contract.MediaSource`. `MediaGone` for an account there is not any more."""
        source = self._by_account.get(account)
        if source is None:
            raise MediaGone("phone: the account of this file is nobody's")
        return await source.fetch(account, reference, max_bytes)

    async def delete(self, account: str, reference: str) -> None:
        """Delete at the vendor; see `connectors.contract.MediaSource`."""
        source = self._by_account.get(account)
        if source is not None:
            await source.delete(account, reference)
