"""Messages to customers besides the acknowledgement: a notice of a change, what a member of staff writes, a code."""

from uuid import UUID

from pydantic import Field

from schemas.base import Instant, Record, Text, Vocabulary
from schemas.complaint import SCHEMA_VERSION


class MessageKind(Vocabulary):
    """Why we write."""

    NOTICE = "notice"
    REPLY = "reply"
    CODE = "code"


class Message(Record):
    """One message that somebody wants to go out; the `notify` stage finds the way and puts it in the outbox.

    `message_id` is named by its occasion: the same occasion twice is one message. Where it goes is not said here:
    to the complaint's own contact only.
    """

    message_id: UUID
    kind: MessageKind
    complaint_id: UUID
    case_id: UUID
    tracking_number: str
    occasion: str = Field(description="Of a notice the status it tells of; reply; one-time-code")
    values: dict[str, str] = Field(default_factory=dict, description="For the placeholders of the pack's text")
    text: Text | None = Field(None, description="Typed by a person: sent as it is, instead of a text of the pack")
    channel: str | None = Field(None, description="Only this way; null: the channel of origin, then the others")
    by: str
    at: Instant
    expires_at: Instant | None = Field(None, description="Of no use after this: then it is not sent")
    schema_version: str = SCHEMA_VERSION
