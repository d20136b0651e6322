"""What comes later to a complaint we have: a file that was fetched, a recording, words that somebody typed."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.base import Instant, Record, Text
from schemas.complaint import SCHEMA_VERSION, Attachment, Complaint, Stated
from schemas.correction import Correction


class Addition(Record):
    """More about one complaint, from its channel or a person. It may come before the complaint itself, and twice.

    What is given is added, nothing is taken away: `text` is put behind what is there, an attachment replaces the one
    of its id, a stated field fills an empty one. `tasks` are opened, `tasks_done` ended, `consents` given. `by` is
    who added it: `channel`, `fetch`, `transcription`, or the name of a member of staff.
    """

    addition_id: UUID
    complaint_id: UUID
    text: Text | None = None
    language: str | None = None
    attachments: tuple[Attachment, ...] = ()
    stated: Stated = Stated()
    tasks: tuple[Literal["call-back", "listen-and-type", "platform-entry"] | str, ...] = ()
    tasks_done: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    correction: Correction | None = None
    base: Complaint | None = Field(
        None, description="The newest revision known to who corrects, for a complaint that is not kept any more"
    )
    by: str = "channel"
    at: Instant
    schema_version: str = SCHEMA_VERSION
