"""Where a call stands: what its next callback answers, as the event in that callback's path.

The step is part of the path and not of the query, so that it is part of the delivery's `source`: the same key pressed
at two steps of one call is sent in the same bytes, and still is two deliveries.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import quote

SMS, VOICE, CALL, RECORDING, STATUS = "sms", "voice", "call", "recording", "status"
EVENTS = frozenset({SMS, VOICE, CALL, RECORDING, STATUS})
MAX_ROUNDS = 5
"""How often a caller may add more in one call; then it says goodbye."""
_EVENT = re.compile(r"call-([a-z]+)(?:-(zh|en))?(?:-(recorded|unrecorded))?(?:-([1-9]))?")


class Asked(StrEnum):
    """What the caller was asked."""

    LANGUAGE = "language"
    CONSENT = "consent"
    MENU = "menu"
    ORDER = "order"
    DESCRIBE = "describe"
    AUDIO = "audio"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class Step:
    """What was asked, in which language, whether the caller lets us record, and how often we came by."""

    asked: Asked
    language: str | None = None
    recorded: bool = False
    round: int = 1

    @property
    def event(self) -> str:
        """The event in the path of the callback that brings the answer."""
        consent = "recorded" if self.recorded else "unrecorded"
        language = f"-{self.language}" if self.language else ""
        return f"call-{self.asked.value}{language}-{consent}-{self.round}"

    def to(self, asked: Asked) -> "Step":
        """The next question in the same round."""
        return replace(self, asked=asked)


def read_step(event: str | None) -> Step | None:
    """The step an event stands for, None for any other event."""
    found = _EVENT.fullmatch(event or "")
    if found is None or found[1] not in set(Asked):
        return None
    return Step(Asked(found[1]), found[2], found[3] == "recorded", int(found[4] or 1))


def callback_url(public_base_url: str, account: str, event: str | None) -> str:
    """The address Twilio calls for an event of an account, as the gateway's path has it; without query."""
    whole = f"{public_base_url.rstrip('/')}/webhooks/phone/{quote(account, safe='')}"
    return f"{whole}/{quote(event, safe='')}" if event else whole
