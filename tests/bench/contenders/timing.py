"""The common end of a contender: run until SIGTERM, then tell the transactions it made on stdout."""

import asyncio
import json
import signal
import sys
from collections.abc import Awaitable, Callable

import uvloop

from infra.logs import configure

LOADED = 100
"""Records from which on a transaction counts as one under load."""


class Transactions:
    """(records, milliseconds) of every transaction of one process."""

    def __init__(self) -> None:
        self._all: list[tuple[int, float]] = []

    def note(self, records: int, seconds: float) -> None:
        """Note one transaction from its begin to its acknowledged commit."""
        self._all.append((records, seconds * 1000))

    def tell(self) -> None:
        """Write what the harness reads."""
        loaded = [took for records, took in self._all if records >= LOADED]
        json.dump({"transactions_ms": loaded, "transactions": len(self._all)}, sys.stdout)


def run(work: Callable[[asyncio.Event, Transactions], Awaitable[None]]) -> None:
    """Run on uvloop until SIGTERM or SIGINT."""
    configure("json", "WARNING")
    transactions = Transactions()

    async def main() -> None:
        stop = asyncio.Event()
        for one in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(one, stop.set)
        await work(stop, transactions)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
    transactions.tell()
