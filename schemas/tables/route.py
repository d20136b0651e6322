"""Which department answers for a case, and which escalations were raised. Ids and codes only."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    false,
)

from schemas.tables.metadata import METADATA, about, decision_table, lock_table
from schemas.topics import Personal

ROUTE_DECISIONS = decision_table("route")
ROUTE_LOCKS = lock_table("route")

ROUTE_CASES = Table(
    "route_cases",
    METADATA,
    Column("case_id", Uuid, primary_key=True),
    Column("department", Text, nullable=False, comment="fixed by the first record of the case to arrive"),
    Column("rule_id", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("routed_by", Uuid, nullable=False, comment="complaint_id of that record"),
    Column("routed_at", DateTime(timezone=True), nullable=False),
    Column(
        "unheard",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="fixed by a call nobody had heard: the first record that a rule claims fixes it anew",
    ),
    Column("corrected_by", Uuid, comment="correction_id of a person's decision that holds"),
    Column("corrected_at", DateTime(timezone=True)),
    Column("rerouted", Boolean, nullable=False, server_default=false(), comment="it named the department itself"),
    info=about("route", 1095, Personal.NONE),
)

ROUTE_MOVES = Table(
    "route_moves",
    METADATA,
    Column("case_id", Uuid, nullable=False, comment="the case it has left"),
    Column("complaint_id", Uuid, nullable=False),
    Column("revision", Integer, nullable=False, comment="the last one that left it"),
    Column("noted_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("case_id", "complaint_id"),
    info=about("route", 1095, Personal.NONE),
)

ROUTE_ESCALATIONS = Table(
    "route_escalations",
    METADATA,
    Column("case_id", Uuid, nullable=False),
    Column("level", Text, nullable=False),
    Column("rule_id", Text, nullable=False),
    Column("complaint_id", Uuid, nullable=False),
    Column("escalated_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("case_id", "level"),
    info=about("route", 1095, Personal.NONE),
)

ROUTE_ATTACHMENTS = Table(
    "route_attachments",
    METADATA,
    Column("attachment_id", Uuid, primary_key=True),
    Column("complaint_id", Uuid, nullable=False),
    Column("revision", Integer, nullable=False, comment="the newest that spoke of it"),
    Column("case_id", Uuid, nullable=False, comment="where that revision belongs"),
    Column("state", Text, nullable=False, comment="pending, stored, failed, refused, withheld"),
    Column("size_bytes", BigInteger, nullable=False),
    Column("object_key", Text, comment="where the bytes lie; null: we have none"),
    Index(None, "complaint_id"),
    info=about("route", 1095, Personal.NONE),
)
