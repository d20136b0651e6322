"""Two small department systems of the demo: they take on what comes, one asks back once, one answers a case.

They do what `deploy/examples/python/department.py` does, as a part of the process: read their topic, report on
`complaints.status.v1` under ids that are the same when a record comes twice, commit what is reported.

Source: aiokafka 0.14.0.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from infra.kafka import client_options, producer
from infra.logs import log
from infra.service import Health
from schemas.identity import named_uuid
from schemas.records import DepartmentStatus
from schemas.settings import KafkaSettings
from schemas.topics import STATUS, department_topic
from schemas.wire import value
from workers.runtime.abandon import stop_consumer
from workers.runtime.backoff import delays, rest

NAME = "departments"
_FOLDER = "demo-departments"
_EACH_S = 1.5
"""What a case takes to be read, so that the board shows a department at work."""
_POLL_MS = 500
_log = log(__name__)


@dataclass(frozen=True, slots=True)
class Played:
    """A department of the demo, and what it does once besides taking cases on."""

    code: str
    once: str
    words: str


PLAYED = (
    Played("quality", "need-information", "请补充一张能看清生产日期或批号的照片。"),
    Played("logistics", "answered", "包裹已找到，今天送达；运费已退回您的原支付账户。"),
)


class DemoDepartments:
    """All of them as one part of the process. `home` keeps who has done what it does once."""

    def __init__(self, kafka: KafkaSettings, home: Path, played: tuple[Played, ...] = PLAYED) -> None:
        self.name = NAME
        self._kafka, self._home, self._played = kafka, home, played

    async def run(self, stop: asyncio.Event) -> None:
        """See `infra.service.Service`."""
        await asyncio.gather(*(self._persist(one, stop) for one in self._played))

    def health(self) -> Health:
        """Always ready: nothing of the product waits for the department systems of others."""
        return Health(self.name, True, "plays the systems of " + ", ".join(one.code for one in self._played))

    def reports(self, one: Played, record: dict[str, Any]) -> Iterator[DepartmentStatus]:
        """What a department says to one record: nothing to copies and withdrawals, once a case otherwise."""
        if not record["responsible"] or record["kind"] != "assignment.opened" or record["urgency"] == "none":
            return
        yield _status(one, record, "accepted")
        if self._is_first(one, record["case_id"]):
            yield _status(one, record, one.once, one.words)

    def _is_first(self, one: Played, case_id: str) -> bool:
        """Whether this is the case of this home that the department does it for."""
        mark = self._home / _FOLDER / one.code
        mark.parent.mkdir(parents=True, exist_ok=True)
        if not mark.exists():
            mark.write_text(case_id)
        return mark.read_text() == case_id

    async def _persist(self, one: Played, stop: asyncio.Event) -> None:
        pauses = delays()
        while not stop.is_set():
            try:
                await self._work(one, stop)
            except KafkaError as error:
                _log.warning("a department of the demo begins again", department=one.code, error=type(error).__name__)
                await rest(stop, next(pauses))

    async def _work(self, one: Played, stop: asyncio.Event) -> None:
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(producer(self._kafka))
            consumer = AIOKafkaConsumer(
                self._kafka.naming.topic(department_topic(one.code)),
                **client_options(self._kafka),
                group_id=f"demo-{one.code}-system",
                enable_auto_commit=False,
                isolation_level="read_committed",
                auto_offset_reset="earliest",
            )
            stack.push_async_callback(stop_consumer, consumer)
            await consumer.start()
            while not stop.is_set():
                await self._take(one, consumer, client, stop)

    async def _take(
        self, one: Played, consumer: AIOKafkaConsumer, client: AIOKafkaProducer, stop: asyncio.Event
    ) -> None:
        """Read a few records, report on each and commit it."""
        found = await consumer.getmany(timeout_ms=_POLL_MS, max_records=1)
        for place, records in found.items():
            for record in records:
                for report in self.reports(one, json.loads(record.value or b"{}")):
                    topic = self._kafka.naming.topic(STATUS)
                    await client.send_and_wait(topic, value(report), str(report.case_id).encode())
                await consumer.commit({place: record.offset + 1})
                await rest(stop, _EACH_S)


def _status(one: Played, record: dict[str, Any], status: str, words: str | None = None) -> DepartmentStatus:
    return DepartmentStatus(
        status_id=named_uuid("demo-status", one.code, record["case_id"], status),
        case_id=record["case_id"],
        department=one.code,
        status=status,
        text_for_customer=words,
        at=datetime.now(UTC),
        by="demo",
    )
