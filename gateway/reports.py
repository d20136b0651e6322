"""Handing a department's report to the log: durable when Kafka has it, otherwise the department sends it again."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

from gateway.log import Log, LogUnavailable
from schemas.errors import NotDurable
from schemas.records import DepartmentStatus
from schemas.signing import SIGNATURE_HEADER, signature
from schemas.topics import STATUS
from schemas.wire import Message, Naming, headers, value


class ReportNotStored(NotDurable):
    """Kafka did not take a report: nothing is kept here, answered with 503 and `Retry-After`."""


class Reports:
    """Publishes reports under the key of their case. The connection is made at the first one, and anew after a failure.

    `keys`: department → the key it set for its records, so that what comes through here is signed like its own.
    """

    def __init__(self, log: Callable[[], Log], naming: Naming, keys: Mapping[str, bytes]) -> None:
        self._make = log
        self._naming = naming
        self._keys = keys
        self._log: Log | None = None
        self._connecting = asyncio.Lock()

    async def publish(self, status: DepartmentStatus) -> None:
        """Return when the report is durable. May be repeated. Raises `ReportNotStored`; then it may be there or not."""
        body = value(status)
        key = self._keys.get(status.department)
        extra = {SIGNATURE_HEADER: signature(key, body)} if key is not None else None
        pairs = headers(STATUS, self._naming, event_id=str(status.status_id), time=status.at, extra=extra)
        message = Message(self._naming.topic(STATUS), str(status.case_id).encode(), body, tuple(pairs))
        try:
            log = await self._connected()
            await log.append([message])
        except LogUnavailable as error:
            await self.close()
            raise ReportNotStored("the report could not be stored: send it again under the same status_id") from error

    async def close(self) -> None:
        """Let go of the log; the next report connects again."""
        log, self._log = self._log, None
        if log is not None:
            with suppress(LogUnavailable):
                await log.close()

    async def _connected(self) -> Log:
        async with self._connecting:
            if self._log is None:
                log = self._make()
                await log.connect()
                self._log = log
            return self._log
