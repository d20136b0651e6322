"""Where an answer to a complaint may go: the channel, the addresses in order, and whether a page said it already."""

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


@dataclass(frozen=True, slots=True)
class ReplyWay:
    """The way back. `addresses` are tried in order; with none, only `page_shown` can count as an acknowledgement."""

    channel: str
    addresses: tuple[str, ...] = ()
    page_shown: bool = False


def reply_way(complaint: Complaint | AnswerableView) -> ReplyWay:
    """The way to acknowledge this complaint.

    A web complaint got its number on the page (or in the API's answer) and a mail when it left an address. A
    referral goes back through its authority, never to the person by us.
    """
    if complaint.referral is not None:
        return ReplyWay(complaint.channel)
    on_web = complaint.channel == Channel.WEB
    if not on_web and complaint.channel != Channel.EMAIL:
        return ReplyWay(complaint.channel, (complaint.reply_to,) if complaint.reply_to else ())
    given = (complaint.reply_to, *(complaint.sender.emails if complaint.sender and on_web else ()))
    addresses = tuple(dict.fromkeys(address for address in given if address and "@" in address))
    return ReplyWay(Channel.EMAIL, addresses, page_shown=on_web)
