"""The judgement on a ledger made by hand: each place that lacks something is named, each item is in one state."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.database import create_engine, migrate
from infra.objects import LocalFolder
from operations.ledger import places
from operations.ledger.judging import Judgement
from operations.ledger.model import State
from operations.ledger.places import Holds, Place
from schemas.settings import DatabaseSettings, KafkaSettings
from schemas.tables.auditor import Kind
from tests.operations.ledger.synthetic import CUT_AT, DAY, complaint_id, cut, delivery_id, fill, judge, store_files
from tests.services import Services
from workers.auditor.pruning import prune

pytestmark = pytest.mark.services

COUNT = 6
ONE = 3
BY_DELIVERY = {"archived_deliveries": "delivery_id", "archive_decisions": "complaint_id"}
BY_COMPLAINT = {"promises": "subject_id"}


@pytest.fixture(scope="module")
def migrated(services: Services) -> Iterator[str]:
    """A database of this module with all tables."""
    name = f"t_{secrets.token_hex(6)}"
    with psycopg.connect(services.database_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = urlsplit(services.database_url)._replace(path=f"/{name}").geturl()
    asyncio.run(migrate(url))
    yield url
    with psycopg.connect(services.database_url, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
async def engine(migrated: str) -> AsyncIterator[AsyncEngine]:
    """A database in which a few complaints have gone all the way."""
    engine = create_engine(DatabaseSettings(url=SecretStr(migrated)))
    await fill(engine, COUNT)
    yield engine
    await engine.dispose()


@pytest.fixture
def store(tmp_path: Path) -> LocalFolder:
    """Their objects."""
    return store_files(tmp_path, COUNT)


async def run(engine: AsyncEngine, statement: str, **named: object) -> None:
    """Change something behind the product's back."""
    async with engine.begin() as connection:
        done = await connection.execute(text(statement), named)
        assert done.rowcount > 0, statement


async def write(engine: AsyncEngine, topic: str, offset: int, number: int, kind: Kind = Kind.RECORD) -> None:
    """Add a row to the ledger."""
    await run(
        engine,
        "INSERT INTO ledger_records SELECT topic, 0, :offset, :subject, 1, :kind, :day, null FROM ledger_topics "
        "WHERE name = :topic",
        offset=offset, subject=complaint_id(number), kind=int(kind), day=DAY, topic=topic,
    )  # fmt: skip


async def letter(engine: AsyncEngine, stage: str, topic: str, offset: int, kind: Kind = Kind.RECORD) -> None:
    """Add a dead letter about the record at an offset, or its end."""
    await run(
        engine,
        "INSERT INTO ledger_letters VALUES (CAST(md5(:stage || :offset) AS uuid), :kind, :stage, :topic, 0, "
        "CAST(:offset AS bigint), null, :day)",
        stage=stage, topic=topic, offset=str(offset), kind=int(kind), day=DAY,
    )  # fmt: skip


async def remove(engine: AsyncEngine, topic: str, number: int = ONE) -> None:
    """Take one complaint's row of a topic, or of every topic that begins so, out of the ledger."""
    subject = delivery_id(number) if topic == places.RAW.where else complaint_id(number)
    await run(
        engine,
        "DELETE FROM ledger_records r USING ledger_topics t WHERE t.topic = r.topic AND t.name LIKE :topic "
        "AND r.subject = :subject",
        topic=topic, subject=subject,
    )  # fmt: skip


async def take_away(engine: AsyncEngine, store: LocalFolder, place: Place) -> None:
    """Take what one complaint has at a place."""
    if place.holds is Holds.ROW:
        key = BY_DELIVERY.get(place.where) or BY_COMPLAINT.get(place.where) or "complaint_id"
        subject = delivery_id(ONE) if place.where in BY_DELIVERY else complaint_id(ONE)
        await run(engine, f"DELETE FROM {place.where} WHERE {key} = :subject", subject=subject)
    elif place.holds is Holds.OBJECT:
        of = complaint_id(ONE) if place is places.ATTACHMENT else delivery_id(ONE)
        last = {places.RAW_OBJECT: "/raw", places.ENVELOPE: "/envelope.json"}.get(place, "")
        top = "complaints" if place is places.ATTACHMENT else "deliveries"
        [key] = [one async for some in store.keys_under(top) for one in some if str(of) in one and one.endswith(last)]
        await store.delete(key)
    else:
        departments = {
            places.ASSIGNMENT: "departments.quality.v1",
            places.COPY: "departments.finance.v1",
            places.WITHDRAWN: "departments.logistics.v1",
        }
        await remove(engine, departments.get(place, place.where))


