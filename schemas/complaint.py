"""The complaint: one normalised message from one sender, whatever channel carried it."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, PlainSerializer

from schemas.base import Instant, Part, Record, Text, Vocabulary
from schemas.correction import Correction

SCHEMA_VERSION = "1.0"
MAX_TEXT_CHARS = 60_000
"""Longer text is cut and `truncated` says so: a record value must stay below 256 KiB, a Han character takes 3 bytes."""

Amount = Annotated[Decimal, PlainSerializer(lambda value: format(value, "f"), return_type=str, when_used="json")]
"""Money as a decimal string; the currency travels beside it as ISO 4217."""


class Channel(StrEnum):
    """The channels that ship with the product. The field `channel` itself is an open vocabulary."""

    EMAIL = "email"
    WECHAT = "wechat"
    PHONE = "phone"
    WEB = "web"
    REGULATOR_12315 = "regulator_12315"


class Proof(Vocabulary):
    """How we know that an identifier belongs to the sender. Only proven ones open or disclose anything."""

    NONE = "none"
    CHANNEL = "channel"
    OTP = "otp"
    STAFF = "staff"
    AUTHORITY = "authority"


class Sender(Part):
    """Who complains. Phones in E.164 where they can be read, otherwise as written; e-mails in lower case."""

    name: Text | None = None
    phones: tuple[Text, ...] = ()
    emails: tuple[Text, ...] = ()
    openid: Text | None = None
    customer_no: Text | None = None
    address: Text | None = None
    proofs: dict[str, Proof] = Field(default_factory=dict, description="Identifier value → how it was proven")


class SubmittedBy(Part):
    """Who handed the message over; not who complains unless role is `self`."""

    role: Literal["self", "staff", "relative", "authority", "system"] | str = "self"
    name: Text | None = None
    identifier: Text | None = None


class Attachment(Part):
    """A file that came with the message; its bytes lie in the object store under the complaint's own prefix."""

    attachment_id: UUID
    name: Text | None = None
    media_type: str = "application/octet-stream"
    size_bytes: int
    sha256: str = Field(description="Of the bytes; of a withheld file keyed, so that it is like no other's")
    state: Literal["pending", "stored", "failed", "refused", "withheld"] | str = "stored"
    scan: str | None = Field(None, description="Verdict of a malware scanner; null when none is configured")
    content_id: Text | None = None
    reference: Text | None = Field(None, description="What the channel hands a pending file over for")
    object_key: str | None = None


class Thread(Part):
    """What the message answers: mail ids as sent, or the token we put into our own messages."""

    in_reply_to: Text | None = None
    references: tuple[Text, ...] = ()
    token: Text | None = Field(None, description="Case token found in a subject, header or plus-address, unverified")
    message_id: Text | None = Field(None, description="The vendor's id of this message, for replies in the same thread")
    recipients: tuple[Text, ...] = Field((), description="Our own addresses it was sent to")


class Automatic(Part):
    """Whether a machine wrote it (RFC 3834): automatic mail is stored and never answered."""

    is_automatic: bool = False
    reasons: tuple[str, ...] = ()
    kind: str | None = Field(None, description="auto-reply, bounce, list, bulk, own")
    about_message_id: Text | None = Field(None, description="For a bounce: the Message-ID it reports on")


class Stated(Part):
    """What the sender stated in fields of a form or file, as written; nothing here is interpreted from the text."""

    store: Text | None = None
    counter: Text | None = None
    product: Text | None = None
    model: Text | None = None
    order_no: Text | None = None
    batch_no: Text | None = None
    quantity: Text | None = None
    amount: Text | None = None
    event_date: Text | None = None
    salesperson: Text | None = None
    desired_resolution: Text | None = None
    category: Text | None = None


class Referral(Part):
    """An authority's own number and clock. The number alone identifies: changed content is an update (`version`).

    A kind nobody can read counts as a report.
    """

    number: Text
    authority: Text | None = None
    kind: Literal["complaint", "report", "work_order", "consultation", "mediation_notice"] | str = "report"
    due_at: Instant | None = Field(None, description="As written in the referral; wins over every rule")
    status: Text | None = Field(None, description="The authority's own state of it, as written")
    document_no: Text | None = None
    respondent: Text | None = None
    credit_code: Text | None = Field(None, description="Unified social credit code of the respondent, GB 32100")
    handler: Text | None = Field(None, description="Who deals with it at the authority, or the mediator")
    handler_phone: Text | None = None
    hearing_at: Instant | None = Field(None, description="When the mediation is")
    hearing_place: Text | None = None


class Privacy(Part):
    """What the sender was told and agreed to (PIPL articles 13, 17, 29)."""

    notice_version: str | None = None
    consents: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    minor_under_14: bool = False


class RawRef(Part):
    """Where the bytes are that this was read from."""

    sha256: str
    size_bytes: int
    delivery_id: UUID | None = None
    object_key: str | None = Field(None, description="Set when the bytes already lie in the object store")


class Complaint(Record):
    """One message of one sender, normalised. Written once by the gateway; later stages add fields, none rewrites."""

    complaint_id: UUID
    revision: int = Field(1, ge=1)
    tracking_number: str
    channel: str
    entry: str = Field("form", description="form, qr, app, staff, sms, call, chat, push, file, mail, api …")
    account: str
    source_id: str
    received_at: Instant = Field(description="When it first reached the company; every clock counts from it")
    received_at_source: str = Field(description="internaldate, vendor, gateway, call, stamp")
    ingested_at: Instant
    sent_at: Instant | None = Field(None, description="As the sender claims; never sets a clock")
    sender: Sender | None = None
    submitted_by: SubmittedBy = SubmittedBy()
    reply_to: Text | None = Field(None, description="Where an acknowledgement goes on the channel of origin")
    subject: Text | None = None
    text: Text = ""
    quoted_text: Text | None = None
    truncated: bool = False
    language: str | None = Field(None, description="BCP 47: zh-Hans, zh-Hant, en …")
    attachments: tuple[Attachment, ...] = ()
    thread: Thread = Thread()
    automatic: Automatic = Automatic()
    authentication: dict[str, str] = Field(
        default_factory=dict, description="What our own mail server found: method (dmarc, spf, dkim) → result"
    )
    stated: Stated = Stated()
    referral: Referral | None = None
    privacy: Privacy = Privacy()
    raw: RawRef
    version: str | None = Field(
        None,
        description="Hash of all that was said, where the source's number alone identifies: another one is an update",
    )
    sealed: bool = Field(False, description="A report to an authority: for regulator-affairs alone, never linked")
    tasks: tuple[Literal["call-back", "listen-and-type", "platform-entry"] | str, ...] = Field(
        (), description="What a person must do with it, by code"
    )
    warnings: tuple[str, ...] = Field((), description="What was repaired or left out while reading, as reason codes")
    corrections: tuple[Correction, ...] = Field((), description="What people decided instead of the machine, so far")
    schema_version: str = SCHEMA_VERSION
