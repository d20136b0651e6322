"""Everything one look has gathered, as the judges are given it: no database, no broker, no clock in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from operations.heartbeats import Beat
from operations.lag.rows import Board
from operations.promises.board import PromiseBoard
from operations.promises.owed import Awaits, Owed
from operations.saying import Said
from schemas.settings.watch import WatchSettings


@dataclass(frozen=True, slots=True)
class Expected:
    """A part that should run. `channel` and `account` of one that brings complaints; `start` is what starts it.

    A `shared` one is told of by every process that uses it: nothing is said of it while none does.
    """

    part: str
    start: str
    channel: str = ""
    account: str = ""
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """A stage that refuses to go on until a person decides: a flood of failures (so many of the last), or offsets."""

    stage: str
    reason: str
    since: datetime
    failed: int = 0
    seen: int = 0


@dataclass(frozen=True, slots=True)
class Pile:
    """What waits for people: how many, the oldest since when."""

    count: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unsent:
    """Messages to customers that a channel did not take at several tries; `error_class` of the last one."""

    channel: str
    error_class: str
    count: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Silence:
    """A channel in the last hours: how many came, how many usually have by now."""

    channel: str
    account: str
    came: int
    usual: float
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Ending:
    """Something with an end: a certificate, a token, the calendar.

    Of a token of a department: the command that makes the like of it, the one that revokes it, its open cases.
    """

    kind: str
    name: str
    ends_at: datetime
    renew: str = ""
    revoke: str = ""
    at_risk: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """One look. What could not be looked at is empty or None."""

    now: datetime
    watch: WatchSettings
    expected: Sequence[Expected] = ()
    beats: Sequence[Beat] = ()
    board: Board | None = None
    stops: Sequence[Stop] = ()
    owed: Sequence[Owed] = ()
    promises: PromiseBoard | None = None
    overdue_alarms: int = 0
    suspended: Pile = Pile()
    dead_letters: Mapping[str, Pile] = field(default_factory=dict)
    missing: int | None = None
    twice: int = 0
    unsent: Sequence[Unsent] = ()
    silences: Sequence[Silence] = ()
    endings: Sequence[Ending] = ()
    doors: Mapping[str, int] = field(default_factory=dict)
    """Mailbox that no process reads → mails that wait in it, where they could be counted."""
    undelivered: Mapping[str, str] = field(default_factory=dict)
    """Target of alerts → why it takes none."""
    began: datetime | None = None
    """When whoever looks took the first look; None where that is not known."""
    departments: Mapping[str, Said] = field(default_factory=dict)
    """Code → what the department is called."""

    def alive(self, part: str) -> Beat | None:
        """The last beat of a part in a process that runs."""
        return next(
            (one for one in self.beats if one.part == part and one.alive(self.now, self.watch.silent_after)), None
        )

    def last(self, part: str) -> Beat | None:
        """The last beat of a part in any process."""
        return next((one for one in self.beats if one.part == part), None)

    @property
    def living(self) -> Sequence[Beat]:
        """All beats of processes that run."""
        return [one for one in self.beats if one.alive(self.now, self.watch.silent_after)]

    def department(self, code: str) -> Said:
        """What people call a department; one the pack does not know is called by its code."""
        return self.departments.get(code) or Said(f"部门 {code} ", f"the department {code}")

    def owed_at(self, *awaits: Awaits) -> int:
        """How many acknowledgements wait there."""
        return sum(one.awaits in awaits for one in self.owed)
