"""What departments report back and what became of it: the state of each case, and every report, also refused ones."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Identity, Index, Integer, Table, Text, Uuid, text

from schemas.tables.metadata import METADATA, about, decision_table, lock_table
from schemas.topics import Personal

CASEWORK_DECISIONS = decision_table("casework")
CASEWORK_LOCKS = lock_table("casework")

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
        "ix_case_states_unaccepted", "accept_by", postgresql_where=text("accepted_at IS NULL AND accept_by IS NOT NULL")
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
