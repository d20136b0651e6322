"""Records as a stage reads them that needs a part only: less to parse, and less of a person in its memory.

A view checks what it has; the rest was checked by the stage that wrote the record. Every field is the record's own.
"""

from uuid import UUID

from pydantic import ConfigDict, Field

from schemas.base import Instant, Part, Record, Text
from schemas.complaint import Attachment, Automatic, Privacy, Referral, Sender, Stated, Thread
from schemas.records import Clock, Found, Verdict


class LinkView(Part):
    """Whether the complaint was added to an earlier one."""

    model_config = ConfigDict(extra="ignore")

    verdict: Verdict
    disclosable: bool | None = None
    same_recipient: bool | None = None


class UnderstandingView(Part):
    """What a text may repeat of the understanding, without scores and evidence."""

    model_config = ConfigDict(extra="ignore")

    kind: str
    primary: str
    fields: dict[str, tuple[Found, ...]] = Field(default_factory=dict)
    promise: Clock | None = None
    answer_owed: bool | None = None


class AnswerableView(Record):
    """What an acknowledgement depends on: who, where to, about what; not the words of the complaint."""

    model_config = ConfigDict(extra="ignore")

    complaint_id: UUID
    revision: int = Field(1, ge=1)
    tracking_number: str
    channel: str
    entry: str = "form"
    account: str
    received_at: Instant
    sender: Sender | None = None
    reply_to: Text | None = None
    subject: Text | None = None
    language: str | None = None
    attachments: tuple[Attachment, ...] = ()
    thread: Thread = Thread()
    automatic: Automatic = Automatic()
    stated: Stated = Stated()
    referral: Referral | None = None
    privacy: Privacy = Privacy()
    case_id: UUID
    link: LinkView
    understanding: UnderstandingView
