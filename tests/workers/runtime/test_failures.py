"""Every failure has one meaning: wait, halve, or the record is guilty."""

import psycopg
import pytest
from aiokafka import errors as kafka
from psycopg import errors as pg
from sqlalchemy import exc as sql

from schemas.errors import NotDurable, PoisonRecord, StageStopped
from workers.runtime.failures import Contended, Failure, Verdict, cause_of, part_of, verdict


def wrapped(error: Exception) -> sql.DBAPIError:
    kind = sql.OperationalError if isinstance(error, psycopg.OperationalError) else sql.DBAPIError
    return kind("SELECT 1", {}, error)


HALVED = [pg.DeadlockDetected(), pg.SerializationFailure(), pg.OutOfMemory(), Contended()]
WAITING = [
    psycopg.OperationalError("connection refused"),
    psycopg.InterfaceError("the connection is closed"),
    pg.AdminShutdown(),
    pg.CannotConnectNow(),
    pg.TooManyConnections(),
    pg.DiskFull(),
    pg.LockNotAvailable(),
    pg.QueryCanceled(),
    pg.ConnectionFailure(),
    pg.TransactionRollback(),
    pg.IdleInTransactionSessionTimeout(),
    pg.UndefinedTable(),
    pg.InternalError_(),
    sql.TimeoutError("pool"),
    ConnectionResetError(),
    TimeoutError(),
    NotDurable("object store"),
    kafka.KafkaConnectionError(),
]
POISONOUS = [
    psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes"),
    UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
    pg.UntranslatableCharacter(),
    pg.NumericValueOutOfRange(),
    pg.UniqueViolation(),
    pg.CheckViolation(),
    psycopg.ProgrammingError("cannot adapt type"),
    PoisonRecord("as told"),
    KeyError("bug"),
]


def name(error: Exception) -> str:
    return type(error).__name__


@pytest.mark.parametrize("error", HALVED, ids=name)
def test_contention_asks_for_fewer_records(error: Exception) -> None:
    assert verdict(error) is verdict(wrapped(error)) is Verdict.HALVE


@pytest.mark.parametrize("error", WAITING, ids=name)
def test_what_passes_is_waited_for(error: Exception) -> None:
    assert verdict(error) is Verdict.WAIT


@pytest.mark.parametrize("error", [e for e in WAITING if isinstance(e, psycopg.Error)], ids=name)
def test_what_passes_is_waited_for_also_when_the_toolkit_wraps_it(error: psycopg.Error) -> None:
    assert verdict(wrapped(error)) is Verdict.WAIT


@pytest.mark.parametrize("error", POISONOUS, ids=name)
def test_data_and_bugs_are_the_records_fault(error: Exception) -> None:
    assert verdict(error) is Verdict.POISON


def test_a_connection_the_toolkit_gave_up_is_waited_for() -> None:
    error = sql.DBAPIError("SELECT 1", {}, psycopg.DatabaseError("gone"), connection_invalidated=True)

    assert verdict(error) is Verdict.WAIT


def test_a_state_nobody_listed_waits_because_waiting_loses_nothing() -> None:
    assert verdict(pg.lookup("0A000")()) is Verdict.WAIT


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (wrapped(psycopg.OperationalError("refused")), "database"),
        (kafka.KafkaConnectionError(), "kafka"),
        (NotDurable("object store"), "object store"),
    ],
    ids=["database", "kafka", "object store"],
)
def test_waiting_names_the_part_it_is_for(error: Exception, part: str) -> None:
    assert part_of(error) == part


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (kafka.ProducerFenced(), "fenced"),
        (kafka.OutOfOrderSequenceNumber(), "fenced"),
        (kafka.KafkaConnectionError(), "kafka"),
        (TimeoutError(), "deadline"),
        (StageStopped(), "stopped"),
        (ValueError(), "error"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_the_end_of_a_consumer_has_a_cause_for_the_metric(error: Exception, cause: str) -> None:
    assert cause_of(error) == cause


def test_a_failure_is_told_by_class_and_place_only() -> None:
    try:
        int("13800138000x")
    except ValueError as error:
        failure = Failure.of(error)

    assert failure.error_class == "ValueError"
    assert "13800138000" not in failure.place
    assert "test_failures.py" in failure.place
