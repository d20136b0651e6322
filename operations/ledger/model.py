"""What the ledger says: the cut, the states, what is missing or twice and where, what the sources have offered."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from operations.ledger.places import Place


class State(StrEnum):
    """Where a stored item is. Everything stored is in exactly one; `MISSING` means in none of the others."""

    IN_FLIGHT = "in-flight"
    SUSPENDED = "suspended"
    DEAD_LETTER = "dead-letter"
    FOR_A_PERSON = "waiting-for-a-person"
    DONE = "done"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """One item that lacks something (or has it twice) and the place. `subject` is a complaint or suspended id,

    for places of a delivery that no item is known of the delivery's, for a doubled dead letter the letter's id.
    """

    place: Place
    subject: UUID
    revision: int = 1
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """What one source says it handed over, asked outside our receiving code.

    `offered` is None where the source cannot be listed; it is printed as `not knowable`, never as 0. `missing` are
    the source's own ids (uidvalidity/uid, entry name) of what it offers and we have not stored; `waiting` are those it
    offers for so short a time that their turn has not come. No personal data.
    """

    source: str
    account: str
    offered: int | None
    stored: int | None = None
    missing: tuple[str, ...] = ()
    note: str = ""
    waiting: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reached:
    """One line of the cut: who has to pass which offset of a partition, and how far it is. `done` when past it."""

    who: str
    topic: str
    partition: int
    noted: int
    passed: int | None

    @property
    def done(self) -> bool:
        """Whether everything before the noted offset has been passed."""
        return self.noted <= 0 or (self.passed is not None and self.passed >= self.noted)


@dataclass(frozen=True, slots=True)
class Gap:
    """Offsets that the auditor never saw because retention had removed them."""

    topic: str
    partition: int
    first: int
    last: int
    noted_at: datetime
