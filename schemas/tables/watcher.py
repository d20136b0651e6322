"""What the watcher has told people about: one row for each time something was wrong. Counts and names of parts only."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from schemas.tables.metadata import METADATA, about
from schemas.topics import Personal

ALERTS = Table(
    "alerts",
    METADATA,
    Column("alert_id", BigInteger, Identity(), primary_key=True),
    Column("key", Text, nullable=False, comment="the same as long as the same thing is wrong"),
    Column("kind", Text, nullable=False),
    Column("level", Text, nullable=False, comment="red or amber"),
    Column("opened_at", DateTime(timezone=True), nullable=False, comment="since when it was wrong"),
    Column("said", JSONB, nullable=False, comment="object, sentence and next step, zh and en"),
    Column("at_risk", Integer, nullable=False, comment="complaints, as last seen"),
    Column("told", JSONB, nullable=False, comment="target → when it was told last that this is wrong"),
    Column("recovery_told", JSONB, nullable=False, comment="target → when it was told that this is over"),
    Column("notified_at", DateTime(timezone=True), comment="the last time any target was told; null: nobody yet"),
    Column("closed_at", DateTime(timezone=True), comment="null while it is wrong"),
    Column("recovered_at", DateTime(timezone=True), comment="whoever was told it is wrong was told it is over"),
    Index("uq_alerts_open", "key", unique=True, postgresql_where=text("closed_at IS NULL")),
    Index(
        "ix_alerts_unrecovered",
        "closed_at",
        postgresql_where=text("closed_at IS NOT NULL AND recovered_at IS NULL"),
    ),
    Index(None, "opened_at"),
    Index(None, "key"),
    info=about("watcher", 400, Personal.NONE),
)

WATCH_LEASES = Table(
    "watch_leases",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False, comment="random, of one start of a process"),
    Column("lease_until", DateTime(timezone=True), nullable=False, comment="then another watcher may take over"),
    info=about("watcher", None, Personal.NONE),
)
