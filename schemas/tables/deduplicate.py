"""Cases, their members, and the keys by which a later complaint finds them. Keys are pseudonyms."""

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from schemas.tables.metadata import METADATA, about, decision_table, lock_table
from schemas.topics import Personal

DEDUPLICATE_DECISIONS = decision_table("deduplicate")
DEDUPLICATE_LOCKS = lock_table("deduplicate")

CASES = Table(
    "cases",
    METADATA,
    Column("case_id", Uuid, primary_key=True),
    Column("opened_by", Uuid, nullable=False, comment="complaint_id of the opener"),
    Column("opened_at", DateTime(timezone=True), nullable=False, comment="received_at of the opener"),
    Column("last_seq", Integer, nullable=False, comment="highest case_seq given; changed under this row's lock"),
    info=about("deduplicate", 1095, Personal.NONE),
)

CASE_MEMBERS = Table(
    "case_members",
    METADATA,
    Column("complaint_id", Uuid, primary_key=True),
    Column("case_id", Uuid, nullable=False),
    Column("case_seq", Integer, nullable=False),
    Column("tracking_number", Text, unique=True, comment="null when another complaint had this number before"),
    Column("verdict", Text, nullable=False),
    Column("of", Uuid),
    Column("account", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("is_automatic", Boolean, nullable=False),
    Column("is_referral", Boolean, nullable=False),
    Column("stated", JSONB, nullable=False, comment="pseudonyms of stated product, batch, store and date"),
    UniqueConstraint("case_id", "case_seq"),
    info=about("deduplicate", 1095, Personal.NONE),
)

LINK_KEYS = Table(
    "link_keys",
    METADATA,
    Column("key", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("complaint_id", Uuid, nullable=False),
    PrimaryKeyConstraint("key", "received_at", "complaint_id"),
    info=about("deduplicate", 400, Personal.NONE),
)
