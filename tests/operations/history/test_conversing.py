"""The conversation of a case: every turn once, in the order of time, without what is personal or somebody else's."""

from collections.abc import AsyncIterator, Collection
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.database import create_engine, migrate
from operations.history import finding
from operations.history.conversing import conversation_of
from operations.wording import Wording
from schemas.complaint import Complaint, Sender
from schemas.identity import first_case_id
from schemas.policy import load_pack
from schemas.settings import DatabaseSettings, Settings
from schemas.tables.acknowledge import BOUNCES, OUTBOX
from schemas.tables.deduplicate import CASE_MEMBERS, DEDUPLICATE_DECISIONS
from schemas.tables.sender import OUTBOX_ATTEMPTS
from schemas.tables.tasks import TASKS
from schemas.task import task_id
from tests.workers.pieces import NOON, complaint

pytestmark = pytest.mark.services

PHONE, NAME = "13812340001", "欧阳明月"
WHO = Sender(name=NAME, phones=(PHONE,))
HOUR = timedelta(hours=1)
SAY = Wording(load_pack(), "zh")


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on a database of its own with all tables."""
    await migrate(database_url)
    engine = create_engine(DatabaseSettings(url=SecretStr(database_url)))
    yield engine
    await engine.dispose()


class Case:
    """A case put together by hand, as the stages leave it."""

    def __init__(self, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
        self.case_id = first_case_id(uuid4())
        self._engine = engine
        self._records: list[tuple[datetime, Complaint]] = []
        monkeypatch.setattr(finding, "records_at", self._records_at)

    async def said(self, one: Complaint, at: datetime | None = None) -> Complaint:
        """A complaint or revision of the case, its record written `at`."""
        place = {"topic": "t", "partition": 0, "offset": len(self._records)}
        self._records.append((at or one.received_at, one))
        decision = {"complaint_id": one.complaint_id, "revision": one.revision, "decision": {}, "decided_at": NOON}
        await self._write(DEDUPLICATE_DECISIONS, decision | place)
        if one.revision == 1:
            member = {
                "complaint_id": one.complaint_id,
                "case_id": self.case_id,
                "case_seq": len(self._records),
                "tracking_number": one.tracking_number,
                "verdict": "new",
                "account": one.account,
                "received_at": one.received_at,
                "is_automatic": False,
                "is_referral": False,
            }
            await self._write(CASE_MEMBERS, member)
        return one

    async def answered(
        self,
        to: Complaint,
        text: str,
        state: str | None,
        *,
        bounced: bool = False,
        message: dict[str, Any] | None = None,
        attempt: dict[str, Any] | None = None,
    ) -> None:
        """A message of ours, an hour after the complaint; without a state nobody has taken it up."""
        outbox, at = uuid4(), to.received_at + HOUR
        of = {"complaint_id": to.complaint_id, "case_id": self.case_id, "tracking_number": to.tracking_number}
        row = of | {
            "outbox_id": outbox,
            "kind": "acknowledgement",
            "channel": to.channel,
            "received_at": to.received_at,
            "page_shown": False,
            "reply_channel": to.channel,
            "account": to.account,
            "addresses": [],
            "text": text,
            "language": "zh-Hans",
            "references": [],
            "recipient_key": "",
            "created_at": at,
            "person_at": at,
            "give_up_at": at,
        }
        await self._write(OUTBOX, row | (message or {}))
        if state is not None:
            tried = {"outbox_id": outbox, "state": state, "attempt": 1, "address_index": 0}
            await self._write(
                OUTBOX_ATTEMPTS, tried | {"next_at": at, "changed_at": at, "settled_at": at} | (attempt or {})
            )
        if bounced:
            await self._write(BOUNCES, {"bounce_id": uuid4(), "outbox_id": outbox, "noted_at": at})

    async def to_do(self, of: Complaint, kind: str, **fields: Any) -> None:
        """A task, opened two hours after the complaint."""
        row = {
            "task_id": task_id(of.complaint_id, kind),
            "kind": kind,
            "state": "open",
            "complaint_id": of.complaint_id,
            "case_id": self.case_id,
            "tracking_number": of.tracking_number,
            "channel": of.channel,
            "department": "customer-service",
            "sealed": False,
            "opened_at": of.received_at + 2 * HOUR,
            "due_at": of.received_at + 24 * HOUR,
            "listed": True,
            "version": 1,
        }
        await self._write(TASKS, row | fields)

    async def turns(self, subject: UUID, *, full: bool = False) -> list[Any]:
        """Its conversation."""
        found, _ = await conversation_of(Settings(), self._engine, SAY, self.case_id, subject, full=full)
        return list(found)

    async def _write(self, table: Any, row: dict[str, Any]) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(insert(table).values(**row))

    async def _records_at(self, _: Settings, places: Collection[finding.Place]) -> AsyncIterator[Any]:
        for _topic, _partition, offset in sorted(places):
            at, record = self._records[offset]
            yield SimpleNamespace(timestamp=int(at.timestamp() * 1000)), record


@pytest.fixture
def case(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> Case:
    """An empty case."""
    return Case(engine, monkeypatch)


async def test_a_case_tells_what_was_said_on_every_channel_in_the_order_of_time(case: Case) -> None:
    form = await case.said(complaint(text=f"我是{NAME}，牛奶过期了，请打{PHONE}", sender=WHO))
    call = await case.said(complaint(channel="phone", text="", received_at=NOON + 5 * HOUR, sender=WHO))
    await case.answered(form, f"您好{NAME}，已受理", "sent")
    await case.to_do(
        call, "call-back", state="done", owner="Li", done_by="Li", how="phone", done_at=NOON + 8 * HOUR, note=None
    )

    turns = await case.turns(form.complaint_id)

    assert [(turn.who, turn.what, turn.channel) for turn in turns] == [
        ("customer", "message", "web"),
        ("us", "answer", "web"),
        ("customer", "message", "phone"),
        ("staff", "task-opened", "phone"),
        ("staff", "task-done", "phone"),
    ]
    assert [turn.at for turn in turns] == sorted(turn.at for turn in turns)
    assert (turns[1].state, turns[4].by) == ("sent", "Li")
    assert "Li" in turns[4].summary
    assert not any(personal in f"{turn.text}{turn.summary}" for turn in turns for personal in (NAME, PHONE))
    assert await case.turns(call.complaint_id) == turns


async def test_asked_for_in_full_nothing_is_masked(case: Case) -> None:
    form = await case.said(complaint(text=f"我是{NAME}，请打{PHONE}", sender=WHO))

    [turn] = await case.turns(form.complaint_id, full=True)

    assert turn.text == form.text


async def test_words_that_came_later_are_a_turn_of_their_own_and_a_revision_without_new_words_is_none(
    case: Case,
) -> None:
    call = await case.said(complaint(channel="phone", text=""))
    typed = call.model_copy(update={"text": "牛奶过期了", "revision": 2})
    await case.said(typed, NOON + HOUR)
    await case.said(typed.model_copy(update={"revision": 3}), NOON + 2 * HOUR)

    turns = await case.turns(call.complaint_id)

    assert [(turn.what, turn.at, turn.text) for turn in turns] == [
        ("message", NOON, None),
        ("correction", NOON + HOUR, "牛奶过期了"),
    ]


@pytest.mark.parametrize(
    ("state", "bounced", "shown"),
    [(None, False, "ready"), ("unknown", False, "unknown"), ("refused", False, "refused"), ("sent", True, "bounced")],
)
async def test_what_became_of_our_message_is_told(case: Case, state: str | None, bounced: bool, shown: str) -> None:
    form = await case.said(complaint())
    await case.answered(form, "已受理", state, bounced=bounced)

    [_, answer] = await case.turns(form.complaint_id)

    assert (answer.state, answer.text) == (shown, "已受理")


async def test_a_code_is_told_without_what_it_says(case: Case) -> None:
    form = await case.said(complaint())
    await case.answered(form, "482913", "sent", message={"kind": "code", "occasion": "one-time-code"})

    [_, code] = await case.turns(form.complaint_id)

    assert (code.state, code.text) == ("sent", None)
    assert "一次性验证码" in code.summary


async def test_each_way_a_message_was_tried_on_is_told_with_its_own_words(case: Case) -> None:
    call = await case.said(complaint(channel="wechat"))
    ways = [
        {"channel": one, "account": "", "address": "a", "subject": None, "text": f"by {one}", "recipient_key": one}
        for one in ("wechat", "phone", "email")
    ]
    passed = [{"channel": "wechat", "recipient_key": "wechat", "ended": "closed"}]
    await case.answered(
        call,
        "",
        "sent",
        message={"addresses": ways},
        attempt={"address_index": 1, "channel": "phone", "passed": passed},
    )

    answers = [turn for turn in await case.turns(call.complaint_id) if turn.who == "us"]

    assert [(turn.channel, turn.state, turn.text) for turn in answers] == [
        ("wechat", "closed", None),
        ("phone", "sent", "by phone"),
    ]


async def test_a_sealed_report_is_told_only_to_who_asks_for_it(case: Case) -> None:
    report = await case.said(complaint(channel="regulator_12315", text="举报", sealed=True))
    other = await case.said(complaint(text="牛奶过期了"))
    await case.to_do(report, "platform-entry", sealed=True)
    await case.answered(report, "回执", "sent")

    assert {turn.complaint_id for turn in await case.turns(other.complaint_id)} == {other.complaint_id}
    assert "举报" in {turn.text for turn in await case.turns(report.complaint_id)}
