"""Which ways to people are closed, what became of messages they were sent, where they were last: pseudonyms only."""

from sqlalchemy import Boolean, Column, DateTime, Index, PrimaryKeyConstraint, Table, Text, Uuid, func

from schemas.tables.metadata import METADATA, about, decision_table, lock_table
from schemas.topics import Personal

REACHABILITY_DECISIONS = decision_table("reachability")
REACHABILITY_LOCKS = lock_table("reachability")

CLOSED_WAYS = Table(
    "closed_ways",
    METADATA,
    Column("recipient_key", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("reason", Text, nullable=False, comment="opted-out, left, blocked, bounced, erased"),
    Column("closed_at", DateTime(timezone=True), comment="the last time; null while only known as reopened"),
    Column("reopened_at", DateTime(timezone=True), comment="the last time; the way is open when that is later"),
    PrimaryKeyConstraint("recipient_key", "channel", "reason"),
    info=about("reachability", None, Personal.NONE),
)
"""One row a reason, so that signals may come in any order and one reason's end does not end another."""

DELIVERY_REPORTS = Table(
    "delivery_reports",
    METADATA,
    Column("report_id", Uuid, primary_key=True, comment="signal_id"),
    Column("channel", Text, nullable=False),
    Column("outbox_id", Uuid, comment="null where the vendor names its own id only"),
    Column("vendor_id", Text),
    Column("recipient_key", Text),
    Column("is_delivered", Boolean, nullable=False),
    Column("code", Text, nullable=False, comment="the vendor's, empty where it gives none"),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index(None, "outbox_id"),
    Index(None, "vendor_id", "channel"),
    info=about("reachability", 400, Personal.NONE),
)

UNDELIVERED_MESSAGES = Table(
    "undelivered_messages",
    METADATA,
    Column("outbox_id", Uuid, primary_key=True, comment="told once that nobody got it after it was sent"),
    Column("noted_at", DateTime(timezone=True), nullable=False),
    info=about("reachability", 400, Personal.NONE),
)

VISITED_PLACES = Table(
    "visited_places",
    METADATA,
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("recipient_key", Text, nullable=False),
    Column("place", Text, nullable=False, comment="code of the store or counter whose QR code was scanned last"),
    Column("at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("channel", "account", "recipient_key"),
    info=about("reachability", 400, Personal.NONE),
)
