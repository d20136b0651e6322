"""Where an answer to a complaint may go: the ways to the person in order, and whether a page said it already."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from schemas.complaint import Channel, Complaint
from schemas.views import AnswerableView

ACKNOWLEDGEMENT = "acknowledgement"
"""The kind of outgoing message that this product owes to everybody who writes."""
SHOWN_ON_PAGE = "shown on the page"
"""The reason of a `sent` outcome where the number was shown at once and no message counts."""
BOUNCED = "bounced after it was sent"
"""The reason of an `unreachable` result that comes after the message had gone out."""
NOT_KNOWN = "it is not known whether the message went out"
"""The reason of a `by-person` result where a message may or may not have gone out."""
UNDELIVERED = "the channel could not deliver it after it was sent"
"""The reason of an `unreachable` result that a delivery report causes."""
EXPIRED = "it had expired before it could be sent"
"""The reason of a `not-wanted` result of a message that was of use for a time only."""
THROUGH_AUTHORITY = "answered through the authority"
"""The reason of a `by-person` outcome: a referral is never answered by us to the person."""
NO_SMS, NO_MAIL = "no-sms", "no-email"
"""Entries of `privacy.consents` by which a sender excludes a way."""

_UNSEEN_ENTRIES = frozenset({"paper-box", "call", "staff"})
"""Staff typed it in while the customer was not there: nobody has seen a number."""
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_MAINLAND, _MAINLAND_MOBILE = "+86", re.compile(r"\+861[3-9]\d{9}")
_CONSENT = {Channel.PHONE.value: NO_SMS, Channel.EMAIL.value: NO_MAIL}


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a person. An empty `account` is the one this installation sends from when it falls back."""

    channel: str
    account: str
    address: str

    def as_json(self) -> dict[str, str]:
        """The way as the promise and the outbox keep it."""
        return {"channel": self.channel, "account": self.account, "address": self.address}


@dataclass(frozen=True, slots=True)
class WaysBack:
    """All ways in the order they are tried. With none, only `page_shown` can count as an acknowledgement."""

    channel: str
    ways: tuple[Way, ...] = ()
    page_shown: bool = False


def ways_back(complaint: Complaint | AnswerableView) -> WaysBack:
    """The ways to acknowledge this complaint: the channel of origin first, then what the sender left in it.

    A web complaint got its number on the page (or in the API's answer) and a message where it left an address; one that
    staff typed in got it only at the desk, where the receipt is printed. A referral goes back through its authority,
    never to the person by us.
    """
    if complaint.referral is not None:
        return WaysBack(complaint.channel)
    refused = frozenset(complaint.privacy.consents)
    ways = tuple(
        dict.fromkeys(way for way in _all(complaint) if _CONSENT.get(way.channel) not in refused and _can_be(way))
    )
    on_web = complaint.channel == Channel.WEB
    first = ways[0].channel if ways else Channel.EMAIL.value if on_web else complaint.channel
    return WaysBack(first, ways, page_shown=on_web and complaint.entry not in _UNSEEN_ENTRIES)


def stored_ways(stored: Iterable[str | Mapping[str, str]], channel: str, account: str) -> tuple[Way, ...]:
    """The ways as a row keeps them; a plain string is an address on the row's own channel and account."""
    return tuple(
        Way(channel, account, one)
        if isinstance(one, str)
        else Way(str(one["channel"]), str(one["account"]), str(one["address"]))
        for one in stored
    )


def _all(complaint: Complaint | AnswerableView) -> Iterator[Way]:
    on_web = complaint.channel == Channel.WEB
    if complaint.reply_to:
        channel, account = (Channel.EMAIL.value, "") if on_web else (complaint.channel, complaint.account)
        yield Way(channel, account, complaint.reply_to)
    sender = complaint.sender
    if sender is None:
        return
    mails = [] if complaint.channel == Channel.EMAIL else [Way(Channel.EMAIL.value, "", one) for one in sender.emails]
    own_account = complaint.account if complaint.channel == Channel.PHONE else ""
    messages = [Way(Channel.PHONE.value, own_account, one) for one in sender.phones]
    yield from (*mails, *messages) if on_web else (*messages, *mails)


def _can_be(way: Way) -> bool:
    """Whether an address is of a form its channel can send to: SMS reach mobile numbers in E.164 only.

    An address with a scheme (`whatsapp:…`) is one of another messenger, which its own vendor knows.
    """
    if way.channel == Channel.EMAIL:
        return "@" in way.address
    if way.channel != Channel.PHONE or ":" in way.address:
        return True
    pattern = _MAINLAND_MOBILE if way.address.startswith(_MAINLAND) else _E164
    return pattern.fullmatch(way.address) is not None
