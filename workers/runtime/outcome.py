"""What became of one record: what is written for it, or why nothing is."""

from enum import StrEnum
from typing import NamedTuple

from schemas.errors import PoisonRecord
from workers.runtime.failures import Failure


class Fate(StrEnum):
    """How a record ended; also the `outcome` label of the metric."""

    DECIDED = "decided"
    REPLAYED = "replayed"
    REDELIVERY = "redelivery"
    SKIPPED = "skipped"
    DEAD_LETTER = "dead_letter"


class Outgoing(NamedTuple):
    """One record as it goes to the broker."""

    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


class Outcome(NamedTuple):
    """The end of one record: what is written for it as bytes, or the failure that makes it a dead letter."""

    fate: Fate
    outgoing: tuple[Outgoing, ...] = ()
    failure: Failure | None = None


SKIPPED = Outcome(Fate.SKIPPED)
REDELIVERY = Outcome(Fate.REDELIVERY)


def dead(error: BaseException) -> Outcome:
    """The outcome of a record that can never be processed because of `error`."""
    return Outcome(Fate.DEAD_LETTER, failure=Failure.of(error))


class TooLargeToProduce(PoisonRecord):
    """What the stage wants to write for the record is larger than one record may be."""
