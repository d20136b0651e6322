"""Structured logs on stderr: events with ids, never the words or the contacts of a customer."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal

import structlog

from infra.visible import in_one_line

ALLOWED = frozenset(
    {
        "account", "address_hash", "attempt", "batch", "case_id", "channel", "complaint_id", "count", "dead_letter_id",
        "delivery_id", "detail", "department", "duration_s", "entries", "error", "error_class", "group", "lag", "level",
        "locked_s", "mailbox", "name", "offset", "outbox_id", "outcome", "part", "partition", "path", "pid", "port",
        "reason", "records", "retry_in_s", "size_bytes", "spooled", "stage", "state", "status", "suspended_id",
        "timestamp", "topic", "uid", "uidvalidity", "url", "worker",
    }
)  # fmt: skip
"""Fields a log line may have. Anything else is dropped and named in `dropped`, so a text can never slip in."""


def only_allowed(_: Any, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Drop fields that are not declared; keep their names so that the drop is seen in development."""
    extra = [name for name in event if name not in ALLOWED and name not in {"event", "exception", "exc_info"}]
    for name in extra:
        del event[name]
    if extra:
        event["dropped"] = sorted(extra)
    return event


def one_line(_: Any, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Escape in each value what would begin a line of its own or steer a terminal."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = in_one_line(value)
    return event


def frames_only(_: Any, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Replace an exception by its class and the places it passed; its text may quote a customer."""
    failure = event.pop("exc_info", None)
    if failure is True:
        failure = sys.exc_info()[1]
    elif isinstance(failure, tuple):
        failure = failure[1]
    if isinstance(failure, BaseException):
        event["error_class"] = type(failure).__name__
        event["exception"] = places(failure)
    return event


def places(failure: BaseException) -> str:
    """The innermost frames of a failure as `file:line function`, without messages or values."""
    frames = []
    trace = failure.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename.rsplit('/', 2)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return " < ".join(reversed(frames[-8:]))


def configure(format: Literal["json", "console"], level: str) -> None:
    """Set up logging of this process: one JSON object a line, or coloured lines for a terminal."""
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            frames_only,
            only_allowed,
            one_line,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s", force=True)


def log(name: str) -> Any:
    """A logger whose lines carry `name`."""
    return structlog.get_logger(name=name)
