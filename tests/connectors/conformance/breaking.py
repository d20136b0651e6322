"""Which promises a connector or a way of answering does not keep: what a mutant of it is told by."""

from collections.abc import Awaitable, Callable

from schemas.errors import NotGenuine
from tests.connectors.conformance.case import Case
from tests.connectors.conformance.promises import PROMISES
from tests.connectors.conformance.replies import REPLY_PROMISES, ReplyCase


def broken(case: Case) -> set[Callable[[Case], None]]:
    """The promises a connector does not keep."""
    found = set()
    for promise in PROMISES:
        try:
            promise(case)
        except (AssertionError, NotGenuine):
            found.add(promise)
    return found


async def broken_by(case: ReplyCase) -> set[Callable[[ReplyCase], Awaitable[None]]]:
    """The promises a way of answering does not keep."""
    found: set[Callable[[ReplyCase], Awaitable[None]]] = set()
    for promise in REPLY_PROMISES:
        try:
            await promise(case)
        except AssertionError:
            found.add(promise)
    return found
