"""Every place that must hold something of a complaint, declared once: what the ledger looks for and names.

Each complaint that was stored is owed each of these as soon as the stage before has passed it: records by the ledger
rows of their topic (`ledger_records`), rows by their table, objects by the listing of the object store.
"""

from dataclasses import dataclass
from enum import StrEnum

from schemas import topics
from schemas.topics import Topic


class Holds(StrEnum):
    """What lies at a place."""

    RECORD = "record"
    ROW = "row"
    OBJECT = "object"


@dataclass(frozen=True, slots=True)
class Place:
    """One place. `where` is a topic without prefix (`departments.*` for all of them), a table, or a key pattern."""

    name: str
    holds: Holds
    where: str
    meaning: str


def _record(name: str, topic: Topic, meaning: str) -> Place:
    return Place(name, Holds.RECORD, topic.name, meaning)


def _decision(stage: str) -> Place:
    table = f"{stage}_decisions"
    return Place(f"{stage}-decision", Holds.ROW, table, f"what {stage} decided, so that a redelivery changes nothing")


DEPARTMENTS = "departments.*"

RAW = _record("raw", topics.DELIVERIES_RAW, "the delivery that carried it")
RECEIVED = _record("received", topics.RECEIVED, "the item as it was read, or else its suspended record")
DEDUPLICATED = _record("deduplicated", topics.DEDUPLICATED, "the complaint with its case")
CLASSIFIED = _record("classified", topics.CLASSIFIED, "and what it is about")
ASSIGNMENT = Place("assignment", Holds.RECORD, DEPARTMENTS, "the one record of the responsible department")
COPY = Place("copy", Holds.RECORD, DEPARTMENTS, "the record of each department that was to get a copy")
WITHDRAWN = Place(
    "withdrawn", Holds.RECORD, DEPARTMENTS, "the notice to each department that a complaint is not its own any more"
)
ESCALATED = _record("escalated", topics.ESCALATED, "the alarm that route decided to raise")
ALARM = Place("alarm", Holds.RECORD, topics.ESCALATED.name, "the safety alarm that the alarm stage decided to raise")
SEALED_ALARM = _record("sealed-alarm", topics.SEALED_ALARMS, "the same for a report to an authority")
REVIEW = _record("review", topics.REVIEW, "the question to a person that route decided to ask")
RESULT = _record("result", topics.OUTBOX_RESULTS, "what became of its acknowledgement, or of another message")
MESSAGE = _record("message", topics.MESSAGES, "what the customer is to be told besides")
ACKNOWLEDGED = _record("acknowledged", topics.ACKNOWLEDGED, "exactly one: how it was acknowledged")
DEAD_LETTER = _record(
    "dead-letter", topics.DEAD_LETTER, "its letter, for a record that a stage has passed and that names nobody"
)

PROMISE = Place("promise", Holds.ROW, "promises", "the promise of 24 hours")
ARCHIVED = Place("archived", Holds.ROW, "archived_deliveries", "where the bytes of its delivery lie")
MEMBER = Place("case-member", Holds.ROW, "case_members", "its place in its case")
GUARD = Place("guard", Holds.ROW, "acknowledgements", "that it was answered, or why not: once")
OUTBOX = Place("outbox", Holds.ROW, "outbox", "the message that answers it, or tells more")

RAW_OBJECT = Place("raw-object", Holds.OBJECT, "deliveries/<day>/<delivery_id>/raw", "the bytes of its delivery")
ENVELOPE = Place("envelope", Holds.OBJECT, "deliveries/<day>/<delivery_id>/envelope.json", "all else that is known")
ATTACHMENT = Place(
    "attachment",
    Holds.OBJECT,
    "complaints/<complaint_id>/attachments/<id>, under `sealed/` where withheld",
    "a file that came with it",
)

DECISIONS = {
    stage: _decision(stage)
    for stage in ("archive", "clock", "deduplicate", "route", "acknowledge", "confirm", "tasks", "alarm", "notify")
}
"""Stage → its decision rows."""

PLACES: tuple[Place, ...] = (
    RAW, RECEIVED, PROMISE, ARCHIVED, RAW_OBJECT, ENVELOPE, ATTACHMENT, DEDUPLICATED, MEMBER, CLASSIFIED, ASSIGNMENT,
    COPY, WITHDRAWN, ESCALATED, ALARM, SEALED_ALARM, REVIEW, GUARD, MESSAGE, OUTBOX, RESULT, ACKNOWLEDGED,
    DEAD_LETTER,
    *DECISIONS.values(),
)  # fmt: skip
"""All, in the order a complaint meets them."""

ONCE: dict[str, str] = {
    DEDUPLICATED.name: "one per complaint and revision",
    CLASSIFIED.name: "one per complaint and revision",
    ASSIGNMENT.name: "one per complaint and revision in each department's topic, and one responsible among all topics",
    ESCALATED.name: "one per complaint and revision, whatever the number of reasons",
    ALARM.name: "one per complaint, whatever the revision",
    SEALED_ALARM.name: "one per complaint, whatever the revision",
    REVIEW.name: "one per complaint and revision",
    ACKNOWLEDGED.name: "one per complaint, whatever the revision",
    DEAD_LETTER.name: "one open record per letter",
}
"""Where two offsets for the same are a finding. Records that an operator sent again for one stage never count.

Everywhere else several are legitimate: a delivery may come, and be published, again (deliveries.raw, received,
suspended: the stages drop what they know by its origin); an item's end is another record beside it (suspended,
dead-letter); a result may be published until Kafka has acknowledged it, and a bounce is a second one (outbox-results);
commands and status reports are other people's events.
"""
