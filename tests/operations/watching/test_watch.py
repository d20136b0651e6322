"""A look at a real database: promises kept up to date by what changed, piles, rows, and a database that goes away."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import insert, text, update

from infra.database import migrate
from infra.service import Health
from operations.assembly import pack_of
from operations.heartbeats import Heart
from operations.lag.rows import RowState
from operations.promises.answers import counted
from operations.watching import Watch
from schemas.settings import DatabaseSettings, MailboxSettings, Settings
from schemas.settings.watch import WatchSettings
from schemas.tables.acknowledge import ACKNOWLEDGEMENTS, OUTBOX
from schemas.tables.auditor import LEDGER_LETTERS, Kind
from schemas.tables.casework import CASE_STATES
from schemas.tables.clock import PROMISES
from schemas.tables.index import COMPLAINT_INDEX
from schemas.tables.runtime import STOPS
from schemas.tables.sender import OUTBOX_ATTEMPTS
from workers.pipeline import names

pytestmark = pytest.mark.services
HOUR = timedelta(hours=1)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path,
        database=DatabaseSettings(url=SecretStr(database_url)),
        mailboxes={"care": MailboxSettings(host="127.0.0.1", user="care@example.com", password=SecretStr("x"))},
        watch=WatchSettings(look_every=timedelta(0), disk_free_bytes=0, disk_free_share=0),
    )


@pytest.fixture
async def watch(settings: Settings, database_url: str) -> AsyncIterator[Watch]:
    await migrate(database_url)
    made = Watch(settings, pack_of(settings))
    await all_well(made)
    yield made
    await made.close()


async def all_well(watch: Watch, *others: Health) -> None:
    well = [Health(name, True, "works") for name in (*names(), "gateway", "mailbox care")]
    told = {one.name: one for one in (*well, *others)}
    await Heart(watch.settings, "run", lambda: list(told.values())).beat(watch.engine)


async def promise(watch: Watch, age: timedelta, kind: str = "complaint", **changes: Any) -> UUID:
    subject, received = uuid4(), datetime.now(UTC) - age
    row = {
        "subject_id": subject, "kind": kind, "state": "open", "tracking_number": "AAAA", "channel": "email",
        "account": "care", "received_at": received, "due_at": received + 24 * HOUR, "is_automatic": False,
        "page_shown": False, "by_authority": False, "reply_channel": "email", "addresses": [], "references": [],
    } | changes  # fmt: skip
    async with watch.engine.begin() as connection:
        await connection.execute(insert(PROMISES).values(row))
    return subject


async def acknowledge(watch: Watch, subject: UUID) -> None:
    moment = datetime.now(UTC)
    async with watch.engine.begin() as connection:
        await connection.execute(
            insert(ACKNOWLEDGEMENTS).values(
                complaint_id=subject, case_id=uuid4(), tracking_number="AAAA", channel="email", received_at=moment,
                outcome="sent", reason="x", decided_by="stage", decided_at=moment,
            )
        )  # fmt: skip


async def kinds(watch: Watch) -> set[str]:
    return {one.kind for one in await watch.findings()}


async def test_where_all_is_well_nothing_is_found_and_missing_is_zero(watch: Watch) -> None:
    assert await watch.findings() == ()
    hours = await watch.ledger_hours()
    assert hours is not None
    assert hours.missing == 0


async def test_promises_come_and_go_without_all_being_read_again(watch: Watch) -> None:
    first = await promise(watch, HOUR)
    await watch.look()
    await promise(watch, 25 * HOUR)
    await promise(watch, HOUR, is_automatic=True)
    await acknowledge(watch, first)

    board = await watch.promises()

    assert board is not None
    assert board.clocks[0].counts == {"over-12h": 0, "6h-12h": 0, "1h-6h": 0, "under-1h": 0, "breached": 1}
    [listed] = await watch.listed("acknowledgement", "breached", 10)
    assert listed.channel == "email"
    assert "promise-breached" in await kinds(watch)


async def test_cases_that_no_department_accepted_are_counted_and_listed(watch: Watch) -> None:
    now = datetime.now(UTC)
    async with watch.engine.begin() as connection:
        for left in (-HOUR, 2 * HOUR, 7 * HOUR):
            await connection.execute(
                insert(CASE_STATES).values(
                    case_id=uuid4(), department="quality", state="routed", since=now, routed_at=now,
                    accept_by=now + left, version=1,
                )
            )  # fmt: skip

    board = await watch.promises()

    assert board is not None
    assert board.clocks[1].counts == {"over-12h": 0, "6h-12h": 1, "1h-6h": 1, "under-1h": 0, "breached": 1}
    assert await kinds(watch) == {"not-accepted"}


async def test_a_stop_suspended_and_dead_letters_are_found_and_end_with_their_cause(watch: Watch) -> None:
    suspended = await promise(watch, HOUR, "suspended")
    async with watch.engine.begin() as connection:
        await connection.execute(
            insert(STOPS).values(stage="classify", reason="flood", detail="20 of 20", failed=20, seen=20)
        )
        letter = {"dead_letter_id": uuid4(), "stage": "route", "topic": "t", "partition": 0, "offset": 1}
        letter["at"] = datetime.now(UTC)
        await connection.execute(insert(LEDGER_LETTERS).values(letter | {"kind": Kind.RECORD}))
    assert await kinds(watch) >= {"stage-stopped", "suspended-waiting", "dead-letters-waiting"}

    async with watch.engine.begin() as connection:
        await connection.execute(update(STOPS).values(resumed_at=datetime.now(UTC)))
        await connection.execute(update(PROMISES).where(PROMISES.c.subject_id == suspended).values(state="discarded"))
        await connection.execute(insert(LEDGER_LETTERS).values(letter | {"kind": Kind.DISCARDED}))

    assert await kinds(watch) <= {"promise-breached", "promise-forecast"}


async def test_a_channel_has_a_row_with_its_state_and_what_waits_at_its_door(watch: Watch) -> None:
    await promise(watch, timedelta(seconds=5))
    refused = Health("mailbox care", False, "login refused", {"cause": "wrong-password", "waiting": 7})
    before = {row.key: row for row in await watch.rows()}
    await all_well(watch, refused)

    after = {row.key: row for row in await watch.rows()}

    assert before["channel:email:care"].state is RowState.OK
    assert before["channel:email:care"].in_per_s == pytest.approx(1 / 60)
    assert after["channel:email:care"].state is RowState.STALLED
    assert after["channel:email:care"].waiting == 7
    assert after["suspended"].state is RowState.OK


async def test_a_channel_that_usually_speaks_and_does_not_is_named_with_what_is_usual(watch: Watch) -> None:
    for week in (1, 2, 3):
        for minute in range(6):
            subject = await promise(watch, week * 168 * HOUR + timedelta(minutes=minute + 1))
            await acknowledge(watch, subject)

    found = [one for one in await watch.findings() if one.kind == "channel-quiet"]

    assert [one.at_risk for one in found] == [6]
    assert "平时此时已有 6 件" in found[0].said.zh


async def test_a_database_that_is_away_is_a_finding_and_the_rest_is_as_last_seen(watch: Watch) -> None:
    await promise(watch, 25 * HOUR)
    before = await watch.look()
    await watch.close()
    watch.engine = Watch(
        watch.settings.model_copy(
            update={"database": DatabaseSettings(url=SecretStr("postgresql://nobody@127.0.0.1:1/none"))}
        ),
        watch.pack,
    ).engine

    after = await watch.look()

    assert after.database_away
    assert after.findings[0].kind == "database-away"
    assert after.findings[0].at_risk == 1
    assert replace(after, at=before.at, findings=before.findings, database_away=False) == before


async def test_answers_that_are_owed_have_their_clock_and_end_with_the_report_of_an_answer(watch: Watch) -> None:
    now = datetime.now(UTC)
    case_id = uuid4()
    clocks = [{"clock": "first-reply", "rule_id": "x", "due_at": (now - HOUR).isoformat()}]
    row = {
        "complaint_id": uuid4(), "revision": 1, "tracking_number": "AAAA", "case_id": case_id, "case_seq": 1,
        "verdict": "new", "channel": "email", "account": "care", "entry": "mail", "received_at": now - 25 * HOUR,
        "sealed": False, "automatic": False, "kind": "complaint", "category": "quality", "severity": 3,
        "urgency": "regular", "safety": False, "order_numbers": [], "contact": "", "excerpt": "", "attachments": 0,
        "clocks": clocks, "due_at": now - HOUR, "terms": text("''::tsvector"),
    }  # fmt: skip
    async with watch.engine.begin() as connection:
        await connection.execute(insert(COMPLAINT_INDEX).values(row))
    board = await watch.promises()
    assert board is not None
    [answers] = board.clocks[2:]
    assert (answers.clock, answers.title.zh, answers.counts["breached"]) == ("first-reply", "首次答复", 1)
    assert [one.tracking_number for one in await watch.listed("first-reply", "breached", 5)] == ["AAAA"]
    assert "answer-late" in await kinds(watch)

    async with watch.engine.begin() as connection:
        state = {"case_id": case_id, "department": "quality", "state": "answered", "since": now, "routed_at": now}
        await connection.execute(insert(CASE_STATES).values(state | {"answered_at": now, "version": 1}))
    async with watch.engine.connect() as connection:
        assert await counted(connection, now) == {}


async def test_messages_that_a_channel_does_not_take_are_named_with_the_failure(watch: Watch) -> None:
    now, outbox_id = datetime.now(UTC), uuid4()
    message = {
        "outbox_id": outbox_id, "kind": "acknowledgement", "complaint_id": uuid4(), "case_id": uuid4(),
        "tracking_number": "AAAA", "channel": "email", "received_at": now, "page_shown": False,
        "reply_channel": "email", "account": "care", "addresses": [], "text": "", "language": "zh", "references": [],
        "recipient_key": "k", "created_at": now, "person_at": now, "give_up_at": now,
    }  # fmt: skip
    tried = {"outbox_id": outbox_id, "state": "retry", "address_index": 0, "next_at": now, "changed_at": now}
    async with watch.engine.begin() as connection:
        await connection.execute(insert(OUTBOX).values(message))
        await connection.execute(insert(OUTBOX_ATTEMPTS).values(tried | {"attempt": 3, "error_class": "LoginRefused"}))

    [found] = await watch.findings()

    assert found.said.zh == "1 条给客户的消息多次未能通过邮件发出（LoginRefused）"
    assert "INTAKE_SMTP__" in found.next_step.zh

    async with watch.engine.begin() as connection:
        await connection.execute(update(OUTBOX_ATTEMPTS).values(state="sent"))
    assert await watch.findings() == ()
