"""What another model is asked about a text, and what it may answer."""

from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Question:
    """A text without personal data, and the codes an answer may use: code → what it means."""

    text: str
    kinds: dict[str, str]
    categories: dict[str, str]


class Opinion(BaseModel):
    """What the other model says. It has no probability: what it says of its own certainty is worth nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: str
    primary: str
    secondary: list[str] = Field(max_length=20)
    safety: bool
    reason: str = Field(max_length=LONGEST_REASON)


class Adviser(Protocol):
    """Gives opinions. May be asked again the same."""

    async def ask(self, question: Question) -> Opinion | None:
        """Its opinion; None where it refuses, or answers something that is none.

        Raises `ChannelUnavailable` when it may be asked again later.
        """
        ...
