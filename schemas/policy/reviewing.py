"""What of the machine's decisions people look at each week, and when its behaviour is an alarm."""

from typing import Self

from pydantic import Field, model_validator

from schemas.policy.base import PolicyPart


class WeeklySample(PolicyPart):
    """How many complaints of a week people look at besides those the machine asked about, and which.

    Shares are of `size`; what they leave is drawn at random among all, certain ones too.
    """

    size: int = Field(40, ge=0, description="Complaints a week")
    uncertain: float = Field(0.5, ge=0, le=1, description="Share of those with the smallest margin")
    disagreement: float = Field(0.25, ge=0, le=1, description="Share of those where rules and model disagree")

    @model_validator(mode="after")
    def _leaves_room(self) -> Self:
        if self.uncertain + self.disagreement >= 1:
            raise ValueError("uncertain and disagreement must leave a share to the random draw")
        return self


class DriftAlarm(PolicyPart):
    """When a channel's messages, or the machine's answers to them, are no longer what they were."""

    window_days: int = Field(7, ge=1, description="The days looked at")
    reference_days: int = Field(28, ge=1, description="The days before them that they are compared with")
    psi: float = Field(0.2, gt=0, description="Population stability index above which it is an alarm")
    overrides: float = Field(0.1, gt=0, lt=1, description="Share of complaints corrected by people, likewise")
    at_least: int = Field(200, ge=1, description="Complaints in both periods; with fewer there is no alarm")


class Reviewing(PolicyPart):
    """People in the loop."""

    sample: WeeklySample = WeeklySample()
    drift: DriftAlarm = DriftAlarm()
