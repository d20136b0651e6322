"""Runs what a command does; where a service does not answer, it is said what to start."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import aiokafka.errors
import httpx
import psycopg
import sqlalchemy.exc

from schemas.errors import Unreachable

T = TypeVar("T")

_START = "start everything with `intake run`, only the platform with `intake platform up`"


@contextmanager
def reaching() -> Iterator[None]:
    """Turn the failures of clients to connect into Unreachable, with what to start."""
    try:
        yield
    except (aiokafka.errors.KafkaConnectionError, aiokafka.errors.NodeNotReadyError) as error:
        raise Unreachable(f"Kafka does not answer: {_START}") from error
    except (psycopg.OperationalError, sqlalchemy.exc.OperationalError, sqlalchemy.exc.TimeoutError) as error:
        raise Unreachable(f"PostgreSQL does not answer: {_START}") from error
    except httpx.TransportError as error:
        raise Unreachable(f"the gateway does not answer: {_START} or `intake gateway`") from error


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine to its end."""
    with reaching():
        return asyncio.run(work)
