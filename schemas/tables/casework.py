"""What departments report back and what became of it: the state of each case, and every report, also refused ones."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from schemas.tables.metadata import METADATA, about, lock_table
from schemas.topics import Personal

CASEWORK_DECISIONS = Table(
    "casework_decisions",
    METADATA,
    Column("complaint_id", Uuid, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("decision", JSONB, nullable=False),
    Column("decided_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("complaint_id", "revision"),
    info=about("casework", 400, Personal.FULL),
)
CASEWORK_LOCKS = lock_table("casework")
CASEWORK_BEGAN = Table(
    "casework_began",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("began_at", DateTime(timezone=True), nullable=False, comment="its first decision here"),
    info=about("casework", None, Personal.NONE),
)

CASE_STATES = Table(
    "case_states",
    METADATA,
    Column("case_id", Uuid, primary_key=True),
    Column("department", Text, nullable=False, comment="which answers for it now"),
    Column("state", Text, nullable=False, comment="routed, accepted, in-progress, need-information, answered, …"),
    Column("since", DateTime(timezone=True), nullable=False, comment="of this state"),
    Column("routed_at", DateTime(timezone=True), nullable=False, comment="to this department"),
    Column("accept_by", DateTime(timezone=True), comment="not accepted by then: escalated; null: nothing to accept"),
    Column("accepted_at", DateTime(timezone=True)),
    Column("answered_at", DateTime(timezone=True), comment="the first time"),
    Column("closed_at", DateTime(timezone=True), comment="null again when it is reopened"),
    Column("escalated_at", DateTime(timezone=True), comment="because nobody accepted it"),
    Column("rerouted", Integer, nullable=False, server_default="0", comment="times a rule sent it on after not-ours"),
    Column("satisfied", Boolean, comment="the customer's last answer; null: not asked or not answered"),
    Column("version", Integer, nullable=False, comment="counts changes"),
    Index(
        "ix_case_states_to_escalate",
        "accept_by",
        postgresql_where=text("accepted_at IS NULL AND accept_by IS NOT NULL AND escalated_at IS NULL"),
    ),
    Index(
        "ix_case_states_unaccepted",
        "accept_by",
        postgresql_where=text("accepted_at IS NULL AND accept_by IS NOT NULL AND closed_at IS NULL"),
    ),
    Index(None, "department", "state"),
    info=about("casework", 1095, Personal.NONE),
)

CASE_EVENTS = Table(
    "case_events",
    METADATA,
    Column("entry", BigInteger, Identity(always=True), primary_key=True),
    Column("event_id", Uuid, nullable=False, unique=True, comment="status_id, or named by what happened"),
    Column("case_id", Uuid, nullable=False),
    Column("complaint_id", Uuid, comment="null: all of the case"),
    Column("kind", Text, nullable=False, comment="a status of departments; routed, added, escalated, satisfaction"),
    Column("department", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False, comment="when it happened, as its source says"),
    Column("noted_at", DateTime(timezone=True), nullable=False),
    Column("by", Text, nullable=False),
    Column("text_for_customer", Text),
    Column("internal_note", Text),
    Column("suggested_department", Text),
    Column("verdict", Text, nullable=False, comment="applied, late, impossible, foreign, unknown-case"),
    Column("why", Text, comment="of every verdict but applied"),
    Index(None, "case_id", "at"),
    Index("ix_case_events_refused", "noted_at", postgresql_where=text("verdict <> 'applied'")),
    info=about("casework", 1095, Personal.FULL),
)

CASEWORK_FACTS = Table(
    "casework_facts",
    METADATA,
    Column("case_id", Uuid, primary_key=True),
    Column("opener", JSONB, nullable=False, comment="what an escalation says of the earliest complaint known"),
    Column("copies", JSONB, nullable=False, comment="departments that have a copy"),
    info=about("casework", 1095, Personal.MASKED),
)

CASEWORK_ORDERS = Table(
    "casework_orders",
    METADATA,
    Column("order_id", Uuid, primary_key=True, comment="named by the report or answer that caused it"),
    Column("case_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False, comment="reroute, reopen"),
    Column("department", Text, nullable=False, comment="which has the case from then on"),
    Column("previous", Text, nullable=False, comment="which had it"),
    Column("at", DateTime(timezone=True), nullable=False),
    info=about("casework", 1095, Personal.NONE),
)
"""What the stage decided and the pipeline has to follow: each becomes a revision of the complaints of its case."""

CASEWORK_ORDERS_DONE = Table(
    "casework_orders_done",
    METADATA,
    Column("order_id", Uuid, primary_key=True),
    Column("complaints", Integer, nullable=False, comment="that were told; 0: their records are no longer on the log"),
    Column("done_at", DateTime(timezone=True), nullable=False),
    info=about("follow-up", 1095, Personal.NONE),
)
