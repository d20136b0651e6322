"""When complaints of different customers are one systemic problem: what they share, how many, within how many days."""

from datetime import date
from typing import Literal

from pydantic import Field

from schemas.policy.base import Hyphenated, PolicyPart, Words

Shared = Literal["batch", "product-store", "product-problem"]


class ClusterRule(PolicyPart):
    """One way in which complaints of different customers belong together; nobody is merged for it."""

    by: Shared = Field(description="The batch; product and store; product and kind of problem")
    at_least: int = Field(ge=2, description="Different customers that make it systemic")
    within_days: int = Field(ge=1, description="Within so many days; a cluster ends when so long nobody new has come")
    cap: int = Field(200, ge=2, description="Beyond so many customers nobody is counted one by one")
    informed: tuple[Words, ...] = Field((), description="Roles that are told once, when it has become systemic")


class QuickNotice(PolicyPart):
    """How a known problem of one batch is handled without a new examination, signed by those who answer for it."""

    number: Words
    batch: Words
    handle: Words = Field(description="What to do, in words for the clerk")
    signed_by: tuple[Words, ...] = Field(min_length=1)
    valid_from: date = Field(description="First day of receipt it applies to, in the pack's time zone")
    valid_to: date | None = Field(None, description="Last day, itself included; none: until it is taken out")
    copies: tuple[Hyphenated, ...] = Field((), description="Departments that get a copy of each such complaint")


def notice_of(notices: tuple[QuickNotice, ...], number: str | None) -> QuickNotice | None:
    """The notice with this number; None when the pack has none of it."""
    return next((one for one in notices if one.number == number), None)
