"""Cases, their members, the keys and prints a later complaint finds them by, and who is who. All pseudonyms."""

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    false,
    text,
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
    Column(
        "disclosable",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="its sender is proven to be that of the earlier complaint it is linked with",
    ),
    Column(
        "same_recipient",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="it is answered at the address of the earlier complaint it is linked with",
    ),
    Column("repeat_count", Integer, comment="how often this customer has had this problem, for a repeat"),
    Column("sealed", Boolean, nullable=False, server_default=false(), comment="nothing may be linked with it"),
    Column("corrected_by", Uuid, comment="correction_id of the person's decision that placed it"),
    Column("ruled_by", Uuid, comment="correction_id of the last decision about it that was heard, followed or not"),
    Column("ruled_at", DateTime(timezone=True), comment="the time of that decision"),
    UniqueConstraint("case_id", "case_seq"),
    Index(
        "ix_case_members_suspected",
        "received_at",
        postgresql_where=text("verdict = 'suspected' AND ruled_by IS NULL AND NOT sealed"),
    ),
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

COMPLAINT_PRINTS = Table(
    "complaint_prints",
    METADATA,
    Column("complaint_id", Uuid, primary_key=True),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("identity", JSONB, nullable=False, comment="pseudonyms of the sender's identifiers and name"),
    Column("facts", JSONB, nullable=False, comment="pseudonyms of order, batch, product, store and day"),
    Column("shingles", LargeBinary, nullable=False, comment="keyed hashes of what the text says, 4 bytes each"),
    info=about("deduplicate", 400, Personal.NONE),
)

PERSONS = Table(
    "persons",
    METADATA,
    Column("person_id", Uuid, primary_key=True),
    Column("noted_at", DateTime(timezone=True), nullable=False),
    info=about("deduplicate", 1095, Personal.NONE),
)

PERSON_IDENTIFIERS = Table(
    "person_identifiers",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("person_id", Uuid, nullable=False, comment="changed under the lock of this person's row"),
    Column("kind", Text, nullable=False, comment="phone, email, openid, customer_no"),
    Column("via", Text, comment="the identifier beside which it came to its person"),
    Column("proven", Boolean, nullable=False, comment="a complaint whose sender was proven by it has come"),
    Column("complaints", Integer, nullable=False, comment="how many complaints gave it"),
    Column("shared", Boolean, nullable=False, comment="given by so many people that it is nobody's own"),
    Column("partners", JSONB, nullable=False, comment="short pseudonyms of what it was given together with, by kind"),
    Index(None, "person_id"),
    info=about("deduplicate", 1095, Personal.NONE),
)

PERSON_MERGES = Table(
    "person_merges",
    METADATA,
    Column("complaint_id", Uuid, nullable=False, comment="which complaint was the reason"),
    Column("from_person", Uuid, nullable=False),
    Column("to_person", Uuid, nullable=False),
    Column("kind", Text, nullable=False, comment="merged, split or parted"),
    Column("keys", JSONB, nullable=False, comment="the identifiers that moved: enough to move them back"),
    Column("noted_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("complaint_id", "from_person", "to_person"),
    Index("ix_person_merges_parted", "from_person", "to_person", postgresql_where=text("kind = 'parted'")),
    info=about("deduplicate", 1095, Personal.NONE),
)
