"""The ledger: which record of which complaint lies where. Ids and places only, never counters, never contents."""

from enum import IntEnum

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
)

from schemas.tables.metadata import METADATA, about
from schemas.topics import Personal


class Kind(IntEnum):
    """What a ledger row says of its record. Stored as a number, because there are millions of them."""

    RECORD = 0
    COPY = 1  # of an assignment: for a department that is not responsible
    REPLAY = 2  # sent again by an operator, for one stage only
    REPLAYED = 3  # the end of a suspended item or dead letter: it went on
    DISCARDED = 4  # the end of a suspended item or dead letter: a person gave it up
    UNREADABLE = 5  # no id was found in it
    ALARM = 6  # on the escalated topic: of the alarm stage, not of route
    WITHDRAWN = 7  # of an assignment: it takes a complaint off a department's list
    MESSAGE = 8  # of a result: of another message than the acknowledgement
    CASEWORK = 8  # on the escalated topic: of casework, which may raise a complaint more than once


LEDGER_TOPICS = Table(
    "ledger_topics",
    METADATA,
    Column("topic", SmallInteger, Identity(), primary_key=True),
    Column("name", Text, nullable=False, unique=True, comment="as the broker knows it, prefix included"),
    info=about("auditor", None, Personal.NONE),
)

LEDGER_POSITIONS = Table(
    "ledger_positions",
    METADATA,
    Column("topic", SmallInteger, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("next_offset", BigInteger, nullable=False, comment="everything before is in ledger_records or ledger_gaps"),
    Column("moved_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("topic", "partition"),
    info=about("auditor", None, Personal.NONE),
)

LEDGER_RECORDS = Table(
    "ledger_records",
    METADATA,
    Column("topic", SmallInteger, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("subject", Uuid, comment="complaint_id, else delivery_id, suspended_id or dead_letter_id; null: unreadable"),
    Column("revision", SmallInteger, nullable=False),
    Column("kind", SmallInteger, nullable=False, comment="see Kind"),
    Column("at", DateTime(timezone=True), nullable=False, comment="the record's own time"),
    Column("items", ARRAY(Uuid), comment="of a delivery: what was read from it; of a complaint: stored attachments"),
    PrimaryKeyConstraint("topic", "partition", "offset"),
    Index("ix_ledger_records_at", "at", postgresql_using="brin"),
    info=about("auditor", 90, Personal.NONE),
)
"""Kept until all of a complaint has ended and is older than INTAKE_LEDGER__RETENTION."""

LEDGER_LETTERS = Table(
    "ledger_letters",
    METADATA,
    Column("dead_letter_id", Uuid, nullable=False),
    Column("kind", SmallInteger, nullable=False, comment="RECORD while open, else REPLAYED or DISCARDED"),
    Column("stage", Text, nullable=False),
    Column("topic", Text, nullable=False, comment="where the record lies that failed, as the broker knows it"),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("complaint_id", Uuid),
    Column("at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("dead_letter_id", "kind"),
    info=about("auditor", 90, Personal.NONE),
)

LEDGER_GAPS = Table(
    "ledger_gaps",
    METADATA,
    Column("topic", SmallInteger, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False, comment="retention removed first … last before the auditor read them"),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("topic", "partition", "first"),
    info=about("auditor", None, Personal.NONE),
)

LEDGER_HORIZON = Table(
    "ledger_horizon",
    METADATA,
    Column("before", DateTime(timezone=True), primary_key=True, comment="rows of what ended before are removed"),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    info=about("auditor", None, Personal.NONE),
)
