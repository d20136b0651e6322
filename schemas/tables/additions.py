"""Complaints that can still grow, what came before its complaint, and the files that are still to be fetched."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from schemas.tables.metadata import METADATA, about, lock_table
from schemas.topics import Personal

ADDITIONS_LOCKS = lock_table("additions")

ADDITIONS_DECISIONS = Table(
    "additions_decisions",
    METADATA,
    Column("complaint_id", Uuid, nullable=False, comment="addition_id, or one version of a complaint, else its id"),
    Column("revision", Integer, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("decision", JSONB, nullable=False, comment="with the complaint that was written, if one was"),
    Column("decided_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("complaint_id", "revision"),
    info=about("additions", 400, Personal.FULL),
)

GROWING_COMPLAINTS = Table(
    "growing_complaints",
    METADATA,
    Column("complaint_id", Uuid, primary_key=True),
    Column("revision", Integer, nullable=False, comment="the highest on complaints.received.v1"),
    Column("complaint", JSONB, nullable=False, comment="as of that revision"),
    Column("words", Text, comment="what additions brought, so that an update of the source keeps it"),
    Column("tasks_done", JSONB, nullable=False, comment="codes; an update of the source does not open them again"),
    Column("updated_at", DateTime(timezone=True), nullable=False, comment="time of the record that did it"),
    Column("keep_until", DateTime(timezone=True), nullable=False, comment="30 days after that, with a version 400"),
    Index(None, "keep_until"),
    info=about("additions", 400, Personal.FULL),
)

PARKED_ADDITIONS = Table(
    "parked_additions",
    METADATA,
    Column("addition_id", Uuid, primary_key=True),
    Column("complaint_id", Uuid, nullable=False),
    Column("addition", JSONB, nullable=False),
    Column("parked_at", DateTime(timezone=True), nullable=False, comment="time of its record"),
    Index(None, "complaint_id"),
    Index(None, "parked_at"),
    info=about("additions", 400, Personal.FULL),
)

MEDIA_JOBS = Table(
    "media_jobs",
    METADATA,
    Column("complaint_id", Uuid, nullable=False),
    Column("attachment_id", Uuid, nullable=False),
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("attachment", JSONB, nullable=False, comment="as it is pending, with the reference it is fetched by"),
    Column("give_up_at", DateTime(timezone=True), nullable=False, comment="the channel keeps it no longer"),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("complaint_id", "attachment_id"),
    Index(None, "noted_at"),
    info=about("additions", 30, Personal.FULL),
)

MEDIA_ATTEMPTS = Table(
    "media_attempts",
    METADATA,
    Column("complaint_id", Uuid, nullable=False),
    Column("attachment_id", Uuid, nullable=False),
    Column("state", Text, nullable=False, comment="the step to be done: fetch, publish, transcribe, delete; done"),
    Column("attempts", Integer, nullable=False, comment="tries of this step so far"),
    Column("next_at", DateTime(timezone=True), nullable=False, comment="not before"),
    Column("lease_until", DateTime(timezone=True)),
    Column("owner", Text, comment="who holds the lease"),
    Column("addition", JSONB, comment="what is published, from when it is known"),
    Column("error_class", Text, comment="of the last failure"),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("complaint_id", "attachment_id"),
    Index("ix_media_attempts_due", "next_at", postgresql_where=text("state <> 'done'")),
    info=about("fetcher", 30, Personal.FULL),
)
