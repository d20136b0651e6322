"""What we owe and send to customers: a guard row a complaint, a window a case, channel and recipient, the outbox."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Index, PrimaryKeyConstraint, Table, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB

from schemas.tables.metadata import METADATA, about, decision_table, lock_table
from schemas.topics import Personal

OUTBOX_NOTICE = "outbox"
"""The PostgreSQL notification that says: there is something new in the outbox."""

ACKNOWLEDGE_DECISIONS = decision_table("acknowledge")
ACKNOWLEDGE_LOCKS = lock_table("acknowledge")

ACKNOWLEDGEMENTS = Table(
    "acknowledgements",
    METADATA,
    Column("complaint_id", Uuid, primary_key=True, comment="or suspended_id; the first writer wins"),
    Column("case_id", Uuid, nullable=False),
    Column("tracking_number", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("outcome", Text, comment="null: the sender of outbox_id will know"),
    Column("reason", Text, nullable=False),
    Column("outbox_id", Uuid),
    Column("decided_by", Text, nullable=False, comment="stage or sweeper"),
    Column("decided_at", DateTime(timezone=True), nullable=False),
    Column("published_at", DateTime(timezone=True), comment="sweeper's outcomes only: acknowledged by Kafka"),
    Index(
        "ix_acknowledgements_unpublished",
        "decided_at",
        postgresql_where=text("decided_by = 'sweeper' AND outcome IS NOT NULL AND published_at IS NULL"),
    ),
    info=about("acknowledge", 1095, Personal.NONE),
)

ACKNOWLEDGEMENT_WINDOWS = Table(
    "acknowledgement_windows",
    METADATA,
    Column("case_id", Uuid, nullable=False),
    Column("channel", Text, nullable=False),
    Column("last_at", DateTime(timezone=True), comment="null until the first message"),
    Column("outbox_id", Uuid),
    Column("recipient_key", Text, nullable=False, comment="pseudonym of the address"),
    PrimaryKeyConstraint("case_id", "channel", "recipient_key"),
    info=about("acknowledge", 400, Personal.NONE),
)

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("outbox_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("complaint_id", Uuid, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("tracking_number", Text, nullable=False),
    Column("channel", Text, nullable=False, comment="of the complaint"),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("page_shown", Boolean, nullable=False, comment="counts as sent if no address takes the message"),
    Column("reply_channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("addresses", JSONB, nullable=False, comment="ways with their words, the next only after a definite refusal"),
    Column("subject", Text),
    Column("text", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("in_reply_to", Text),
    Column("references", JSONB, nullable=False),
    Column("case_token", Text),
    Column("recipient_key", Text, nullable=False, comment="pseudonym of the first address"),
    Column("subject_key", Text, comment="pseudonym of the customer's subject without prefixes and numbers"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("person_at", DateTime(timezone=True), nullable=False, comment="an unclear outcome goes to a person then"),
    Column("give_up_at", DateTime(timezone=True), nullable=False, comment="no more tries after this"),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("occasion", Text, comment="of another message than an acknowledgement: what it tells of"),
    Column("expires_at", DateTime(timezone=True), comment="of no use after this: not sent any more"),
    Column("sequence", BigInteger, comment="offset of the record that asked for it: the order within a millisecond"),
    Index(None, "noted_at"),
    Index(None, "recipient_key", "created_at"),
    Index(None, "complaint_id"),
    Index(None, "case_id"),
    info=about("acknowledge, notify", 400, Personal.FULL),
)

BOUNCES = Table(
    "acknowledgement_bounces",
    METADATA,
    Column("bounce_id", Uuid, primary_key=True, comment="complaint_id of the bounce as it came in"),
    Column("outbox_id", Uuid, nullable=False),
    Column("noted_at", DateTime(timezone=True), nullable=False),
    Index(None, "outbox_id"),
    info=about("acknowledge", 1095, Personal.NONE),
)
