"""Members of staff, what they did, what they typed: written by the gateway's staff pages and `intake staff`."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from schemas.tables.metadata import METADATA, about
from schemas.topics import Personal

WRITER = "staff"

STAFF_ACCOUNTS = Table(
    "staff_accounts",
    METADATA,
    Column("account_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True, comment="what is typed to sign in, in lower case"),
    Column("display_name", Text, nullable=False),
    Column("password_hash", Text, nullable=False, comment="argon2id with its parameters"),
    Column("roles", JSONB, nullable=False),
    Column("stores", JSONB, nullable=False, comment="codes or names of stores; empty with no regions: all"),
    Column("regions", JSONB, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("disabled_at", DateTime(timezone=True)),
    Column("failed_tries", Integer, nullable=False, comment="in a row"),
    Column("locked_until", DateTime(timezone=True)),
    info=about(WRITER, None, Personal.FULL),
)

STAFF_IDENTITIES = Table(
    "staff_identities",
    METADATA,
    Column("issuer", Text, nullable=False, comment="of the identity provider"),
    Column("subject", Text, nullable=False, comment="whom it calls so for good"),
    Column("account_id", Uuid, ForeignKey("staff_accounts.account_id"), nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("issuer", "subject"),
    Index(None, "account_id"),
    info=about(WRITER, None, Personal.FULL),
)

STAFF_SESSIONS = Table(
    "staff_sessions",
    METADATA,
    Column("session_hash", Text, primary_key=True, comment="SHA-256 of what the cookie holds"),
    Column("account_id", Uuid, ForeignKey("staff_accounts.account_id"), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("last_seen_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Index(None, "account_id"),
    info=about(WRITER, 30, Personal.NONE),
)

AUDIT_LOG = Table(
    "audit_log",
    METADATA,
    Column("entry_id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("account_id", Uuid, comment="null: somebody at the command line, or nobody known"),
    Column("by", Text, comment="the system's user at the command line"),
    Column("action", Text, nullable=False, comment="code, e.g. sign-in, record.print, qr.revoke"),
    Column("object_ids", JSONB, nullable=False, comment="ids only, never a name or a contact"),
    Column("purpose", Text),
    Index(None, "at"),
    Index(None, "account_id", "at"),
    Index(None, "object_ids", postgresql_using="gin", postgresql_ops={"object_ids": "jsonb_path_ops"}),
    info=about(WRITER, 1095, Personal.NONE),
)

STAFF_ENTRIES = Table(
    "staff_entries",
    METADATA,
    Column("complaint_id", Uuid, primary_key=True),
    Column("tracking_number", Text, nullable=False, unique=True),
    Column("channel", Text, nullable=False),
    Column("entry", Text, nullable=False),
    Column("store", Text),
    Column("form", JSONB, nullable=False, comment="the fields as typed, for the record form"),
    Column("entered_by", Uuid, ForeignKey("staff_accounts.account_id"), nullable=False),
    Column("recorder", Text, nullable=False, comment="display name of that account at the time"),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("entered_at", DateTime(timezone=True), nullable=False),
    Index(None, "entered_by", "entered_at"),
    info=about(WRITER, 1095, Personal.FULL),
)

ADVERSE_REPORTS = Table(
    "adverse_reports",
    METADATA,
    Column("complaint_id", Uuid, primary_key=True),
    Column("tracking_number", Text, nullable=False, unique=True),
    Column("event_number", Text, nullable=False, comment="the store's own, else the tracking number"),
    Column("state", Text, nullable=False, comment="filed, returned, passed, handled"),
    Column("store", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("form", JSONB, nullable=False, comment="type, description, contact, handling, time, place as typed"),
    Column("filed_by", Uuid, ForeignKey("staff_accounts.account_id"), nullable=False),
    Column("filed_at", DateTime(timezone=True), nullable=False, comment="the last time, after it was sent back"),
    Column("passed_at", DateTime(timezone=True)),
    Column("handled_at", DateTime(timezone=True)),
    Index(None, "state", "filed_at"),
    info=about(WRITER, 1095, Personal.FULL),
)

ADVERSE_REPORT_STEPS = Table(
    "adverse_report_steps",
    METADATA,
    Column("step_id", BigInteger, Identity(always=True), primary_key=True),
    Column("complaint_id", Uuid, ForeignKey("adverse_reports.complaint_id"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("account_id", Uuid, ForeignKey("staff_accounts.account_id"), nullable=False),
    Column("by", Text, nullable=False, comment="display name of that account at the time"),
    Column("step", Text, nullable=False, comment="filed, returned, passed, handled"),
    Column("reason", Text, comment="why it was sent back, or what was done"),
    Index(None, "complaint_id"),
    info=about(WRITER, 1095, Personal.FULL),
)

QR_CODES = Table(
    "qr_codes",
    METADATA,
    Column("code_id", Text, primary_key=True),
    Column("store", Text, nullable=False),
    Column("counter", Text),
    Column("shelf", Text),
    Column("url", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("made_by", Uuid, comment="null: at the command line"),
    Column("revoked_at", DateTime(timezone=True)),
    Index(None, "revoked_at"),
    info=about(WRITER, None, Personal.NONE),
)
