"""A complaint as the stages leave it: rows in the tables, records where the decisions say."""

from collections.abc import AsyncIterator, Collection
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from operations.history import finding
from schemas.indexed import IndexedView
from schemas.records import Classified, Understanding
from schemas.tables.casework import CASE_EVENTS, CASE_STATES
from schemas.tables.clock import PROMISES
from schemas.tables.deduplicate import CASE_MEMBERS, DEDUPLICATE_DECISIONS
from schemas.tables.route import ROUTE_CASES, ROUTE_DECISIONS
from tests.schemas.making import RECEIVED_AT, classified
from tests.workers.index.pieces import index

HOUR = timedelta(hours=1)


class Files:
    """Files complaints. With `away` their records cannot be read."""

    def __init__(self, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
        self.away: Exception | None = None
        self._engine = engine
        self._records: list[Classified] = []
        monkeypatch.setattr(finding, "records_at", self._records_at)

    async def complaint(self, source_id: str = "1", **fields: Any) -> Classified:
        """One that has gone all the way to a department."""
        understood = {"kind": "complaint", "primary": "quality", "policy": "default@1"} | fields.pop("understood", {})
        one = classified(source_id, understanding=Understanding.model_validate(understood), **fields)
        place = {"topic": "t", "partition": 0, "offset": len(self._records)}
        self._records.append(one)
        decided = {"complaint_id": one.complaint_id, "revision": one.revision, "decided_at": RECEIVED_AT + HOUR}
        linked = {"verdict": "new", "case_id": str(one.case_id), "case_seq": one.case_seq, "evidence": []}
        clocks = [{"clock": "first-reply", "rule_id": "r", "due_at": "2026-11-22T10:00:00.000Z"}]
        routed = {"department": "quality", "rule_id": "r", "policy": "default@1", "clocks": clocks}
        await self.row(DEDUPLICATE_DECISIONS, decided | place | {"decision": linked})
        await self.row(ROUTE_DECISIONS, decided | place | {"decision": routed})
        await self.row(CASE_MEMBERS, _member(one))
        await self.row(PROMISES, _promise(one))
        if one.case_seq == 1:
            at = {"routed_by": one.complaint_id, "routed_at": RECEIVED_AT + HOUR}
            await self.row(
                ROUTE_CASES, {"case_id": one.case_id, "department": "quality", "rule_id": "r", "policy": "p"} | at
            )
        await index(self._engine, IndexedView.model_validate_json(one.to_json()), first_offset=len(self._records))
        return one

    async def department(self, one: Classified, kind: str, said: str, verdict: str = "applied") -> None:
        """What a department did about its case."""
        at = RECEIVED_AT + 2 * HOUR
        event = {"event_id": uuid4(), "case_id": one.case_id, "kind": kind, "department": "quality", "verdict": verdict}
        await self.row(CASE_EVENTS, event | {"at": at, "noted_at": at, "by": "system", "text_for_customer": said})

    async def state(self, one: Classified, state: str) -> None:
        """The state of its case."""
        at = {"since": RECEIVED_AT, "routed_at": RECEIVED_AT, "answered_at": RECEIVED_AT + HOUR}
        await self.row(
            CASE_STATES, {"case_id": one.case_id, "department": "quality", "state": state, "version": 1} | at
        )

    async def row(self, table: Any, values: dict[str, Any]) -> None:
        """One row."""
        async with self._engine.begin() as connection:
            await connection.execute(insert(table).values(values))

    async def _records_at(self, _: Any, places: Collection[finding.Place]) -> AsyncIterator[tuple[Any, Classified]]:
        if self.away is not None:
            raise self.away
        for topic, partition, offset in sorted(one for one in places if one[0] == "t"):
            stamp = int((RECEIVED_AT + HOUR).timestamp() * 1000)
            place = SimpleNamespace(timestamp=stamp, topic=topic, partition=partition, offset=offset)
            yield place, self._records[offset]


def _member(one: Classified) -> dict[str, Any]:
    return {
        "complaint_id": one.complaint_id, "case_id": one.case_id, "case_seq": one.case_seq,
        "tracking_number": one.tracking_number, "verdict": one.link.verdict.value, "account": one.account,
        "received_at": one.received_at, "is_automatic": False, "is_referral": False, "sealed": one.sealed,
    }  # fmt: skip


def _promise(one: Classified) -> dict[str, Any]:
    return {
        "subject_id": one.complaint_id, "kind": "complaint", "state": "open", "tracking_number": one.tracking_number,
        "channel": one.channel, "account": one.account, "received_at": one.received_at,
        "due_at": one.received_at + 24 * HOUR, "is_automatic": False, "page_shown": False, "by_authority": False,
        "reply_channel": one.channel, "addresses": [], "references": [],
    }  # fmt: skip


def attachment_key(complaint: UUID, attachment: UUID) -> str:
    """Where a file of a complaint lies."""
    return f"complaints/{complaint}/attachments/{attachment}"
