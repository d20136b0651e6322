"""The ledger by source and hour, on rows as archive, clock and auditor leave them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.database import create_engine, migrate
from operations.ledger.hours import LedgerHours, ledger_hours
from schemas.settings import DatabaseSettings
from schemas.tables.archive import ARCHIVED
from schemas.tables.auditor import LEDGER_RECORDS, LEDGER_TOPICS, Kind
from schemas.tables.clock import PROMISES
from schemas.wire import Naming

pytestmark = pytest.mark.services

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
TOPICS = {
    "deliveries.raw.v1": 1,
    "complaints.received.v1": 2,
    "departments.quality.v1": 3,
    "complaints.acknowledged.v1": 4,
    "complaints.suspended.v1": 5,
}


@pytest.fixture
async def ledger(database_url: str) -> AsyncIterator[AsyncConnection]:
    await migrate(database_url)
    engine = create_engine(DatabaseSettings(url=SecretStr(database_url)))
    async with engine.begin() as connection:
        for name in TOPICS:
            await connection.execute(insert(LEDGER_TOPICS).values(name=name))
        yield connection
    await engine.dispose()


async def lies(
    ledger: AsyncConnection, topic: str, subject: UUID, age: timedelta, items: list[UUID] | None = None
) -> None:
    numbers = {row.name: row.topic for row in await ledger.execute(LEDGER_TOPICS.select())}
    offset = int.from_bytes(uuid4().bytes[:6])
    await ledger.execute(
        insert(LEDGER_RECORDS).values(
            topic=numbers[topic], partition=0, offset=offset, subject=subject, revision=1, kind=Kind.RECORD,
            at=NOW - age, items=items,
        )
    )  # fmt: skip


async def delivered(ledger: AsyncConnection, age: timedelta, account: str = "care") -> UUID:
    delivery, item = uuid4(), uuid4()
    await ledger.execute(
        insert(ARCHIVED).values(
            delivery_id=delivery, object_key="k", sha256="x", size_bytes=1, channel="email", received_at=NOW - age,
            complaint_ids=[], suspended_ids=[], account=account,
        )
    )  # fmt: skip
    await lies(ledger, "deliveries.raw.v1", delivery, age, [item])
    return item


async def promised(ledger: AsyncConnection, subject: UUID, age: timedelta, channel: str = "email") -> None:
    await ledger.execute(
        insert(PROMISES).values(
            subject_id=subject, kind="complaint", state="open", tracking_number="n", channel=channel, account="care",
            received_at=NOW - age, due_at=NOW, is_automatic=False, page_shown=False, by_authority=False,
            reply_channel=channel, addresses=[], references=[], noted_at=NOW - age,
        )
    )  # fmt: skip


async def hours(ledger: AsyncConnection, *, audited: bool = True, unread: int = 0) -> LedgerHours:
    return await ledger_hours(
        ledger,
        Naming("", "/x"),
        NOW,
        settled_after=timedelta(minutes=10),
        audited=audited,
        listed={("email", "care"): unread},
    )


async def test_each_hour_of_a_source_counts_what_lies_where(ledger: AsyncConnection) -> None:
    hour = timedelta(hours=1)
    for topics in (
        ["complaints.received.v1", "departments.quality.v1", "complaints.acknowledged.v1"],
        ["complaints.received.v1"],
    ):
        item = await delivered(ledger, hour)
        await promised(ledger, item, hour)
        for topic in topics:
            await lies(ledger, topic, item, hour)

    [row] = (await hours(ledger)).hours

    assert (row.channel, row.account, row.hour) == ("email", "care", datetime(2026, 3, 2, 7, tzinfo=UTC))
    assert (row.offered, row.stored, row.routed, row.acknowledged, row.missing) == (2, 2, 1, 1, 0)


async def test_an_item_that_led_to_nothing_is_missing_once_it_had_its_time(ledger: AsyncConnection) -> None:
    await delivered(ledger, timedelta(hours=1))
    await delivered(ledger, timedelta(minutes=5))

    found = await hours(ledger)

    assert found.missing == 1
    assert [one.missing for one in found.hours] == [0, 1]


async def test_nothing_is_called_missing_while_nobody_writes_the_ledger(ledger: AsyncConnection) -> None:
    await delivered(ledger, timedelta(hours=1))

    assert (await hours(ledger, audited=False)).missing is None


async def test_where_nothing_has_come_nothing_is_missing(ledger: AsyncConnection) -> None:
    assert (await hours(ledger)).missing == 0


async def test_what_the_archive_has_not_come_to_yet_is_counted_by_its_promise(ledger: AsyncConnection) -> None:
    await promised(ledger, uuid4(), timedelta(minutes=1), channel="web")

    [row] = (await hours(ledger)).hours

    assert (row.channel, row.stored, row.offered, row.missing) == ("web", 1, None, 0)


async def test_unread_mails_are_offered_in_the_present_hour(ledger: AsyncConnection) -> None:
    [row] = (await hours(ledger, unread=3)).hours

    assert (row.offered, row.stored, row.hour) == (3, 0, datetime(2026, 3, 2, 8, tzinfo=UTC))


async def test_a_record_that_lies_in_one_topic_twice_is_counted(ledger: AsyncConnection) -> None:
    subject = uuid4()
    for _ in range(2):
        await lies(ledger, "departments.quality.v1", subject, timedelta(hours=1))

    assert (await hours(ledger)).twice == 1


async def test_a_mail_imported_late_is_judged_by_when_it_was_stored(ledger: AsyncConnection) -> None:
    delivery, item = uuid4(), uuid4()
    await ledger.execute(
        insert(ARCHIVED).values(
            delivery_id=delivery, object_key="k", sha256="x", size_bytes=1, channel="email",
            received_at=NOW - timedelta(hours=9), complaint_ids=[], suspended_ids=[], account="care",
        )
    )  # fmt: skip
    await lies(ledger, "deliveries.raw.v1", delivery, timedelta(minutes=1), [item])

    [row] = (await hours(ledger)).hours

    assert (row.hour, row.missing) == (datetime(2026, 3, 1, 23, tzinfo=UTC), 0)
