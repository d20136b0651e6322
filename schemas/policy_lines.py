"""What `intake policy explain` prints with `--json`."""

from typing import Literal

from schemas.base import Instant, Part, Record
from schemas.records import Clock


class PolicyLine(Part):
    """One sentence about a pack: its section, and its rule where a rule says it."""

    section: str
    rule_id: str | None = None
    says: str


class PolicyExplanation(Record):
    """`intake policy explain --json`: what a pack does, sentence by sentence."""

    pack: str
    lang: Literal["zh", "en"]
    lines: tuple[PolicyLine, ...]


class PolicyWalk(Record):
    """`intake policy explain --json` for one complaint: which rules fire, what would be routed where, by when."""

    pack: str
    organisation: str | None = None
    lang: Literal["zh", "en"]
    received_at: Instant
    steps: tuple[PolicyLine, ...]
    kind: str
    category: str
    case_class: str | None = None
    severity: int
    urgency: str
    safety: bool
    department: str
    copies: tuple[str, ...] = ()
    informed: tuple[str, ...] = ()
    judge: str | None = None
    store_code: str | None = None
    clocks: tuple[Clock, ...] = ()
    needs_review: bool = False
    review_reasons: tuple[str, ...] = ()
