"""One-time codes of the customer's page, and how often somebody tried: pseudonyms, hashes and counts only."""

from sqlalchemy import Column, DateTime, Integer, PrimaryKeyConstraint, Table, Text, Uuid

from schemas.tables.metadata import METADATA, about
from schemas.topics import Personal

TRACK_CODES = Table(
    "track_codes",
    METADATA,
    Column("challenge_id", Uuid, primary_key=True, comment="whoever asked for it holds this, signed"),
    Column("number_key", Text, nullable=False, comment="pseudonym of the tracking number, also of one nobody has"),
    Column("code_hash", Text, nullable=False, comment="keyed; the code itself is not kept"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("expires_at", DateTime(timezone=True), nullable=False, index=True),
    Column("used_at", DateTime(timezone=True)),
    info=about("track", 1, Personal.NONE),
)

TRACK_COUNTS = Table(
    "track_counts",
    METADATA,
    Column("key", Text, nullable=False, comment="pseudonym of what is counted: an address, a number, both"),
    Column("ends_at", DateTime(timezone=True), nullable=False, index=True, comment="of the window it is counted in"),
    Column("count", Integer, nullable=False),
    PrimaryKeyConstraint("key", "ends_at"),
    info=about("track", 1, Personal.NONE),
)
