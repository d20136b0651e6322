"""What a failure means for a batch: wait for the platform, take fewer records, or find the guilty one.

Source: PostgreSQL 18, appendix A (SQLSTATE); psycopg 3 and SQLAlchemy 2 exception trees; aiokafka 0.14.0 errors.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import psycopg
from aiokafka import errors as kafka
from sqlalchemy import exc as sql

from infra.logs import places
from schemas.errors import ChannelUnavailable, NotDurable, StageStopped, Unreachable


class Verdict(StrEnum):
    """What to do with the batch that failed."""

    WAIT = "wait"
    HALVE = "halve"
    POISON = "poison"


class Contended(Exception):
    """Another worker decided the same complaint at the same time: roll back and look again."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a record became a dead letter: class and place, never content."""

    error_class: str
    place: str

    @classmethod
    def of(cls, error: BaseException) -> "Failure":
        """Describe an exception without its text, which may quote a customer."""
        return cls(type(error).__name__, places(error) or "unknown place")


BY_SQLSTATE = {"40P01": Verdict.HALVE, "40001": Verdict.HALVE, "53200": Verdict.HALVE}
"""Deadlock, serialization failure, out of memory: fewer records at once get through."""

BY_SQLSTATE_CLASS = {
    "08": Verdict.WAIT,  # connection
    "22": Verdict.POISON,  # data
    "23": Verdict.POISON,  # integrity constraint
    "25": Verdict.WAIT,  # transaction state
    "28": Verdict.WAIT,  # authorization
    "3D": Verdict.WAIT,  # no such database
    "40": Verdict.WAIT,  # rollback
    "42": Verdict.WAIT,  # a table or right is missing: the deployment's fault, not the record's
    "53": Verdict.WAIT,  # resources
    "55": Verdict.WAIT,  # object state
    "57": Verdict.WAIT,  # operator intervention
    "58": Verdict.WAIT,  # system error
    "P0": Verdict.POISON,  # raised by a trigger
    "XX": Verdict.WAIT,  # internal error
}
"""By the first two characters of the SQLSTATE. A class that is not here waits: waiting loses nothing."""

BY_CLASS: tuple[tuple[type[BaseException], Verdict], ...] = (
    (Contended, Verdict.HALVE),
    (UnicodeError, Verdict.POISON),
    (psycopg.InterfaceError, Verdict.WAIT),
    (psycopg.OperationalError, Verdict.WAIT),
    (psycopg.Error, Verdict.POISON),  # no SQLSTATE: psycopg refused the data before the server saw it
    (sql.TimeoutError, Verdict.WAIT),  # no free connection in the pool
    (sql.DBAPIError, Verdict.POISON),
    (OSError, Verdict.WAIT),
    (TimeoutError, Verdict.WAIT),
    (NotDurable, Verdict.WAIT),
    (ChannelUnavailable, Verdict.WAIT),
    (Unreachable, Verdict.WAIT),
    (kafka.KafkaError, Verdict.WAIT),
)
"""For failures without SQLSTATE; the first fitting line counts, anything else is the record's fault."""

REFUSED: tuple[type[BaseException], ...] = (
    kafka.MessageSizeTooLargeError,
    kafka.RecordListTooLargeError,
    kafka.CorruptRecordException,
)
"""What the broker answers when it will never take a record as it is."""

FENCED: tuple[type[BaseException], ...] = (
    kafka.ProducerFenced,
    kafka.InvalidProducerEpoch,
    kafka.InvalidProducerIdMapping,
    kafka.InvalidTxnState,
    kafka.OutOfOrderSequenceNumber,
)
"""Somebody else owns the partition now, or the broker ended our transaction: rejoin the group."""


def verdict(error: BaseException) -> Verdict:
    """Say what to do about a failure of read, decide or SQL."""
    for one in _with_causes(error):
        state = getattr(one, "sqlstate", None)
        if state:
            return BY_SQLSTATE.get(state) or BY_SQLSTATE_CLASS.get(state[:2], Verdict.WAIT)
        if isinstance(one, sql.DBAPIError) and one.connection_invalidated:
            return Verdict.WAIT
    innermost = list(_with_causes(error))[-1]
    for candidate in (innermost, error):
        for kind, found in BY_CLASS:
            if isinstance(candidate, kind):
                return found
    return Verdict.POISON


def part_of(error: BaseException) -> str:
    """Name the part of the platform a waiting failure is about: database, kafka or object store."""
    for one in _with_causes(error):
        if isinstance(one, psycopg.Error | sql.SQLAlchemyError | Contended):
            return "database"
        if isinstance(one, kafka.KafkaError):
            return "kafka"
    return "object store"


def cause_of(error: BaseException) -> str:
    """Name why a consumer is given up, as the label of a metric."""
    if isinstance(error, StageStopped):
        return "stopped"
    if isinstance(error, FENCED):
        return "fenced"
    if isinstance(error, TimeoutError):
        return "deadline"
    return "kafka" if isinstance(error, kafka.KafkaError) else "error"


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it wraps: SQLAlchemy keeps the driver's error in `orig`."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = getattr(seen, "orig", None) or (seen.__cause__ if isinstance(seen, sql.SQLAlchemyError) else None)
