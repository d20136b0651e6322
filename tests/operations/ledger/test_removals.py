"""Whatever is taken away from a settled system, `intake reconcile` names the complaint and the place."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from psycopg import sql

from operations.ledger import places
from operations.ledger.places import Place
from tests.connectors.imap.reading import mail
from tests.deploy.cli.running import Done, Intake, checked, installation, posted, product, until, use
from tests.scale import of
from tests.services import Services

pytestmark = pytest.mark.services

HARM = "昨天在中山路店买的牛奶已经过期，喝了以后上吐下泻，进了医院，要求赔偿"


@dataclass(frozen=True)
class Settled:
    """A running system with a few complaints at rest, and the one that something is taken from."""

    environment: dict[str, str]
    victim: str
    delivery: str

    def database(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(self.environment["INTAKE_DATABASE__URL"], autocommit=True)

    @property
    def objects(self) -> Path:
        return Path(self.environment["INTAKE_HOME"]) / "objects"

    def reconciled(self, intake: Intake) -> Done:
        """Judge once the auditor and all stages are there."""
        return checked(intake("reconcile", "--wait", "60", "--json"), "reconcile")


@pytest.fixture(scope="module")
def settled(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settled]:
    """Run the product, let it settle three complaints: a post, a mail, and a post with a file that needs an alarm."""
    with installation(services, tmp_path_factory.mktemp("home")) as found:
        environment = found | {"INTAKE_LEDGER__REPUBLISH_AFTER": "PT1S"}
        with product(environment):
            url = f"http://127.0.0.1:{environment['INTAKE_GATEWAY__PORT']}"
            answer = httpx.post(
                f"{url}/api/v1/complaints",
                data={"text": HARM, "email": "li@customers.example"},
                files={"files": ("photo.png", b"\x89PNG\r\n\x1a\n" + bytes(100), "image/png")},
                headers={"Idempotency-Key": "victim"},
                timeout=30,
            )
            assert answer.status_code == 202, answer.text
            victim = answer.json()["complaint_id"]
            yield Settled(environment, victim, delivery_of(environment, victim))


def delivery_of(environment: dict[str, str], complaint: str) -> str:
    """Wait until a complaint is acknowledged, its delivery archived and both in the ledger; the delivery's id."""
    acknowledged = "SELECT 1 FROM confirm_decisions WHERE complaint_id = %s"
    archived = "SELECT delivery_id FROM archived_deliveries WHERE complaint_ids ? %s"
    with psycopg.connect(environment["INTAKE_DATABASE__URL"], autocommit=True) as database:
        until(lambda: database.execute(acknowledged, [complaint]).fetchone())
        found = until(lambda: database.execute(archived, [complaint]).fetchone())
        assert found
        for topic in IN_LEDGER:
            until(partial(seen, database, [complaint, found[0], topic]))
    return str(found[0])


SEEN = "SELECT 1 FROM ledger_records JOIN ledger_topics USING (topic) WHERE subject IN (%s, %s) AND name LIKE %s"
IN_LEDGER = ("%.deliveries.raw.v1", "%.classified.v1", "%.departments.%", "%.escalated.v1", "%.acknowledged.v1")


