"""What `intake parse` and `intake submit` print about deliveries, one object a line."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.additions import Addition
from schemas.base import Instant, Record
from schemas.complaint import Complaint
from schemas.signals import SignalKind


class ParsedComplaintLine(Complaint):
    """A line of `intake parse`: the complaint's fields, and where it stood."""

    file: str
    item: int


class ParsedSuspendedLine(Record):
    """A line of `intake parse` for what cannot be read."""

    file: str
    item: int
    suspended: str = Field(description="Reason code")
    detail: str


class ParsedAdditionLine(Addition):
    """`intake parse`: one item that belongs to a complaint of another delivery."""

    file: str
    item: int


class ParsedSignalLine(Record):
    """`intake parse`: one item that is no complaint and still means something."""

    file: str
    item: int
    signal: SignalKind
    detail: str = ""
    at: Instant


class SubmittedLine(Record):
    """A line of `intake submit`: what became of one file."""

    file: str
    channel: str
    way: Literal["http", "smtp", "imap", "folder"]
    complaint_id: UUID | None = Field(None, description="Known at once for posts; mails get theirs when they are read")
    tracking_number: str | None = None
    status_url: str | None = None
