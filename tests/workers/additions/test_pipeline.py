"""Complaints with pending files on their whole way: corrected at their department, acknowledged once, none missing."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.contract import FetchedFile
from connectors.rounds import Rounds
from infra.clock import present
from infra.failpoints import armed
from infra.kafka import create_topics, producer
from infra.objects import LocalFolder
from operations.ledger.cut import reach
from operations.ledger.judging import Judgement, Ledger
from schemas.errors import MediaGone
from schemas.inbound import Inbound, ParsedAddition, ParsedComplaint, ParsedItem
from schemas.outcomes import Acknowledged
from schemas.records import Assignment
from schemas.settings import KafkaSettings
from schemas.topics import ACKNOWLEDGED, Topic, all_topics, department_topic
from tests.gateway.parts import NUMBERING
from tests.services import Services
from tests.workers.additions.media import SOUND, Source
from tests.workers.additions.pieces import addition, pending
from tests.workers.pieces import PSEUDONYM_KEY, mail
from tests.workers.sender.pieces import Channel
from tests.workers.test_pipeline import context, first_of, running
from workers.context import WorkerContext
from workers.pipeline import PIPELINE

pytestmark = pytest.mark.services

GONE = "gone"
CRASHES = "stage.decided/additions=fail,stage.before-end-txn/additions=fail,stage.after-end-txn/additions=fail"
QUALITY = department_topic("quality")


async def hand_over(account: str, reference: str, max_bytes: int) -> FetchedFile:
    """One of the files has expired."""
    if reference == GONE:
        raise MediaGone("expired")
    return SOUND


async def deliver(made: WorkerContext, *items: ParsedItem) -> None:
    """Write what the gateway writes for a delivery with these items, twice, as when its sender tries again."""
    kafka = made.settings.kafka
    body = repr(items).encode()
    inbound = Inbound("email", "support", body, present(), "gateway", present())
    ready = Rounds(kafka.naming, NUMBERING, PSEUDONYM_KEY, 256 * 1024).make(inbound, items)
    for key, data in ready.objects:
        await made.objects.put(key, data)
    async with producer(kafka) as client:
        for message in (*ready.messages, *ready.messages):
            await client.send_and_wait(message.topic, message.value, key=message.key, headers=list(message.headers))


async def judged(made: WorkerContext, store: LocalFolder) -> Judgement:
    """What `intake reconcile` says once everybody is past the cut."""
    kafka = made.settings.kafka
    topics: tuple[Topic, ...] = all_topics(made.pack.department_codes)
    stages = {spec.name: spec.factory(made).reads for spec in PIPELINE}
    cut = await reach(kafka, made.engine, stages, topics, 60)
    assert cut.caught_up, [line for line in cut.lines if not line.done]
    return await Ledger(made.engine, store, kafka.naming, topics, stages).judge(cut, timedelta(0), [], 20)


async def forget_revision(made: WorkerContext, revision: int) -> None:
    """Take every record of a revision out of the ledger, as if none had been written."""
    async with made.engine.begin() as connection:
        await connection.execute(text("DELETE FROM ledger_records WHERE revision = :revision"), {"revision": revision})


@pytest.mark.parametrize("failpoints", ["", CRASHES], ids=["undisturbed", "crashing"])
async def test_a_fetched_file_corrects_the_assignment_and_nothing_is_missing_or_twice(
    engine: AsyncEngine, services: Services, topic_prefix: str, tmp_path: Path, failpoints: str
) -> None:
    kafka = KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix, partitions=2)
    store, channel = LocalFolder(tmp_path / "objects"), Channel()
    source = Source(hand_over, channel="email")
    made = replace(context(engine, kafka, channel, tmp_path), objects=store, media={"email": source})
    now = present()
    good, bad = (
        mail(
            f"{name}@x",
            f"{name}@customers.example",
            text="昨天买的牛奶已经过期了",
            attachments=(pending(name),),
            received_at=now,
            ingested_at=now,
        )
        for name in ("good", GONE)
    )
    typed = addition(good, text="店员说不能退", at=now, by="li")
    await create_topics(kafka, all_topics(made.pack.department_codes))

    with armed(failpoints, [spec.name for spec in PIPELINE]) as points:
        async with running(made):
            await deliver(made, ParsedAddition(0, typed))
            await deliver(made, ParsedComplaint(0, good), ParsedComplaint(1, bad))
            records = await first_of(kafka, QUALITY, 5)
            ends = await first_of(kafka, ACKNOWLEDGED, 2)
            judgement = await judged(made, store)
            await forget_revision(made, 3)
            without = await judged(made, store)

    assert all(point.passes >= point.at for point in points.points)
    told = [Assignment.model_validate_json(value) for value in records]
    of_good = sorted((one for one in told if one.complaint_id == good.complaint_id), key=lambda one: one.revision)
    of_bad = sorted((one for one in told if one.complaint_id == bad.complaint_id), key=lambda one: one.revision)
    assert [(one.kind, one.revision) for one in of_good] == [
        ("assignment.opened", 1),
        ("assignment.corrected", 2),
        ("assignment.corrected", 3),
    ]
    assert [[file.state for file in one.attachments] for one in of_good] == [["pending"], ["pending"], ["stored"]]
    assert "店员说不能退" in of_good[-1].text
    assert [[file.state for file in one.attachments] for one in of_bad] == [["pending"], ["failed"]]
    assert {Acknowledged.model_validate_json(value).complaint_id for value in ends} == {
        good.complaint_id,
        bad.complaint_id,
    }
    assert channel.asked.total() == 2
    assert (judgement.missing, judgement.twice) == ((), ())
    lost = [(one.finding.place.name, one.finding.subject, one.finding.revision) for one in without.missing]
    assert lost == [("received", good.complaint_id, 3)]