def found(judgement: Judgement) -> list[tuple[str, object]]:
    """What is missing: place and complaint."""
    return [(one.finding.place.name, one.finding.subject) for one in judgement.missing]


def counted(judgement: Judgement) -> dict[State, int]:
    """How many are in each state."""
    return {state: share.count for state, share in judgement.states.items()}


async def test_what_has_gone_all_the_way_is_done_and_nothing_is_missing(
    engine: AsyncEngine, store: LocalFolder
) -> None:
    judgement = await judge(engine, store)

    assert (found(judgement), judgement.twice, counted(judgement)) == ([], (), {State.DONE: COUNT})


OF_ITS_OWN = {
    places.DEAD_LETTER, places.ALARM, places.SEALED_ALARM, places.MESSAGE, places.DECISIONS["notify"],
}  # fmt: skip


@pytest.mark.parametrize("place", [one for one in places.PLACES if one not in OF_ITS_OWN], ids=lambda one: one.name)
async def test_whatever_is_taken_away_is_named_with_its_complaint_and_its_place(
    engine: AsyncEngine, store: LocalFolder, place: Place
) -> None:
    await take_away(engine, store, place)

    judgement = await judge(engine, store)

    assert found(judgement) == [(place.name, complaint_id(ONE))]
    assert judgement.missing[0].tracking_number == f"T-{ONE}"
    assert counted(judgement) == {State.MISSING: 1, State.DONE: COUNT - 1}


@pytest.mark.parametrize(
    ("topic", "kind", "place"),
    [
        ("complaints.deduplicated.v1", Kind.RECORD, "deduplicated"),
        ("complaints.classified.v1", Kind.RECORD, "classified"),
        ("departments.quality.v1", Kind.RECORD, "assignment"),
        ("departments.quality.v1", Kind.COPY, "assignment"),
        ("departments.finance.v1", Kind.RECORD, "assignment"),
        ("departments.logistics.v1", Kind.WITHDRAWN, "assignment"),
        ("complaints.escalated.v1", Kind.RECORD, "escalated"),
        ("complaints.review.v1", Kind.RECORD, "review"),
        ("complaints.acknowledged.v1", Kind.RECORD, "acknowledged"),
    ],
)
async def test_two_for_one_are_named_with_both_their_offsets(
    engine: AsyncEngine, store: LocalFolder, topic: str, kind: Kind, place: str
) -> None:
    await write(engine, topic, 77, ONE, kind)

    [twice] = {one.finding for one in (await judge(engine, store)).twice}

    assert (twice.place.name, twice.subject) == (place, complaint_id(ONE))
    assert f"{topic} 0@77" in twice.detail


ALARMED = "UPDATE alarm_decisions SET decision = CAST(:raised AS jsonb) WHERE complaint_id = :s"


@pytest.mark.parametrize(
    ("raised", "topic", "place"),
    [
        ('{"raised": {}}', "complaints.escalated.v1", "alarm"),
        ('{"raised": {"sealed": true}}', "complaints.sealed-alarms.v1", "sealed-alarm"),
    ],
)
async def test_an_alarm_that_was_decided_and_lies_nowhere_is_missing(
    engine: AsyncEngine, store: LocalFolder, raised: str, topic: str, place: str
) -> None:
    await run(engine, ALARMED, raised=raised, s=complaint_id(ONE))
    without = found(await judge(engine, store))
    await write(engine, topic, 77, ONE, Kind.ALARM)

    assert without == [(place, complaint_id(ONE))]
    assert found(await judge(engine, store)) == []


async def test_one_alarm_beside_what_route_raised_is_right_and_two_are_not(
    engine: AsyncEngine, store: LocalFolder
) -> None:
    await write(engine, "complaints.escalated.v1", 77, ONE, Kind.ALARM)
    before = (await judge(engine, store)).twice
    await write(engine, "complaints.escalated.v1", 78, ONE, Kind.ALARM)

    [twice] = {one.finding for one in (await judge(engine, store)).twice}
    assert (before, twice.place.name, twice.subject) == ((), "alarm", complaint_id(ONE))


async def test_an_alarm_before_its_complaint_is_linked_or_understood_is_no_finding(
    engine: AsyncEngine, store: LocalFolder
) -> None:
    await write(engine, "complaints.escalated.v1", 77, COUNT + 1, Kind.ALARM)

    assert found(await judge(engine, store)) == []


