"""What `intake alerts` prints as JSON."""

from typing import Literal

from pydantic import Field

from schemas.base import Instant, Part, Record


class AlertLine(Part):
    """One thing that is or was wrong."""

    key: str
    kind: str
    level: Literal["red", "amber"]
    opened_at: Instant
    closed_at: Instant | None = None
    at_risk: int
    said_zh: str
    said_en: str
    next_step_zh: str
    next_step_en: str
    told: tuple[str, ...] = Field((), description="Targets that were told")


class AlertsReport(Record):
    """`intake alerts list`."""

    alerts: tuple[AlertLine, ...]


class TargetLine(Part):
    """One target that was tried; `problem` is null when it took the message."""

    target: str
    problem: str | None = None


class TargetsReport(Record):
    """`intake alerts test`."""

    targets: tuple[TargetLine, ...]
