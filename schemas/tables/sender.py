"""How each message of the outbox fares: written by the sender alone."""

from sqlalchemy import Column, DateTime, Index, Integer, Table, Text, Uuid, text

from schemas.tables.metadata import METADATA, about
from schemas.topics import Personal

OUTBOX_ATTEMPTS = Table(
    "outbox_attempts",
    METADATA,
    Column("outbox_id", Uuid, primary_key=True),
    Column("state", Text, nullable=False, comment="ready, claimed, sending, retry, sent, refused, unknown, given-up"),
    Column("owner", Text, comment="the process and task that holds the lease"),
    Column("lease_until", DateTime(timezone=True)),
    Column("attempt", Integer, nullable=False, comment="tries so far"),
    Column("address_index", Integer, nullable=False, comment="which of the addresses is tried"),
    Column("next_at", DateTime(timezone=True), nullable=False, comment="not before; for unknown: a person's time"),
    Column("vendor_id", Text),
    Column("error_class", Text, comment="of the last failure"),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("outcome", Text, comment="null while open"),
    Column("reason", Text),
    Column("settled_at", DateTime(timezone=True)),
    Column("published_at", DateTime(timezone=True), comment="null until Kafka acknowledged the result"),
    Index("ix_outbox_attempts_due", "next_at", postgresql_where=text("state IN ('ready', 'retry')")),
    Index("ix_outbox_attempts_held", "lease_until", postgresql_where=text("state IN ('claimed', 'sending')")),
    Index("ix_outbox_attempts_unclear", "next_at", postgresql_where=text("state = 'unknown' AND outcome IS NULL")),
    Index(
        "ix_outbox_attempts_unpublished",
        "settled_at",
        postgresql_where=text("outcome IS NOT NULL AND published_at IS NULL"),
    ),
    info=about("sender", 400, Personal.NONE),
)
