"""One thing that is wrong, as the operations page and the alerts say it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from operations.saying import Said


class Level(StrEnum):
    """How soon somebody must act: a promise is in danger (red), or will be if nobody does (amber)."""

    RED = "red"
    AMBER = "amber"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `key` is the same as long as the same thing is wrong; nothing in it is personal.

    `at_risk` counts the open complaints that will be late if nobody acts; `uncounted`: more may wait where nobody can
    look as long as it is wrong, in a mailbox that lets nobody in. `command` is what to type, when typing helps;
    `page` is where on the operations page to do it.
    """

    key: str
    kind: str
    level: Level
    object: Said
    said: Said
    since: datetime
    at_risk: int
    next_step: Said
    command: str | None = None
    page: str | None = None
    uncounted: bool = False
