"""Reviews: complaints a person looks at, as the machine was unsure or they were drawn. Codes and ids only."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from schemas.base import Instant, Part, Record, Vocabulary
from schemas.correction import Correction
from schemas.identity import named_uuid
from schemas.records import CategoryScore


class ReviewState(Vocabulary):
    """How far a review is. `unasked`: nobody has to look, but somebody may."""

    UNASKED = "unasked"
    OPEN = "open"
    CLAIMED = "claimed"
    DONE = "done"


class Drawn(Vocabulary):
    """Why a complaint is with people. The last three are the parts of the weekly sample, too."""

    SUSPECTED_LINK = "suspected-link"
    PLACE = "place"
    BY_HAND = "by-hand"
    UNCERTAIN = "uncertain"
    DISAGREEMENT = "disagreement"
    RANDOM = "random"


class ReviewOutcome(Vocabulary):
    """How a review ended. Only the first two say what is right."""

    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    REVISION = "revision"
    SEALED = "sealed"


SETTLED = frozenset({ReviewOutcome.CONFIRMED.value, ReviewOutcome.CORRECTED.value})


class ReviewAct(StrEnum):
    """What a person does in the queue: the `kind` of a `Command`. A correction is none: it becomes a revision."""

    CLAIM = "review.claim"
    RELEASE = "review.release"
    CONFIRM = "review.confirm"


REVISION = "revision"
"""Name of a command's argument: the revision the person has seen."""


class Label(BaseModel):
    """What a message is, as a machine or a person says it."""

    model_config = ConfigDict(frozen=True)

    kind: str
    primary: str
    secondary: tuple[str, ...] = ()
    safety: bool = False
    dissatisfaction: int | None = None


class UnderstoodView(Part):
    """What the machine said, and how sure it was."""

    model_config = ConfigDict(extra="ignore")

    kind: str
    categories: tuple[CategoryScore, ...] = ()
    primary: str
    secondary: tuple[str, ...] = ()
    safety: bool = False
    severity: int = 3
    dissatisfaction: int | None = None
    evidence: tuple[dict[str, Any], ...] = Field((), description="As it is: read for each complaint, looked at by few")
    needs_review: bool = False
    review_reasons: tuple[str, ...] = ()
    policy: str
    model: str | None = None

    @property
    def label(self) -> Label:
        """What it says the message is."""
        return Label(
            kind=self.kind,
            primary=self.primary,
            secondary=self.secondary,
            safety=self.safety,
            dissatisfaction=self.dissatisfaction,
        )


class _AutomaticView(Part):
    model_config = ConfigDict(extra="ignore")

    is_automatic: bool = False


class ReviewView(Record):
    """What of a classified complaint reviews and counters depend on; of its words only how many characters."""

    model_config = ConfigDict(extra="ignore")

    complaint_id: UUID
    revision: int = Field(1, ge=1)
    case_id: UUID
    tracking_number: str
    channel: str
    received_at: Instant
    sealed: bool = False
    automatic: _AutomaticView = _AutomaticView()
    length: Annotated[int, BeforeValidator(len)] = Field("", validation_alias="text", validate_default=True)
    corrections: tuple[Correction, ...] = ()
    understanding: UnderstoodView


def request_id(complaint: UUID) -> UUID:
    """The id under which the stage keeps its decisions on requests about a complaint, by revision."""
    return named_uuid("review-request", str(complaint))


def decided_under(command: UUID) -> UUID:
    """The id under which the stage keeps its decision on a command."""
    return named_uuid("review-command", str(command))


def command_id(complaint: UUID, act: ReviewAct, by: str, version: int) -> UUID:
    """The id of an act on a review as it was seen (`version`): repeated, it is the same act."""
    return named_uuid("review", str(complaint), act, by, str(version))


def week_of(at: datetime, zone: ZoneInfo) -> str:
    """The week of a moment by the calendar of a place: `2026-W47`."""
    return week_name(at.astimezone(zone).date())


def week_name(day: date) -> str:
    """The ISO week of a day."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


REASON_TITLES: Mapping[str, str] = {
    "no_hit": "没有可识别的词",
    "low_confidence": "类别不够确定",
    "narrow_margin": "两个类别难分先后",
    "very_short": "内容过短",
    "safety_uncertain": "是否涉及安全，不够确定",
    "safety_disagreement": "有安全字样，但全文看来未必有危险",
    "kind_uncertain": "来信类型不够确定",
    "unfamiliar": "很多词语没有见过",
    "suspected_link": "疑似重复，需人工判断",
    "only_attachments": "只有附件",
    "empty": "没有内容",
    "not-heard-yet": "录音尚未听取",
}
"""Reason → what staff reads; one that is not here is shown as it is."""


def drawn_by(reasons: tuple[str, ...]) -> str:
    """Why reasons bring a complaint here, in one word."""
    if "suspected_link" in reasons:
        return Drawn.SUSPECTED_LINK.value
    if any("disagreement" in reason for reason in reasons):
        return Drawn.DISAGREEMENT.value
    if reasons and all("place" in reason or "store" in reason for reason in reasons):
        return Drawn.PLACE.value
    return Drawn.UNCERTAIN.value


def rules_category(understood: UnderstoodView) -> str | None:
    """The category that the rules alone would name, by the points of their words; None where they found none."""
    points: dict[str, float] = {}
    for clue in understood.evidence:
        source, _, rest = str(clue.get("rule", "")).partition(".")
        if source in {"lexicon", "stated"}:
            code = rest.partition(".")[0]
            points[code] = points.get(code, 0.0) + float(clue.get("points") or 0.0)
    return max(points, key=lambda code: (points[code], code)) if points else None


def facts(understood: UnderstoodView) -> dict[str, Any]:
    """What is kept of the machine's decision, by the names of the columns of `reviews`."""
    by_code = {one.code: one.p for one in understood.categories}
    p = by_code.get(understood.primary)
    others = max((one for code, one in by_code.items() if code != understood.primary), default=0.0)
    rules = rules_category(understood)
    against = understood.model is not None and rules is not None and rules != understood.primary
    return {
        "machine": understood.label.model_dump(mode="json"),
        "severity": understood.severity,
        "p": p,
        "margin": None if p is None else round(p - others, 4),
        "rules_category": rules,
        "disagreement": against or any("disagreement" in one for one in understood.review_reasons),
        "policy": understood.policy,
        "model": understood.model,
    }
