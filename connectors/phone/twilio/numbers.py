"""Who calls or writes: a number in E.164, perhaps with the channel in front (`whatsapp:+852…`).

Source: twilio.com/docs/messaging/guides/webhook-request. A withheld number comes as a word or as that word on a keypad
(+266696687 spells ANONYMOUS); the list of such numbers is from memory of a support page: unsure.
"""

from connectors import contacts
from schemas.complaint import Proof, Sender

_WITHHELD = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})
MAX_CHARS = 100


def reply_address(written: str) -> str | None:
    """Where an answer goes, with its channel; None when nobody can be reached there."""
    channel, number = split(written)
    found = contacts.e164(number) if number.startswith("+") and number not in _WITHHELD else None
    return f"{channel}{found}" if found else None


def sender(written: str, address: str | None) -> Sender | None:
    """Who it is; `address` is what `reply_address` says of it. None when it is withheld.

    The carrier states a number, the person does not: that is its proof.
    """
    _, number = split(written)
    if address is not None:
        _, phone = split(address)
        return Sender(phones=(phone,), proofs={phone: Proof.CHANNEL})
    is_number = any(one.isdigit() for one in number) and number not in _WITHHELD
    return Sender(phones=(number[:MAX_CHARS],)) if is_number else None


def split(written: str) -> tuple[str, str]:
    """The channel with its colon (empty for SMS and calls) and what stands behind it."""
    channel, colon, number = written.strip().rpartition(":")
    return channel.lower() + colon, number.strip()
