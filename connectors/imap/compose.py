"""The mail an acknowledgement becomes: threaded under theirs, marked as automatic, without room for injection.

Sources: RFC 3834 (Auto-Submitted), RFC 5322, RFC 6532, MS-OXCMAIL (X-Auto-Response-Suppress). The Message-ID follows
from the outbox id, so that a retry is the same mail and a bounce of it is recognised.
"""

import re
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from connectors.contract import Outgoing
from connectors.imap.addresses import canonical
from connectors.imap.words import visible
from schemas.errors import ReplyRefused
from schemas.identity import outgoing_message_id
from schemas.messages import MessageKind
from schemas.reply import ACKNOWLEDGEMENT

_MESSAGE_ID = re.compile(r"<[^<>\s\x00-\x1f\x7f]{1,900}>")
_SUBJECT_CHARS = 200
_LINE_CHARS = 400
"""Some clients lose a Message-ID that stands on a line of its own; RFC 5322 allows 998."""
_REFERENCES = 20
_REPLY_PREFIX = re.compile(r"\s*(?:re|回复|答复|回覆|回復|答覆)\s*[:：]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail ready to go. `needs_utf8` when the recipient's address holds non-ASCII characters (RFC 6531)."""

    message_id: str
    recipient: str
    needs_utf8: bool
    content: bytes


def compose(message: Outgoing, from_address: str, from_name: str) -> Letter:
    """Build the mail. Raises `ReplyRefused` when nothing can be sent to the address."""
    recipient = canonical(message.address)
    if recipient is None:
        raise ReplyRefused("the address of the recipient cannot be mailed to")
    mail = EmailMessage(policy=SMTP.clone(utf8=not recipient.isascii(), max_line_length=_LINE_CHARS))
    mail["Message-ID"] = outgoing_message_id(message.outbox_id, from_address.rpartition("@")[2])
    mail["Date"] = format_datetime(message.created_at)
    mail["From"] = _address(from_name, from_address)
    mail["To"] = _address("", recipient)
    mail["Subject"] = _subject(message)
    for name, value in _threading(message).items():
        mail[name] = value
    if message.kind != MessageKind.REPLY:  # a person wrote that one
        mail["Auto-Submitted"] = "auto-replied" if message.kind == ACKNOWLEDGEMENT else "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        mail["Precedence"] = "bulk"
    if message.case_token:
        mail["X-Complaint-Token"] = _one_line(message.case_token, 200)
    if re.fullmatch(r"[A-Za-z0-9-]{1,35}", message.language):
        mail["Content-Language"] = message.language
    mail.set_content(message.text.replace("\r\n", "\n").replace("\r", "\n"), charset="utf-8", cte="base64")
    return Letter(str(mail["Message-ID"]), recipient, not recipient.isascii(), mail.as_bytes())


def _address(name: str, address: str) -> Address:
    local, _, domain = address.rpartition("@")
    if local.startswith('"'):
        local = re.sub(r"\\(.)", r"\1", local[1:-1])
    return Address(_one_line(name, 100), local, domain)


def _subject(message: Outgoing) -> str:
    subject = _one_line(message.subject or "", _SUBJECT_CHARS)
    if message.in_reply_to and not _REPLY_PREFIX.match(subject):
        subject = f"Re: {subject}".rstrip()
    if message.case_token and message.case_token not in subject:
        subject = f"{subject} [#{_one_line(message.case_token, 200)}]".strip()
    return subject


def _threading(message: Outgoing) -> dict[str, str]:
    if not message.in_reply_to or not _MESSAGE_ID.fullmatch(message.in_reply_to):
        return {}
    theirs = [one for one in message.references if _MESSAGE_ID.fullmatch(one) and one != message.in_reply_to]
    chain = [*theirs[:1], *theirs[1:][-_REFERENCES:], message.in_reply_to]
    return {"In-Reply-To": message.in_reply_to, "References": " ".join(chain)}


def _one_line(text: str, at_most: int) -> str:
    return visible(" ".join(text.split()))[:at_most]
