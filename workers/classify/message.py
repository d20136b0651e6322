"""What an understander looks at, and the interface that stays."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from schemas.complaint import Stated
from schemas.records import Understanding


@dataclass(frozen=True, slots=True)
class Message:
    """What an understander looks at. Spans in its answer count code points of `text`.

    `words_may_come`: a person still has to listen or to call back; without words nothing is known of it yet.
    `repeat_count`, `systemic`: as linking found. `known_as`: number and name that the pack's lists of customers go by.
    `written_due`: the date in a referral.
    """

    text: str
    subject: str | None = None
    stated: Stated = field(default_factory=Stated)
    channel: str = ""
    entry: str = ""
    verdict: str = "new"
    automatic: bool = False
    referral: bool = False
    attachments: int = 0
    words_may_come: bool = False
    received_at: datetime | None = None
    repeat_count: int | None = None
    systemic: bool = False
    known_as: tuple[str, ...] = ()
    written_due: datetime | None = None


class Understander(Protocol):
    """Tells what a message is about. Pure: the same message gives the same answer."""

    def understand(self, message: Message) -> Understanding:
        """Understand one message; never fails, says `other` with a reason to review when it cannot tell."""
        ...
