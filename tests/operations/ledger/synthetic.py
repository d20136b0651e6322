"""A ledger and the tables beside it as they are when complaints have gone all the way, made by the database itself.

Complaint `n` has the id `md5('complaint n')`, came with the delivery `md5('delivery n')`, and lies at offset `n` of
partition 0 of every topic it is on. All of it holds together: nothing is missing and nothing is there twice.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import md5
from pathlib import Path
from uuid import UUID

from aiokafka import TopicPartition
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from infra.objects import LocalFolder
from operations.ledger.cut import Cut
from operations.ledger.judging import Judgement, Ledger
from schemas import topics
from schemas.envelope import attachment_key
from schemas.tables import METADATA
from schemas.topics import Topic, all_topics
from schemas.wire import Naming

DAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
CUT_AT = DAY + timedelta(days=1)
TOPICS = all_topics(("quality", "finance", "logistics"))
STAGES: dict[str, tuple[Topic, ...]] = {
    "archive": (topics.DELIVERIES_RAW,),
    "clock": (topics.RECEIVED, topics.SUSPENDED),
    "alarm": (topics.RECEIVED,),
    "deduplicate": (topics.RECEIVED,),
    "classify": (topics.DEDUPLICATED,),
    "route": (topics.CLASSIFIED,),
    "acknowledge": (topics.CLASSIFIED,),
    "notify": (topics.MESSAGES,),
    "confirm": (topics.OUTBOX_RESULTS,),
    "tasks": (topics.DEDUPLICATED, topics.ACKNOWLEDGED, topics.OUTBOX_RESULTS, topics.COMMANDS),
}
ON: Mapping[str, int] = {
    topics.RECEIVED.name: 0,
    topics.DEDUPLICATED.name: 0,
    topics.CLASSIFIED.name: 0,
    "departments.quality.v1": 0,
    "departments.finance.v1": 1,
    "departments.logistics.v1": 7,
    topics.REVIEW.name: 0,
    topics.ESCALATED.name: 0,
    topics.OUTBOX_RESULTS.name: 0,
    topics.ACKNOWLEDGED.name: 0,
}
"""Topic → kind of the row a complaint has there."""

_MANY = "generate_series(0, :count - 1) AS n"
_ID = "CAST(md5('complaint ' || n) AS uuid)"
_DELIVERY = "CAST(md5('delivery ' || n) AS uuid)"
_FILE = "CAST(md5('file ' || n) AS uuid)"
_OUTBOX = "CAST(md5('outbox ' || n) AS uuid)"
_KEY = f"'deliveries/2026/11/20/' || {_DELIVERY} || '/raw'"
_ROUTED = (
    '\'{"copies": ["finance"], "raised": [{"level": "red"}], "review": true, "withdrawn": "logistics", '
    '"left": [{"revision": 1, "departments": ["logistics"]}]}\''
)
_CASE = "'T-' || n"

STATEMENTS = (
    f"INSERT INTO archived_deliveries (delivery_id, object_key, sha256, size_bytes, channel, received_at, "
    f"complaint_ids, suspended_ids) SELECT {_DELIVERY}, {_KEY}, '', 1, 'web', :day, '[]', '[]' FROM {_MANY}",
    f"INSERT INTO promises SELECT {_ID}, 'complaint', 'open', {_CASE}, 'web', 'form', :day, :day, false, true, false, "
    f"'email', '[]', null, null, null, '[]', null, :day FROM {_MANY}",
    f"INSERT INTO case_members SELECT {_ID}, {_ID}, 1, {_CASE}, 'new', null, 'form', :day, false, false, false "
    f"FROM {_MANY}",
    f"INSERT INTO acknowledgements SELECT {_ID}, {_ID}, {_CASE}, 'web', :day, null, '', {_OUTBOX}, 'stage', :day, null "
    f"FROM {_MANY}",
    f"INSERT INTO outbox SELECT {_OUTBOX}, 'acknowledgement', {_ID}, {_ID}, {_CASE}, 'web', :day, true, 'email', "
    f"'form', '[]', null, '', 'zh', null, '[]', null, '', null, :day, :day, :day, :day FROM {_MANY}",
    f"INSERT INTO outbox_attempts SELECT {_OUTBOX}, 'sent', null, null, 1, 0, :day, null, null, :day, 'sent', '', "
    f":day, :day FROM {_MANY}",
)
_DECISIONS = {
    "archive": ("deliveries.raw.v1", _DELIVERY, 1, "'{}'"),
    "clock": ("complaints.received.v1", _ID, 1, "'{}'"),
    "alarm": ("complaints.received.v1", _ID, 1, "'{}'"),
    "deduplicate": ("complaints.received.v1", _ID, 1, "'{}'"),
    "route": ("complaints.classified.v1", _ID, 1, _ROUTED),
    "acknowledge": ("complaints.classified.v1", _ID, 1, "'{\"results\": []}'"),
    "confirm": ("complaints.outbox-results.v1", _ID, 0, '\'{"outcome": "sent"}\''),
    "tasks": ("complaints.deduplicated.v1", _ID, 1, "'{\"applied\": true}'"),
}


def complaint_id(number: int) -> UUID:
    """The id of one of them."""
    return UUID(hex=_md5(f"complaint {number}"))


def delivery_id(number: int) -> UUID:
    """The id of the delivery it came with."""
    return UUID(hex=_md5(f"delivery {number}"))


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


async def fill(engine: AsyncEngine, count: int) -> None:
    """Make `count` complaints that have gone all the way, and nothing else."""
    named = {"count": count, "day": DAY}
    async with engine.begin() as connection:
        await connection.execute(text(f"TRUNCATE {', '.join(METADATA.tables)}"))
        names = [Naming().topic(topic) for topic in TOPICS]
        insert = text("INSERT INTO ledger_topics (name) SELECT unnest(CAST(:names AS text[]))")
        await connection.execute(insert, {"names": names})
        await _record(connection, "deliveries.raw.v1", named, _DELIVERY, f"ARRAY[{_ID}]")
        for topic, kind in ON.items():
            files = f"ARRAY[{_FILE}]" if topic == topics.RECEIVED.name else "CAST(null AS uuid[])"
            await _record(connection, topic, named, _ID, files, kind)
        for statement in STATEMENTS:
            await connection.execute(text(statement), named)
        for stage, (topic, subject, revision, decision) in _DECISIONS.items():
            statement = (
                f"INSERT INTO {stage}_decisions SELECT {subject}, {revision}, '{topic}', 0, n, {decision}, :day "
                f"FROM {_MANY}"
            )
            await connection.execute(text(statement.replace(": [", "\\: [").replace(": {", "\\: {")), named)


async def _record(
    connection: AsyncConnection, topic: str, named: dict[str, object], subject: str, items: str, kind: int = 0
) -> None:
    statement = (
        f"INSERT INTO ledger_records SELECT (SELECT topic FROM ledger_topics WHERE name = '{topic}'), 0, n, {subject}, "
        f"1, {kind}, :day, {items} FROM {_MANY}"
    )
    await connection.execute(text(statement), named)


def store_files(folder: Path, count: int) -> LocalFolder:
    """The objects of all of them, in a store."""
    for number in range(count):
        delivery = folder / f"deliveries/2026/11/20/{delivery_id(number)}"
        attached = folder / attachment_key(complaint_id(number), UUID(hex=_md5(f"file {number}")))
        attached.parent.mkdir(parents=True)
        delivery.mkdir(parents=True)
        for file in (delivery / "raw", delivery / "envelope.json", attached):
            file.write_bytes(b"x")
    return LocalFolder(folder)


def cut(**passed: int) -> Cut:
    """A cut that everything has passed; a stage named here has come to this offset only."""
    ends = {TopicPartition(topic.name, 0): 10**9 for topic in TOPICS}
    stages = {
        stage: {TopicPartition(topic.name, 0): passed.get(stage, 10**9) for topic in reads}
        for stage, reads in STAGES.items()
    }
    return Cut(CUT_AT, ends, stages, ())


async def judge(
    engine: AsyncEngine, store: LocalFolder, at: Cut | None = None, stopped: Sequence[str] = ()
) -> Judgement:
    """The judgement at a cut."""
    ledger = Ledger(engine, store, Naming(), TOPICS, STAGES)
    return await ledger.judge(at or cut(), timedelta(minutes=10), stopped, 20)