@pytest.mark.parametrize(
    "topic",
    ["complaints.received.v1", "complaints.outbox-results.v1"],
)
async def test_what_may_come_again_is_no_finding(engine: AsyncEngine, store: LocalFolder, topic: str) -> None:
    await write(engine, topic, 77, ONE)
    await write(engine, "complaints.classified.v1", 78, ONE, Kind.REPLAY)

    judgement = await judge(engine, store)

    assert (judgement.missing, judgement.twice) == ((), ())


async def _tell(engine: AsyncEngine) -> None:
    """Let one complaint have a message that went all the way."""
    day, subject = {"day": DAY}, complaint_id(ONE)
    await write(engine, "complaints.messages.v1", ONE, ONE)
    await write(engine, "complaints.outbox-results.v1", 77, ONE, Kind.MESSAGE)
    await run(
        engine,
        "INSERT INTO outbox SELECT CAST(md5('notice') AS uuid), 'notice', complaint_id, case_id, tracking_number, "
        "channel, received_at, page_shown, reply_channel, account, addresses, subject, text, language, in_reply_to, "
        '"references", case_token, recipient_key, subject_key, created_at, person_at, give_up_at, noted_at, '
        "'accepted', null FROM outbox WHERE complaint_id = :s",
        s=subject,
    )
    await run(
        engine,
        "INSERT INTO outbox_attempts SELECT CAST(md5('notice') AS uuid), 'sent', null, null, 1, 0, :day, null, null, "
        ":day, 'sent', '', :day, :day",
        **day,
    )
    await run(
        engine,
        "INSERT INTO notify_decisions SELECT CAST(md5('message') AS uuid), 0, 'complaints.messages.v1', 0, :o, "
        "jsonb_build_object('complaint_id', CAST(:s AS text), 'outbox_id', CAST(md5('notice') AS uuid)), :day",
        o=ONE, s=str(subject), **day,
    )  # fmt: skip


async def test_a_message_that_went_all_the_way_leaves_nothing_to_be_missed(
    engine: AsyncEngine, store: LocalFolder
) -> None:
    await _tell(engine)

    judgement = await judge(engine, store)

    assert (found(judgement), judgement.twice, counted(judgement)) == ([], (), {State.DONE: COUNT})


@pytest.mark.parametrize(
    ("place", "taken"),
    [
        ("message", "ledger_records WHERE topic = (SELECT topic FROM ledger_topics WHERE name LIKE '%messages.v1')"),
        ("notify-decision", "notify_decisions"),
        ("outbox", "outbox WHERE kind = 'notice'"),
        ("result", f"ledger_records WHERE kind = {Kind.MESSAGE:d}"),
    ],
)
async def test_whatever_is_taken_from_a_message_is_named(
    engine: AsyncEngine, store: LocalFolder, place: str, taken: str
) -> None:
    await _tell(engine)
    await run(engine, f"DELETE FROM {taken}")

    assert found(await judge(engine, store)) == [(place, complaint_id(ONE))]


async def test_a_message_is_no_acknowledgement(engine: AsyncEngine, store: LocalFolder) -> None:
    await _tell(engine)
    await run(
        engine,
        "DELETE FROM ledger_records WHERE kind = 0 AND subject = :s AND topic = "
        "(SELECT topic FROM ledger_topics WHERE name = 'complaints.outbox-results.v1')",
        s=complaint_id(ONE),
    )

    assert found(await judge(engine, store)) == [("result", complaint_id(ONE))]


async def test_what_a_stage_has_not_come_to_is_in_flight_and_not_missing(
    engine: AsyncEngine, store: LocalFolder
) -> None:
    for topic in ("complaints.classified.v1", "departments.%", "complaints.escalated.v1", "complaints.review.v1"):
        await remove(engine, topic)
    for topic in ("complaints.outbox-results.v1", "complaints.acknowledged.v1"):
        await remove(engine, topic)
    await run(engine, "DELETE FROM outbox_attempts WHERE outbox_id = CAST(md5(:o) AS uuid)", o=f"outbox {ONE}")
    for table in ("outbox", "acknowledgements"):
        await run(engine, f"DELETE FROM {table} WHERE complaint_id = :s", s=complaint_id(ONE))
    at = cut(classify=ONE)

    waiting, stopped = await judge(engine, store, at), await judge(engine, store, at, stopped=["classify"])

    later = COUNT - ONE
    assert (found(waiting), counted(waiting)) == ([], {State.IN_FLIGHT: later, State.DONE: COUNT - later})
    assert waiting.in_flight["classify"].count == later
    assert waiting.in_flight["classify"].oldest == DAY
    assert counted(stopped) == {State.FOR_A_PERSON: later, State.DONE: COUNT - later}


