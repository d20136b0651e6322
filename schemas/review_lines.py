"""What `intake review` and `intake replay --dry-run` print with `--json`."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.base import Instant, Part, Record
from schemas.review import Label


class ReviewLine(Part):
    """One complaint as people look at it: what the machine says, who has it, what they said. No word of it."""

    complaint_id: UUID
    case_id: UUID
    tracking_number: str
    channel: str
    received_at: Instant
    revision: int
    state: str = Field(description="unasked, open, claimed, done")
    drawn_by: str | None = Field(None, description="suspected-link, place, by-hand, uncertain, disagreement, random")
    reasons: tuple[str, ...] = ()
    machine: Label | None = None
    severity: int | None = None
    p: float | None = Field(None, description="Probability of the primary category")
    margin: float | None = Field(None, description="To the next one")
    rules_category: str | None = Field(None, description="What the words of the pack alone would say")
    disagreement: bool = False
    policy: str | None = None
    model: str | None = None
    week: str | None = Field(None, description="Whose sample it is in")
    part: str | None = Field(None, description="Of the sample; `random` alone is an unbiased picture")
    owner: str | None = None
    outcome: str | None = Field(None, description="confirmed, corrected; revision: nobody had to look any more")
    done_by: str | None = None
    done_at: Instant | None = None
    label: Label | None = Field(None, description="What is right, as the person says")


class ReviewsReport(Record):
    """`intake review list --json`: the oldest first."""

    at: Instant
    reviews: tuple[ReviewLine, ...]


class OpinionLine(Part):
    """What another model says, asked without personal data. It decides nothing."""

    model: str
    kind: str
    primary: str
    secondary: tuple[str, ...] = ()
    safety: bool
    reason: str


class ReviewShown(Record):
    """`intake review show --json`."""

    review: ReviewLine
    masked: bool
    subject: str | None = None
    text: str | None = Field(None, description="null: the record is no longer on the log")
    evidence: tuple[str, ...] = Field((), description="Why the machine thinks so, as sentences in Chinese")
    opinion: OpinionLine | None = None
    hint: str = Field(description="What can be done, as commands")


class ReviewActReport(Record):
    """`intake review claim|release|confirm|correct --json`: what was asked for, and the review as it is now."""

    action: Literal["claim", "release", "confirm", "correct"]
    by: str
    done: bool = Field(description="false: refused for the reason in `detail`")
    detail: str
    revision: int | None = Field(None, description="The revision a correction led to")
    review: ReviewLine | None = None


class SampleReport(Record):
    """`intake review sample --json`: what was drawn, or would be if the week ended now."""

    week: str
    drawn: bool
    population: int
    counts: dict[str, int] = Field(description="Part of the sample → complaints")
    reviews: tuple[ReviewLine, ...]


class DriftLine(Part):
    """One measure of one channel, now and before."""

    channel: str
    measure: str = Field(description="kind, category, confidence, review, unfamiliar, length")
    n: int
    n_before: int
    psi: float | None = Field(description="Population stability index; null: one of the periods is empty")
    mean: float | None = Field(None, description="confidence, review and unfamiliar share, length in characters")
    mean_before: float | None = None
    alarm: bool


class OverrideLine(Part):
    """How much of a channel people had to put right."""

    channel: str
    n: int = Field(description="Complaints received in the window")
    corrected: int
    rate: float | None
    alarm: bool


class AccuracyLine(Part):
    """How often the machine was right on the random sample: the only unbiased estimate. Wilson's 95 % interval."""

    channel: str = Field(description="* for all")
    n: int
    right: int = Field(description="Primary category as the person says")
    accuracy: float | None
    low: float | None
    high: float | None


class DriftReport(Record):
    """`intake review drift --json`."""

    at: Instant
    window_days: int
    reference_days: int
    measures: tuple[DriftLine, ...]
    overrides: tuple[OverrideLine, ...]
    accuracy: tuple[AccuracyLine, ...]
    alarms: int


class WhatIfChange(Part):
    """One kind of change, how often, and some complaints it would happen to."""

    what: str = Field(description="kind, primary, secondary, safety, severity, urgency, department, clocks, review")
    before: str
    after: str
    count: int
    examples: tuple[str, ...] = Field((), description="Tracking numbers")


class WhatIfReport(Record):
    """`intake replay --dry-run --json`: what today's or the given rules and model would say of past complaints."""

    since: Instant
    until: Instant
    policy: str
    model: str | None = None
    complaints: int
    changed: int
    decided_by_people: int = Field(description="Corrected by a person: what they said would hold")
    left_out: int = Field(description="Sealed reports and automatic mail")
    changes: tuple[WhatIfChange, ...]


REVIEW_OUTPUTS: dict[str, type[Record]] = {
    "review-list": ReviewsReport,
    "review": ReviewShown,
    "review-act": ReviewActReport,
    "review-sample": SampleReport,
    "review-drift": DriftReport,
    "what-if": WhatIfReport,
}
"""Name of the schema file → the model; see `schemas.commands.COMMAND_OUTPUTS`."""
