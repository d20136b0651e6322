"""How each message of the outbox fares: written by the sender alone."""

from sqlalchemy import Column, DateTime, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from schemas.tables.metadata import METADATA, about
from schemas.topics import Personal

OUTBOX_ATTEMPTS = Table(
    "outbox_attempts",
    METADATA,
    Column("outbox_id", Uuid, primary_key=True),
    Column(
        "state",
        Text,
        nullable=False,
        comment="ready, claimed, sending, retry, sent, refused, covered, unknown, given-up",
    ),
    Column("owner", Text, comment="the process and task that holds the lease"),
    Column("lease_until", DateTime(timezone=True)),
    Column("attempt", Integer, nullable=False, comment="tries so far"),
    Column("address_index", Integer, nullable=False, comment="which of the ways is tried"),
    Column("next_at", DateTime(timezone=True), nullable=False, comment="not before; for unknown: a person's time"),
    Column("vendor_id", Text),
    Column("error_class", Text, comment="of the last failure"),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("outcome", Text, comment="null while open"),
    Column("reason", Text),
    Column("settled_at", DateTime(timezone=True)),
    Column("published_at", DateTime(timezone=True), comment="null until Kafka acknowledged the result"),
    Column("channel", Text, comment="of the way that is tried; null: of the first"),
    Column("passed", JSONB, comment="ways given up, and how each ended"),
    Column("tried_at", DateTime(timezone=True), comment="just before the last irrevocable byte"),
    Column("look_at", DateTime(timezone=True), comment="when to ask the vendor what became of it"),
    Column("looked_up", Integer, nullable=False, server_default="0", comment="times it was asked"),
    Index("ix_outbox_attempts_due", "next_at", postgresql_where=text("state IN ('ready', 'retry')")),
    Index("ix_outbox_attempts_held", "lease_until", postgresql_where=text("state IN ('claimed', 'sending')")),
    Index("ix_outbox_attempts_vendor_id", "vendor_id", postgresql_where=text("vendor_id IS NOT NULL")),
    Index("ix_outbox_attempts_look", "look_at", postgresql_where=text("state = 'unknown' AND outcome IS NULL")),
    Index("ix_outbox_attempts_unclear", "next_at", postgresql_where=text("state = 'unknown' AND outcome IS NULL")),
    Index(
        "ix_outbox_attempts_unpublished",
        "settled_at",
        postgresql_where=text("outcome IS NOT NULL AND published_at IS NULL"),
    ),
    Index(
        "ix_outbox_attempts_failed",
        "changed_at",
        postgresql_where=text("state IN ('unknown', 'refused', 'given-up') OR (state = 'retry' AND attempt >= 3)"),
    ),
    info=about("sender", 400, Personal.NONE),
)
