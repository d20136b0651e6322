"""Corrections: what a person decided instead of the machine. They travel with the complaint, the newest of a kind wins.

A correction becomes a revision of its complaint through the `additions` stage, like everything that comes later; the
stage that owns what is corrected then decides anew, under its own locks (docs/decisions/0022-corrections.md).
"""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.base import Instant, Part, Text


class Reclassified(Part):
    """What the message is, where a person says otherwise; None leaves what the machine says."""

    kind: str | None = None
    primary: str | None = None
    secondary: tuple[str, ...] | None = None
    safety: bool | None = None
    dissatisfaction: int | None = Field(None, ge=0, le=3)
    severity: Literal[1, 2, 3] | None = Field(None, description="Only a person may lower what rules have raised")


class Relinked(Part):
    """Where the complaint belongs: to the case of an earlier one, or to a case of its own (`of` is None)."""

    of: UUID | None = None
    verdict: str = Field("duplicate", description="duplicate, follow_up or repeat; a repeat has a case of its own")


class Rerouted(Part):
    """The department that answers from now on."""

    department: str


Topic = Literal["reclassify", "relink", "reroute"]
"""What a correction may be about."""


class Correction(Part):
    """One decision of a person, with who, when and why. As a rule it says one of the three."""

    correction_id: UUID
    by: str
    at: Instant
    reason: Text
    reclassify: Reclassified | None = None
    relink: Relinked | None = None
    reroute: Rerouted | None = None
    reopened: bool | None = Field(
        None, description="True: the customer is not satisfied, its department takes it again"
    )

    def says(self, topic: Topic) -> bool:
        """Whether it decides this."""
        return getattr(self, topic) is not None


def newest(corrections: Sequence[Correction], topic: Topic) -> Correction | None:
    """The correction that holds: the last by its time, then by its id. None when nobody corrected this."""
    saying = [one for one in corrections if one.says(topic)]
    return max(saying, key=lambda one: (one.at, one.correction_id), default=None)
