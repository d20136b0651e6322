"""What a safety alarm says besides who must look: what to secure, and which cases share a batch."""

from uuid import UUID

from pydantic import Field

from schemas.base import Instant, Part, Text

SAFETY_ALARM = "safety-alarm"
"""The level of an escalation that is raised from the words alone, before the case is known."""


class Preserve(Part):
    """One thing to secure before it is gone."""

    what: str = Field(description="Code of the pack: camera_recording, batch_sample, receipt …")
    zh: Text
    en: Text
    secure_by: Instant
    keep_until: Instant | None = Field(None, description="null: until the case ends")


class BatchCases(Part):
    """Another safety case of the same batch came before: people decide whether its stock is frozen."""

    by: str = Field(description="What they share: batch, or product-store where no batch is named")
    complaint_ids: tuple[UUID, ...] = Field(description="Of both cases, the earlier first")
    tracking_numbers: tuple[str, ...]
    informed: tuple[str, ...] = ()
    due_at: Instant
