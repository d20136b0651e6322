"""The last guard of the command line: every failure becomes an exit code and a sentence that says what to do."""

import asyncio
import io
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import aiokafka.errors
import httpx
import psycopg
import sqlalchemy.exc

from deploy.cli.output import say
from schemas.errors import IntakeError, InvalidRequest, SettingsInvalid, Unreachable

T = TypeVar("T")

GOOD, FINDING, USAGE, CANNOT_REACH, INTERRUPTED = 0, 1, 2, 3, 130

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


def guarded(app: Callable[[], None]) -> None:
    """Run the command line and leave with its exit code: 0 good, 1 finding, 2 usage, 3 cannot reach."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # JSON is UTF-8, whatever the locale says
    try:
        app()
    except (SettingsInvalid, InvalidRequest) as error:
        _leave(str(error), USAGE)
    except Unreachable as error:
        _leave(str(error), CANNOT_REACH)
    except IntakeError as error:
        _leave(str(error), FINDING)
    except KeyboardInterrupt:
        _leave("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # The reader (head, less) has gone: nothing to tell; Python would complain once more when it flushes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(GOOD)


def _leave(sentence: str, code: int) -> None:
    say(f"intake: {sentence}")
    sys.exit(code)
