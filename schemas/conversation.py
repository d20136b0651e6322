"""What `intake show` prints of a case: what was said to us and by us, and what people did, on every channel."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.base import Instant, Part


class ConversationLine(Part):
    """One turn of a case's conversation."""

    at: Instant
    who: Literal["customer", "us", "staff"] | str
    what: Literal["message", "correction", "answer", "task-opened", "task-done"] | str
    complaint_id: UUID
    tracking_number: str
    channel: str = Field(description="On which it was said, or is to be answered")
    state: str | None = Field(None, description="Of our message: ready, sent, refused, bounced …; of a task: open …")
    by: str | None = Field(None, description="The member of staff who has the task or has done it")
    summary: str = Field(description="One line for a clerk, in the language asked for")
    text: str | None = Field(None, description="What was said; personal data masked unless asked for in full")
