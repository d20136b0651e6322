"""The safety alarm as data: who is told within how many minutes, what is preserved, when people decide on a batch."""

from pydantic import Field

from schemas.policy.base import Code, PolicyPart, Words
from schemas.policy.rules import When


class Preserving(PolicyPart):
    """One thing to secure before it is gone: a recording that is overwritten, a sample, a receipt."""

    what: Code
    zh: Words
    en: Words
    when: When = When()
    within_hours: int = Field(gt=0, description="From receipt: by then somebody has secured it")
    keep_days: int | None = Field(None, gt=0, description="From receipt: so long it is kept; null until the case ends")


class BatchDecision(PolicyPart):
    """Two safety cases on one batch ask people whether its stock is frozen."""

    within_days: int = Field(30, gt=0, description="Between the receipt of the two cases")
    decide_within_hours: int = Field(4, gt=0, description="From when the second case was received")
    informed: tuple[Words, ...] = ("quality-manager", "supply-chain-director", "food-safety-officer")


class SafetyAlarm(PolicyPart):
    """Raised by the safety rules alone, whatever the queues; used by the stage `alarm`."""

    within_minutes: int = Field(15, gt=0, description="From receipt: by then a person has taken it")
    informed: tuple[Words, ...] = ("food-safety-officer", "quality-manager", "duty-manager")
    sealed_informed: tuple[Words, ...] = Field(
        ("regulator-affairs-manager",), description="Instead of them, for a report to an authority"
    )
    preserve: tuple[Preserving, ...] = ()
    batch: BatchDecision = BatchDecision()