async def _dead_at_route(engine: AsyncEngine) -> None:
    for topic in ("departments.%", "complaints.escalated.v1", "complaints.review.v1"):
        await remove(engine, topic)
    await run(engine, "DELETE FROM route_decisions WHERE complaint_id = :s", s=complaint_id(ONE))
    await letter(engine, "route", "complaints.classified.v1", ONE)


async def test_a_dead_letter_is_a_state_until_its_replay_has_passed(engine: AsyncEngine, store: LocalFolder) -> None:
    await _dead_at_route(engine)
    dead = await judge(engine, store)
    await write(engine, "complaints.classified.v1", 90, ONE, Kind.REPLAY)
    await letter(engine, "route", "complaints.classified.v1", ONE, Kind.REPLAYED)
    on_its_way = await judge(engine, store, cut(route=90))
    passed = await judge(engine, store)
    await letter(engine, "route", "complaints.classified.v1", 90)
    dead_again = await judge(engine, store)

    assert (found(dead), counted(dead)) == ([], {State.DEAD_LETTER: 1, State.DONE: COUNT - 1})
    assert (found(on_its_way), counted(on_its_way)) == ([], {State.IN_FLIGHT: 1, State.DONE: COUNT - 1})
    assert {place for place, _ in found(passed)} == {"assignment", "route-decision"}
    assert (found(dead_again), counted(dead_again)) == ([], {State.DEAD_LETTER: 1, State.DONE: COUNT - 1})


async def test_a_discarded_dead_letter_is_done(engine: AsyncEngine, store: LocalFolder) -> None:
    await _dead_at_route(engine)
    await letter(engine, "route", "complaints.classified.v1", ONE, Kind.DISCARDED)

    assert counted(await judge(engine, store)) == {State.DONE: COUNT}


async def _suspend(engine: AsyncEngine) -> None:
    """Make one item one that could not be read."""
    for topic in ("complaints.%",):
        await remove(engine, topic)
    await remove(engine, "departments.%")
    for table in ("case_members", "acknowledgements", *(f"{one}_decisions" for one in ("clock", "deduplicate"))):
        await run(engine, f"DELETE FROM {table} WHERE complaint_id = :s", s=complaint_id(ONE))
    await run(engine, "DELETE FROM outbox_attempts WHERE outbox_id = CAST(md5(:o) AS uuid)", o=f"outbox {ONE}")
    await run(engine, "DELETE FROM outbox WHERE complaint_id = :s", s=complaint_id(ONE))
    await write(engine, "complaints.suspended.v1", 1, ONE)


@pytest.mark.parametrize(("end", "state"), [(None, State.SUSPENDED), (Kind.DISCARDED, State.DONE)])
async def test_what_could_not_be_read_is_suspended_until_a_person_ends_it(
    engine: AsyncEngine, store: LocalFolder, end: Kind | None, state: State
) -> None:
    await _suspend(engine)
    if end is not None:
        await write(engine, "complaints.suspended.v1", 2, ONE, end)

    judgement = await judge(engine, store)

    assert found(judgement) == []
    assert counted(judgement) == ({state: 1, State.DONE: COUNT - 1} if state is not State.DONE else {state: COUNT})


async def test_an_item_that_was_read_at_last_must_have_arrived(engine: AsyncEngine, store: LocalFolder) -> None:
    await _suspend(engine)
    await write(engine, "complaints.suspended.v1", 2, ONE, Kind.REPLAYED)
    await run(engine, "UPDATE ledger_records SET items = ARRAY[subject] WHERE kind = :kind", kind=int(Kind.REPLAYED))

    assert found(await judge(engine, store)) == [("received", complaint_id(ONE))]


async def test_a_young_delivery_may_be_published_again_before_its_complaint_is_missing(
    engine: AsyncEngine, store: LocalFolder
) -> None:
    await _suspend(engine)
    await remove(engine, "complaints.suspended.v1")
    await run(engine, "DELETE FROM promises WHERE subject_id = :s", s=complaint_id(ONE))
    missing = await judge(engine, store)
    await run(engine, "UPDATE ledger_records SET at = :at WHERE subject = :s", at=CUT_AT - timedelta(minutes=9),
              s=delivery_id(ONE))  # fmt: skip
    young = await judge(engine, store)

    assert found(missing) == [("received", complaint_id(ONE))]
    assert (found(young), young.in_flight["republisher"].count) == ([], 1)


