"""A gateway with a database, and complaints as the stages leave them there."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import Table, delete, event, insert
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.database import create_engine, migrate
from schemas.identity import tracking_number
from schemas.messages import Message
from schemas.policy import load_pack
from schemas.settings import DatabaseSettings
from schemas.tables.acknowledge import OUTBOX
from schemas.tables.casework import CASE_EVENTS, CASE_STATES
from schemas.tables.clock import PROMISES
from schemas.tables.deduplicate import CASE_MEMBERS, CASES
from schemas.tables.index import COMPLAINT_INDEX
from schemas.tables.route import ROUTE_CASES
from schemas.tokens import track_key
from schemas.topics import MESSAGES
from tests.gateway.http import TOKEN_KEYS, Gateway, gateway
from tests.gateway.parts import NOW
from tests.waiting import until

PACK = load_pack()
FORM = {"lang": "zh-CN"}
"""What a form without fields holds."""


@dataclass(frozen=True, slots=True)
class Known:
    """A complaint that the tables know."""

    complaint_id: UUID
    case_id: UUID
    number: str

    @property
    def key(self) -> str:
        """What opens its page."""
        return track_key(TOKEN_KEYS, self.number)


@dataclass(slots=True)
class Desk:
    """A gateway with its database; `of.client` is a customer's browser."""

    of: Gateway
    engine: AsyncEngine

    async def write(self, table: Table, **values: Any) -> None:
        """One row, as its stage writes it."""
        async with self.engine.begin() as connection:
            await connection.execute(insert(table).values(**values))

    async def arrived(self, phone: str = "+8613812345678", **more: Any) -> Known:
        """A complaint the clock has seen, and nobody else."""
        made = uuid4()
        number = tracking_number(b"number key of the tests, 32 bytes", made)
        way = {"channel": "phone", "account": "", "address": phone}
        row: dict[str, Any] = {
            "subject_id": made, "kind": "complaint", "state": "open", "tracking_number": number, "channel": "email",
            "account": "main", "received_at": NOW, "due_at": NOW + timedelta(hours=24), "is_automatic": False,
            "page_shown": False, "by_authority": False, "reply_channel": "phone", "addresses": [way], "references": [],
        }  # fmt: skip
        await self.write(PROMISES, **(row | more))
        return Known(made, uuid4(), number)

    async def joined(self, known: Known, seq: int = 1, at: datetime = NOW, **more: Any) -> Known:
        """Give it its place in its case; the first opens it."""
        if seq == 1:
            opener = {"opened_by": known.complaint_id, "opened_at": at, "last_seq": seq}
            await self.write(CASES, case_id=known.case_id, **opener)
        row: dict[str, Any] = {
            "complaint_id": known.complaint_id, "case_id": known.case_id, "case_seq": seq, "account": "main",
            "tracking_number": known.number, "verdict": "new", "received_at": at, "is_automatic": False,
            "is_referral": False,
        }  # fmt: skip
        await self.write(CASE_MEMBERS, **(row | more))
        return known

    async def routed(self, known: Known, department: str = "quality") -> Known:
        """Hand its case to a department."""
        row = {"rule_id": "r", "policy": "p@1", "routed_by": known.complaint_id, "routed_at": NOW}
        await self.write(ROUTE_CASES, case_id=known.case_id, department=department, **row)
        return known

    async def told(self, known: Known, kind: str, text: str | None = None, **more: Any) -> None:
        """A department reports on its case."""
        row: dict[str, Any] = {
            "event_id": uuid4(), "case_id": known.case_id, "kind": kind, "department": "quality", "noted_at": NOW,
            "at": NOW + timedelta(hours=1), "by": "王检验员", "text_for_customer": text, "verdict": "applied",
            "internal_note": "客户很难缠",
        }  # fmt: skip
        await self.write(CASE_EVENTS, **(row | more))

    async def state(self, known: Known, state: str, **more: Any) -> None:
        """Its case is in this state."""
        row = {"department": "quality", "since": NOW, "routed_at": NOW, "version": 1} | more
        async with self.engine.begin() as connection:
            await connection.execute(delete(CASE_STATES).where(CASE_STATES.c.case_id == known.case_id))
        await self.write(CASE_STATES, case_id=known.case_id, state=state, **row)

    async def indexed(self, known: Known, **more: Any) -> None:
        """The index has come to it."""
        row: dict[str, Any] = {
            "complaint_id": known.complaint_id, "revision": 1, "tracking_number": known.number, "account": "main",
            "case_id": known.case_id, "case_seq": 1, "verdict": "new", "channel": "email", "entry": "mail",
            "received_at": NOW, "sealed": False, "automatic": False, "kind": "complaint", "severity": 2,
            "urgency": "regular", "safety": False, "order_numbers": [], "contact": "", "excerpt": "",
            "attachments": 0, "terms": "",
        }  # fmt: skip
        await self.write(COMPLAINT_INDEX, **(row | more))

    async def sent(self, known: Known, text: str, kind: str = "acknowledgement") -> None:
        """A message to its sender is in the outbox."""
        row: dict[str, Any] = {
            "outbox_id": uuid4(), "kind": kind, "complaint_id": known.complaint_id, "case_id": known.case_id,
            "tracking_number": known.number, "channel": "email", "received_at": NOW, "page_shown": False,
            "reply_channel": "email", "account": "main", "addresses": [], "text": text, "language": "zh-Hans",
            "references": [], "recipient_key": "k", "created_at": NOW, "person_at": NOW, "give_up_at": NOW,
        }  # fmt: skip
        await self.write(OUTBOX, **row)

    async def opened(self, known: Known) -> httpx.Response:
        """Open its page with the key, as the script does."""
        answer = await self.of.client.post(f"/track/{known.number}/open", data={"k": known.key})
        assert answer.status_code == 303
        return await self.of.client.get(answer.headers["location"])

    async def code(self, number: str) -> tuple[str, str]:
        """Ask for a code as a browser does; gives the challenge and the code that was sent."""
        before = len(self.of.log.on(MESSAGES.name))
        page = await self.of.client.post(f"/track/{number}/code", data=FORM)
        await until(lambda: len(self.of.log.on(MESSAGES.name)) > before)
        return hidden(page.text)["challenge"], self.last_code()

    def last_code(self) -> str:
        """The code that was sent last; empty before the first."""
        sent = self.of.log.on(MESSAGES.name)
        return Message.model_validate_json(sent[-1].value).values["code"] if sent else ""

    def statements(self) -> list[str]:
        """What the database is asked from now on."""
        asked: list[str] = []
        event.listen(self.engine.sync_engine, "before_cursor_execute", lambda _c, _k, text, *_: asked.append(text))
        return asked


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms; of one name, the last."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


Open = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture
async def open_desk(database_url: str, tmp_path: Path) -> AsyncIterator[Open]:
    """Open gateways on one migrated database."""
    await migrate(database_url)
    engine = create_engine(DatabaseSettings(url=SecretStr(database_url)))

    @asynccontextmanager
    async def opened(**more: Any) -> AsyncIterator[Desk]:
        async with gateway(tmp_path, engine=engine, home=tmp_path, pack=PACK, **more) as of:
            yield Desk(of, engine)

    yield opened
    await engine.dispose()
