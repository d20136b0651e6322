"""A classified complaint as the index stage reads it: what it is found by, and what a list shows of it."""

from uuid import UUID

from pydantic import ConfigDict, Field

from schemas.base import Instant, Part, Record, Text
from schemas.complaint import Attachment, Automatic, Referral, Sender, Stated
from schemas.records import Clock, Found, Verdict


class IndexedLink(Part):
    """How it came to its case."""

    model_config = ConfigDict(extra="ignore")

    verdict: Verdict


class IndexedUnderstanding(Part):
    """What it is about, without scores and evidence."""

    model_config = ConfigDict(extra="ignore")

    kind: str
    primary: str
    safety: bool = False
    severity: int = 3
    urgency: str = "regular"
    fields: dict[str, tuple[Found, ...]] = Field(default_factory=dict)
    promise: Clock | None = None


class IndexedView(Record):
    """The part of a classified complaint that is indexed."""

    model_config = ConfigDict(extra="ignore")

    complaint_id: UUID
    revision: int = Field(1, ge=1)
    tracking_number: str
    channel: str
    entry: str = "form"
    account: str
    received_at: Instant
    sender: Sender | None = None
    subject: Text | None = None
    text: Text = ""
    language: str | None = None
    attachments: tuple[Attachment, ...] = ()
    automatic: Automatic = Automatic()
    stated: Stated = Stated()
    referral: Referral | None = None
    sealed: bool = False
    case_id: UUID
    case_seq: int
    link: IndexedLink
    understanding: IndexedUnderstanding
