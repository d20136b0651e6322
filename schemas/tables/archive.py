"""What raw bytes lie in the object store: decision rows for the loop, one narrow row a delivery for the ledger."""

from sqlalchemy import BigInteger, Column, DateTime, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from schemas.tables.metadata import METADATA, about, decision_table
from schemas.topics import Personal

ARCHIVE_DECISIONS = decision_table("archive")

ARCHIVED = Table(
    "archived_deliveries",
    METADATA,
    Column("delivery_id", Uuid, primary_key=True),
    Column("object_key", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("channel", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("complaint_ids", JSONB, nullable=False),
    Column("suspended_ids", JSONB, nullable=False),
    Column("account", Text, comment="null for rows older than this column"),
    Column("source_place", Text, comment="where the source lists it, `uidvalidity/uid` of a mail; null: nowhere"),
    Index(None, "received_at"),
    Index(None, "account", "source_place"),
    info=about("archive", 1095, Personal.NONE),
)
