"""What call centres tell: that a call is over, that a recording can be fetched, and what nobody has told us of."""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from connectors.phone.values import plain

MAX_URL_CHARS = 2_000
_AGENT_CHARS = 60


class Way(StrEnum):
    """Who called whom."""

    INCOMING = "incoming-call"
    OUTGOING = "outgoing-call"
    INTERNAL = "internal-call"


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A call that is over (CDR). `caller` is as written; `reason` is the vendor's code of how it ended.

    `notes` is what the agent wrote down of it, empty where the vendor's record has nothing of the kind.
    """

    call_id: str
    way: Way
    caller: str
    started_at: datetime | None
    answered: bool
    recorded: bool
    talked_s: int | None = None
    agent: str = ""
    reason: str = ""
    notes: str = ""

    def canonical(self) -> dict[str, Any]:
        """All that was said, in plain JSON: the same when the same record is sent again."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return values | {"started_at": self.started_at.isoformat() if self.started_at else None}


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that can be fetched. `recording_id` is the same when the event is sent again; `side` is who is heard.

    `url` is None when what was sent is no address of a file.
    """

    call_id: str
    recording_id: str
    url: str | None
    at: datetime | None
    side: str = "call"
    is_voicemail: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of a call or of an agent's day: nothing to act on, the call record says how it ended."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """An event of a type nobody has told us of. `call_id` is empty where it names no call."""

    type: str
    call_id: str
    at: datetime | None


Event = CallRecord | Recording | Progress | Unknown


def seconds(value: object) -> int | None:
    """A duration; None for what is none."""
    written = plain(value)
    return int(written) if written.isdecimal() and len(written) <= 6 else None


def agent_name(written: str) -> str:
    """What an agent is called, short enough for a line."""
    return " ".join(written.split())[:_AGENT_CHARS]


def file_url(value: object) -> str | None:
    """The address of a file, None for anything else."""
    written = plain(value)
    is_address = written.startswith(("https://", "http://")) and len(written) <= MAX_URL_CHARS and written.isprintable()
    return written if is_address and " " not in written else None
