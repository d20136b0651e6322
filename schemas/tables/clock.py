"""The promises: what the sweeper works from, one row for everything that arrived, read or unreadable."""

from sqlalchemy import Boolean, Column, DateTime, Index, Table, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB

from schemas.tables.metadata import METADATA, about, decision_table
from schemas.topics import Personal

CLOCK_DECISIONS = decision_table("clock")

PROMISES = Table(
    "promises",
    METADATA,
    Column("subject_id", Uuid, primary_key=True, comment="complaint_id or suspended_id"),
    Column("kind", Text, nullable=False, comment="complaint or suspended"),
    Column("state", Text, nullable=False, comment="open; a suspended one also replayed or discarded"),
    Column("tracking_number", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("is_automatic", Boolean, nullable=False),
    Column("page_shown", Boolean, nullable=False, comment="the number was shown where it was handed in"),
    Column("by_authority", Boolean, nullable=False, comment="answered through an authority, never by us"),
    Column("reply_channel", Text, nullable=False),
    Column("addresses", JSONB, nullable=False, comment="ways in order; a plain string: of reply_channel"),
    Column("language", Text),
    Column("subject", Text),
    Column("message_id", Text),
    Column("references", JSONB, nullable=False),
    Column("envelope_key", Text, comment="suspended only: the object that knows where an answer goes"),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index(None, "noted_at"),
    Index(None, "received_at"),
    Index(
        "ix_promises_owed", "due_at", postgresql_where=text("state = 'open' AND NOT is_automatic AND NOT by_authority")
    ),
    Index(None, "tracking_number"),
    Index("ix_promises_suspended", "received_at", postgresql_where=text("kind = 'suspended' AND state = 'open'")),
    info=about("clock", 400, Personal.FULL),
)