@pytest.fixture(autouse=True)
def on_system(settled: Settled, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command look at that system."""
    use(settled.environment, monkeypatch)


def seen(database: psycopg.Connection[tuple[Any, ...]], values: list[Any]) -> Any:
    """Whether the ledger has one of the subjects on the topic."""
    return database.execute(SEEN, values).fetchone()


@contextmanager
def without_rows(settled: Settled, table: str, condition: str) -> Iterator[None]:
    """Take rows out of a table, and put them back as they were."""
    name, kept = sql.Identifier(table), sql.Identifier("taken_away")
    which = sql.SQL(condition)
    values = {
        "victim": settled.victim,
        "delivery": settled.delivery,
        "prefix": settled.environment["INTAKE_KAFKA__PREFIX"],
    }
    with settled.database() as database:
        database.execute(sql.SQL("CREATE TABLE {} AS SELECT * FROM {} WHERE {}").format(kept, name, which), values)
        taken = database.execute(sql.SQL("DELETE FROM {} WHERE {}").format(name, which), values)
        try:
            assert taken.rowcount > 0, "there was nothing to take away"
            yield
        finally:
            database.execute(sql.SQL("INSERT INTO {} SELECT * FROM {}").format(name, kept))
            database.execute(sql.SQL("DROP TABLE {}").format(kept))


Removal = Callable[[Settled], AbstractContextManager[None]]


def record(topic: str) -> Removal:
    """A record that is not on its topic: nobody has seen it there."""
    condition = (
        "topic IN (SELECT topic FROM ledger_topics WHERE name LIKE %(prefix)s || '.{}') "
        "AND (subject = CAST(%(victim)s AS uuid) OR subject = CAST(%(delivery)s AS uuid))"
    )
    return lambda settled: without_rows(settled, "ledger_records", condition.format(topic))


def row(table: str, condition: str = "complaint_id = CAST(%(victim)s AS uuid)") -> Removal:
    """A row of a table of the product."""
    return lambda settled: without_rows(settled, table, condition)


def stored(pattern: str) -> Removal:
    """An object of the object store."""

    @contextmanager
    def without(settled: Settled) -> Iterator[None]:
        keys = {"victim": settled.victim, "delivery": settled.delivery}
        [path] = settled.objects.glob(pattern.format(**keys))
        aside = settled.objects.parent / "aside"
        os.replace(path, aside)
        try:
            yield
        finally:
            os.replace(aside, path)

    return without


OFTEN = 9
"""Places that every run takes something from; a large run goes over all."""

OF_DELIVERY = "delivery_id = CAST(%(delivery)s AS uuid)"
REMOVALS: list[tuple[Place, Removal]] = [
    (places.RAW, record("deliveries.raw.v1")),
    (places.RECEIVED, record("complaints.received.v1")),
    (places.CLASSIFIED, record("complaints.classified.v1")),
    (places.ASSIGNMENT, record("departments.%%")),
    (places.ACKNOWLEDGED, record("complaints.acknowledged.v1")),
    (places.PROMISE, row("promises", "subject_id = CAST(%(victim)s AS uuid)")),
    (places.OUTBOX, row("outbox")),
    (places.RAW_OBJECT, stored("deliveries/*/*/*/{delivery}/raw")),
    (places.ATTACHMENT, stored("complaints/{victim}/attachments/*")),
    (places.DEDUPLICATED, record("complaints.deduplicated.v1")),
    (places.ESCALATED, record("complaints.escalated.v1")),
    (places.RESULT, record("complaints.outbox-results.v1")),
    (places.ARCHIVED, row("archived_deliveries", OF_DELIVERY)),
    (places.MEMBER, row("case_members")),
    (places.GUARD, row("acknowledgements")),
    (places.DECISIONS["route"], row("route_decisions")),
    (places.DECISIONS["acknowledge"], row("acknowledge_decisions")),
    (places.DECISIONS["tasks"], row("tasks_decisions")),
    (places.DECISIONS["alarm"], row("alarm_decisions")),
    (places.ENVELOPE, stored("deliveries/*/*/*/{delivery}/envelope.json")),
]
CHOSEN = of(REMOVALS[:OFTEN], REMOVALS)


def test_at_rest_nothing_is_missing_and_nothing_is_twice(settled: Settled, intake: Intake, tmp_path: Path) -> None:
    posted(intake, tmp_path)
    file = tmp_path / "mail.eml"
    file.write_bytes(mail(body="快递晚到了五天"))
    assert intake("submit", file).code == 0
    with settled.database() as database:
        until(lambda: database.execute("SELECT 1 FROM confirm_decisions HAVING count(*) = 3").fetchone())

    done = settled.reconciled(intake)

    assert (done.code, done.json["findings"]) == (0, [])
    assert [(one["state"], one["count"]) for one in done.json["states"] if one["count"]] == [("done", 3)]
    offered = {one["source"]: (one["offered"], one["stored"]) for one in done.json["offered"]}
    assert (offered["mailbox"], offered["web"]) == ((1, 1), ("not knowable", None))


@pytest.mark.parametrize(("place", "removal"), CHOSEN, ids=[place.name for place, _ in CHOSEN])
def test_what_is_taken_away_is_named_with_its_place(
    settled: Settled, intake: Intake, place: Place, removal: Removal
) -> None:
    with removal(settled):
        done = settled.reconciled(intake)

    found = {(one["kind"], one["place"], one["holds"], one["where"]) for one in done.json["findings"]}
    assert done.code == 1
    assert ("missing", place.name, place.holds.value, place.where) in found
    assert {one["complaint_id"] for one in done.json["findings"]} == {settled.victim}


def test_a_department_record_that_is_written_twice_is_named_twice(settled: Settled, intake: Intake) -> None:
    copy = asyncio.run(write_again(settled))
    done = settled.reconciled(intake)
    with settled.database() as database:
        values = {"victim": settled.victim, "topic": copy}
        assert database.execute(FORGET_LAST, values).rowcount == 1

    [finding] = done.json["findings"]
    assert (done.code, finding["kind"], finding["place"]) == (1, "twice", "assignment")
    assert finding["complaint_id"] == settled.victim
    assert finding["detail"].count(copy) == 2


FORGET_LAST = """
    DELETE FROM ledger_records r USING ledger_topics t
    WHERE t.topic = r.topic AND t.name = %(topic)s AND r.subject = %(victim)s AND r."offset" =
    (SELECT max("offset") FROM ledger_records m WHERE m.topic = r.topic AND m.subject = r.subject)
"""


async def write_again(settled: Settled) -> str:
    """Do what a stage without a fence would: write the victim's department record once more. Returns the topic."""
    with settled.database() as database:
        query = (
            'SELECT t.name, r."partition", r."offset" FROM ledger_records r JOIN ledger_topics t USING (topic) '
            "WHERE r.subject = %s AND t.name LIKE '%%.departments.%%' AND r.kind = 0"
        )
        [(topic, partition, offset)] = database.execute(query, [settled.victim]).fetchall()
    servers = {"bootstrap_servers": settled.environment["INTAKE_KAFKA__BOOTSTRAP_SERVERS"]}
    consumer, producer = AIOKafkaConsumer(**servers), AIOKafkaProducer(**servers)
    await consumer.start()
    await producer.start()
    try:
        consumer.assign([TopicPartition(topic, partition)])
        consumer.seek(TopicPartition(topic, partition), offset)
        written = await consumer.getone()
        await producer.send_and_wait(topic, written.value, written.key, headers=list(written.headers))
    finally:
        await producer.stop()
        await consumer.stop()
    return str(topic)


def test_with_everything_back_in_its_place_nothing_is_found(settled: Settled, intake: Intake) -> None:
    done = settled.reconciled(intake)

    assert (done.code, done.json["findings"]) == (0, [])
