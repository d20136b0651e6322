"""What the judgement is made with inside its transaction: the cut, the places of topics, who was given up, findings.

All of it is temporary: nothing of it outlives the transaction, and what is judged is never written to.
"""

from collections.abc import Sequence
from typing import Any

from aiokafka import TopicPartition
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from operations.ledger import places
from operations.ledger.cut import Cut, Offsets
from schemas.tables.auditor import Kind
from schemas.topics import SUSPENDED, Topic
from schemas.wire import Naming

SUSPENDED_TOPIC = "suspended"
"""The topic of suspended items, which is no place of its own: an item is received or suspended."""

_BY_TOPIC = {place.where: place.name for place in reversed(places.PLACES) if place.holds is places.Holds.RECORD}
"""Topic → its place; the first one where several lie on a topic, told apart by the kind of the row."""
_SETTINGS = (
    "SET LOCAL enable_nestloop = off",
    "SET LOCAL jit = off",
    "SET LOCAL work_mem = '128MB'",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
)
"""Tables of any size are joined by hash: what the planner guesses about temporary ones is not to be relied on."""
_TABLES = (
    "CREATE TEMP TABLE cut_topics (topic smallint, place text, department text) ON COMMIT DROP",
    'CREATE TEMP TABLE cut_noted (topic smallint, "partition" int, before bigint) ON COMMIT DROP',
    'CREATE TEMP TABLE cut_passed (stage text, topic smallint, "partition" int, passed bigint) ON COMMIT DROP',
    "CREATE TEMP TABLE found_missing (place text, subject uuid, revision int, detail text) ON COMMIT DROP",
    "CREATE TEMP TABLE found_twice (place text, subject uuid, revision int, detail text) ON COMMIT DROP",
    "CREATE TEMP TABLE listed_objects (key text) ON COMMIT DROP",
)
_NOTED = text(
    "INSERT INTO cut_noted SELECT topic, p, o FROM unnest(CAST(:names AS text[]), CAST(:partitions AS int[]), "
    "CAST(:offsets AS bigint[])) AS g(name, p, o) JOIN ledger_topics USING (name)"
)
_PASSED = text(
    "INSERT INTO cut_passed SELECT :stage, topic, p, o FROM unnest(CAST(:names AS text[]), "
    "CAST(:partitions AS int[]), CAST(:offsets AS bigint[])) AS g(name, p, o) JOIN ledger_topics USING (name)"
)
_TOPICS = text(
    "INSERT INTO cut_topics SELECT topic, place, department FROM unnest(CAST(:names AS text[]), "
    "CAST(:places AS text[]), CAST(:departments AS text[])) AS g(name, place, department) "
    "JOIN ledger_topics USING (name)"
)
# A letter that was neither sent again nor given up waits for a person; one that was discarded will lead to nothing.
_LETTERS = text(
    "CREATE TEMP TABLE letters ON COMMIT DROP AS SELECT l.dead_letter_id, min(l.stage) AS stage, t.topic, "
    'min(l."partition") AS "partition", min(l."offset") AS "offset", '
    f"bool_or(l.kind = {Kind.REPLAYED:d}) AS replayed, bool_or(l.kind = {Kind.DISCARDED:d}) AS discarded "
    "FROM ledger_letters l JOIN ledger_topics t ON t.name = l.topic GROUP BY l.dead_letter_id, t.topic"
)
# Sent again, it counts as passed once its replay is: until then, and when that failed too, nothing follows from it.
_GIVEN_UP = text(
    'CREATE TEMP TABLE given_up ON COMMIT DROP AS SELECT stage, topic, "partition", "offset" FROM letters '
    'WHERE NOT replayed UNION SELECT l.stage, l.topic, l."partition", l."offset" FROM letters l '
    'JOIN ledger_records r USING (topic, "partition", "offset") '
    f"JOIN ledger_records again ON again.topic = l.topic AND again.kind = {Kind.REPLAY:d} "
    "AND again.subject = r.subject AND again.topic = r.topic "
    'LEFT JOIN cut_passed c ON c.stage = l.stage AND c.topic = again.topic AND c."partition" = again."partition" '
    'LEFT JOIN letters k ON k.stage = l.stage AND k.topic = again.topic AND k."partition" = again."partition" '
    'AND k."offset" = again."offset" AND NOT k.replayed '
    'WHERE l.replayed AND (again."offset" >= coalesce(c.passed, 0) OR k.dead_letter_id IS NOT NULL)'
)


async def prepare(
    connection: AsyncConnection, cut: Cut, naming: Naming, topics: Sequence[Topic]
) -> dict[str, list[int]]:
    """Make the tables for this transaction; return place → its topics' numbers in the ledger."""
    for statement in (*_SETTINGS, *_TABLES):
        await connection.exec_driver_sql(statement)
    named = [(naming.topic(topic), _place_of(topic), _department_of(topic)) for topic in topics]
    named = [one for one in named if one[1]]
    await connection.execute(
        _TOPICS, dict(zip(("names", "places", "departments"), map(list, zip(*named, strict=True)), strict=True))
    )
    await connection.execute(_NOTED, _columns(cut.noted))
    for stage, passed in cut.passed.items():
        await connection.execute(_PASSED, {"stage": stage} | _columns(passed))
    await connection.execute(_LETTERS)
    await connection.execute(_GIVEN_UP)
    found: dict[str, list[int]] = {one[1]: [] for one in named}
    for row in await connection.exec_driver_sql("SELECT place, topic FROM cut_topics"):
        found[row.place].append(row.topic)
    return found


def _place_of(topic: Topic) -> str:
    if topic.name == SUSPENDED.name:
        return SUSPENDED_TOPIC
    return places.ASSIGNMENT.name if _department_of(topic) else _BY_TOPIC.get(topic.name, "")


def _department_of(topic: Topic) -> str:
    kind, _, rest = topic.name.partition(".")
    return rest.partition(".")[0] if kind == "departments" else ""


def _columns(offsets: Offsets) -> dict[str, list[Any]]:
    parts: list[TopicPartition] = list(offsets)
    return {
        "names": [part.topic for part in parts],
        "partitions": [part.partition for part in parts],
        "offsets": [offsets[part] for part in parts],
    }
