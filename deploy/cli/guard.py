"""Runs what a command does; where a service does not answer, it is said what to start."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from schemas.errors import Unreachable

T = TypeVar("T")

_START = "start everything with `intake run`, only the platform with `intake platform up`"


@contextmanager
def reaching() -> Iterator[None]:
    """Turn the failures of clients to connect into Unreachable, with what to start."""
    try:
        yield
    except _of_kafka() as error:
        raise Unreachable(f"Kafka does not answer: {_START}") from error
    except _of_database() as error:
        raise Unreachable(f"PostgreSQL does not answer: {_START}") from error
    except _of_gateway() as error:
        raise Unreachable(f"the gateway does not answer: {_START} or `intake gateway`") from error


# Python asks what an `except` catches only after something was raised: until then no client is imported for it.


def _of_kafka() -> tuple[type[Exception], ...]:
    from aiokafka.errors import KafkaConnectionError, NodeNotReadyError

    return KafkaConnectionError, NodeNotReadyError


def _of_database() -> tuple[type[Exception], ...]:
    import psycopg
    import sqlalchemy.exc

    return psycopg.OperationalError, sqlalchemy.exc.OperationalError, sqlalchemy.exc.TimeoutError


def _of_gateway() -> tuple[type[Exception], ...]:
    import httpx

    return (httpx.TransportError,)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine to its end."""
    with reaching():
        return asyncio.run(work)
