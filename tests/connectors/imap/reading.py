"""The mail connector as the tests use it, and the shortest way from bytes to what became of them."""

from datetime import UTC, datetime
from pathlib import Path

from connectors.contract import Numbering
from connectors.imap import Mail
from schemas.complaint import Complaint
from schemas.inbound import Inbound, ParsedComplaint, ParsedItem

SAMPLES = Path(__file__).parent / "samples"
OWN = ("service@huimin-market.example", "vip@huimin-market.example")
MX = "mx1.huimin-market.example"
RECEIVED_AT = datetime(2026, 11, 20, 2, 21, 40, tzinfo=UTC)
MAIL = Mail(Numbering(b"0123456789abcdef0123456789abcdef"), OWN, (MX,))


def delivery(body: bytes, account: str = "service", **source: str) -> Inbound:
    """A mail as the poller hands it over."""
    return Inbound(
        channel="email",
        account=account,
        body=body,
        received_at=RECEIVED_AT,
        received_at_source="internaldate",
        ingested_at=RECEIVED_AT,
        content_type="message/rfc822",
        source={"uid": "7", "uidvalidity": "1"} | source,
    )


def parsed(body: bytes, account: str = "service", **source: str) -> ParsedItem:
    """The one item a mail becomes."""
    [item] = MAIL.parse(delivery(body, account, **source))
    return item


def complaint(body: bytes, account: str = "service", **source: str) -> Complaint:
    """The complaint a mail becomes; fails when it becomes something else."""
    item = parsed(body, account, **source)
    assert isinstance(item, ParsedComplaint), item
    return item.complaint


def files(body: bytes) -> dict[str | None, bytes]:
    """Name → bytes of the files that are taken over."""
    return files_of(parsed(body))


def files_of(item: ParsedItem) -> dict[str | None, bytes]:
    """The same of a mail that was read before."""
    assert isinstance(item, ParsedComplaint), item
    content = {file.attachment_id: file.content for file in item.files}
    return {one.name: content[one.attachment_id] for one in item.complaint.attachments if one.attachment_id in content}


def sample(name: str) -> bytes:
    """The bytes of one saved delivery."""
    return (SAMPLES / f"{name}.eml").read_bytes()


def mail(*lines: str, body: str | bytes = b"text\r\n", sender: str = "a@b.example") -> bytes:
    """A small mail: header lines, then a body."""
    head = "\r\n".join((f"From: {sender}", "Message-ID: <m1@b.example>", *lines))
    content = body if isinstance(body, bytes) else body.replace("\n", "\r\n").encode()
    return head.encode() + b"\r\n\r\n" + content