async def test_a_by_person_that_a_person_has_signed_is_done(engine: AsyncEngine, store: LocalFolder) -> None:
    for number in (0, 1, 2):
        await run(engine, "UPDATE confirm_decisions SET decision = jsonb_build_object('outcome', 'unreachable') "
                          "WHERE complaint_id = :s", s=complaint_id(number))  # fmt: skip
    signed = "SELECT gen_random_uuid(), 'unacknowledged', 'done', :s, :s, 'x', 'web', 'x', false, now(), now(), now(), "
    into = ("INSERT INTO tasks (task_id, kind, state, complaint_id, case_id, tracking_number, channel, department, "
            "sealed, opened_at, due_at, done_at, done_by, listed, version) ")  # fmt: skip
    await run(engine, f"{into}{signed}'Li', false, 2", s=complaint_id(0))
    await run(engine, f"{into}{signed}null, false, 2", s=complaint_id(1))

    judgement = await judge(engine, store)

    assert found(judgement) == []
    assert counted(judgement) == {State.FOR_A_PERSON: 2, State.DONE: COUNT - 2}


async def test_a_message_nobody_knows_the_end_of_and_a_by_person_wait_for_a_person(
    engine: AsyncEngine, store: LocalFolder
) -> None:
    await run(engine, "UPDATE confirm_decisions SET decision = jsonb_build_object('outcome', 'by-person') "
                      "WHERE complaint_id = :s", s=complaint_id(0))  # fmt: skip
    for topic in ("complaints.outbox-results.v1", "complaints.acknowledged.v1"):
        await remove(engine, topic, 1)
        await remove(engine, topic, 2)
    await run(engine, "UPDATE outbox_attempts SET state = 'unknown', outcome = null, published_at = null "
                      "WHERE outbox_id = CAST(md5('outbox 1') AS uuid)")  # fmt: skip
    await run(engine, "UPDATE outbox_attempts SET state = 'retry', outcome = null, published_at = null "
                      "WHERE outbox_id = CAST(md5('outbox 2') AS uuid)")  # fmt: skip

    judgement = await judge(engine, store)

    assert found(judgement) == []
    assert counted(judgement) == {State.FOR_A_PERSON: 2, State.IN_FLIGHT: 1, State.DONE: COUNT - 3}
    assert judgement.in_flight["sender"].count == 1


async def test_a_record_that_names_nobody_must_have_become_a_dead_letter(
    engine: AsyncEngine, store: LocalFolder
) -> None:
    await write(engine, "complaints.classified.v1", 50, ONE, Kind.UNREADABLE)
    await run(engine, "UPDATE ledger_records SET subject = null WHERE kind = :kind", kind=int(Kind.UNREADABLE))
    await letter(engine, "route", "complaints.classified.v1", 50)

    [finding] = (await judge(engine, store)).missing

    assert finding.finding.place is places.DEAD_LETTER
    assert "acknowledge has passed complaints.classified.v1 0@50" in finding.finding.detail


async def test_pruning_removes_whole_complaints_that_have_ended_and_leaves_nothing_to_be_missed(
    engine: AsyncEngine, store: LocalFolder
) -> None:
    await run(engine, "UPDATE ledger_records SET items = ARRAY[:a, :b] WHERE subject = :s",
              a=complaint_id(0), b=complaint_id(1), s=delivery_id(0))  # fmt: skip
    await remove(engine, "complaints.acknowledged.v1", 1)

    removed = await prune(engine, KafkaSettings(), DAY + timedelta(hours=1))
    judgement = await judge(engine, store)

    assert removed == (COUNT - 2) * 11
    assert found(judgement) == [("acknowledged", complaint_id(1))]
    assert counted(judgement) == {State.MISSING: 1, State.DONE: 1}
    assert await prune(engine, KafkaSettings(), DAY + timedelta(hours=1)) == 0


async def test_additions_and_signals_are_forgotten_by_age_and_keep_no_complaint_from_ending(
    engine: AsyncEngine, store: LocalFolder
) -> None:
    for topic in ("complaints.additions.v1", "complaints.signals.v1"):
        await write(engine, topic, 900, COUNT + 5)
        await write(engine, topic, 901, 0)
    await run(engine, "UPDATE ledger_records SET at = at + interval '1 day' WHERE \"offset\" = 901")

    before = await judge(engine, store)
    removed = await prune(engine, KafkaSettings(), DAY + timedelta(hours=1))
    after = await judge(engine, store)

    assert (found(before), found(after)) == ([], [])
    assert removed == COUNT * 11 + 4
    assert after.states == {}
