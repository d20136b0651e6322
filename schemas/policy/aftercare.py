"""What follows an answer: remedies and who bears their cost, approvals, asking the customer, keeping the file.

Checked and told by `intake policy explain`, for those who answer; no stage acts on it.
"""

from typing import Literal

from pydantic import Field

from schemas.policy.base import Code, Hyphenated, PolicyPart, RuleId, Titles, Words
from schemas.policy.rules import When

Way = Literal["phone", "sms", "wechat", "email", "web", "in-person"]


class Remedy(PolicyPart):
    """What a customer may be offered."""

    code: Hyphenated
    title: Titles


class Cause(PolicyPart):
    """Where a fault came from, and the department that bears its cost."""

    code: Hyphenated
    title: Titles
    bears: Hyphenated


class Approval(PolicyPart):
    """A step that waits for a signature. `by` are roles, each of which signs; `supervised_by`: one of them watches."""

    rule_id: RuleId
    title: Titles
    needed_for: Literal["answer", "remedy", "closing", "filing", "report", "unfreezing", "destroying", "recalling"]
    when: When = When()
    by: tuple[Hyphenated, ...] = Field(min_length=1)
    supervised_by: tuple[Hyphenated, ...] = ()


class Question(PolicyPart):
    """What a customer is asked at the end, and the answers that count as satisfied."""

    code: Code
    ask: Titles
    satisfied: tuple[Words, ...] = ()


class FollowUp(PolicyPart):
    """Asking the customer within the window of a clock. Not where asking is unsuitable, which a person records."""

    rule_id: RuleId
    clock: Hyphenated
    when: When = When()
    ways: tuple[Way, ...]
    questions: tuple[Question, ...] = Field(min_length=1)
    if_dissatisfied: Literal["reopened", "back-to-department", "recorded"]
    responsible: Hyphenated | None = Field(None, description="Department that asks; unset: the one that answered")


class Replying(PolicyPart):
    """How answers go out. `in_step`: one text on each of these channels that the customer agreed to, recorded once."""

    in_step: tuple[Way, ...] = ()
    progress_told: bool = Field(False, description="Customers hear of the steps on the way")
    plan_confirmed: bool = Field(False, description="The customer confirms a plan before it is carried out")
    closed_by_customer: bool = Field(False, description="Closed only when the customer confirms")


class Retention(PolicyPart):
    """How long a closed case is kept, and what of it remains as teaching material."""

    cases_days: int = Field(1095, gt=0)
    reports_days: int = Field(1825, gt=0, description="Reports of authorities and internal reports")
    typical_cases: bool = Field(False, description="A typical case may be marked; an anonymised copy stays")
