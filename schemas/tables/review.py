"""What people look at, what they said, and plain counts of what came: one row a complaint, no word of it."""

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Double, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from schemas.tables.metadata import METADATA, about, decision_table, lock_table
from schemas.topics import Personal

REVIEW_DECISIONS = decision_table("review")
REVIEW_LOCKS = lock_table("review")

REVIEWS = Table(
    "reviews",
    METADATA,
    Column("complaint_id", Uuid, primary_key=True),
    Column("case_id", Uuid, nullable=False),
    Column("tracking_number", Text, nullable=False),
    Column("channel", Text, nullable=False, comment="empty until the classified record has come"),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("classified_at", DateTime(timezone=True), comment="time of its first classified record"),
    Column("revision", Integer, nullable=False, comment="newest classified one, 0: none has come"),
    Column("asked_revision", Integer, nullable=False, comment="newest one the machine asked about, 0: none"),
    Column("needs_review", Boolean, nullable=False, comment="what the newest classified revision says"),
    Column("reasons", JSONB, nullable=False),
    Column("machine", JSONB, comment="what the machine says: kind, primary, secondary, safety, dissatisfaction"),
    Column("severity", Integer),
    Column("p", Double, comment="probability the machine gives to the primary category"),
    Column("margin", Double, comment="to the next one"),
    Column("rules_category", Text, comment="what the words of the pack alone would say"),
    Column("disagreement", Boolean, nullable=False, comment="rules and model say different things"),
    Column("policy", Text),
    Column("model", Text),
    Column("state", Text, nullable=False, comment="unasked, open, claimed, done"),
    Column("drawn_by", Text, comment="why people look at it"),
    Column("opened_at", DateTime(timezone=True)),
    Column("week", Text, comment="whose sample it is in"),
    Column("part", Text, comment="of the sample: uncertain, disagreement, random"),
    Column("owner", Text, comment="the member of staff who has claimed it"),
    Column("outcome", Text, comment="confirmed, corrected; revision, sealed: nobody had to look any more"),
    Column("done_by", Text),
    Column("done_at", DateTime(timezone=True)),
    Column("answered", JSONB, nullable=False, comment="the reasons there were when a person decided"),
    Column("label", JSONB, comment="what is right, as the person says: the same keys as `machine`"),
    Column("version", Integer, nullable=False, comment="counts changes; an act names the one it was decided on"),
    Index(None, "case_id"),
    Index(None, "classified_at"),
    Index(None, "week"),
    Index("ix_reviews_waiting", "received_at", postgresql_where=text("state IN ('open', 'claimed')")),
    Index("ix_reviews_done", "done_at", postgresql_where=text("outcome IN ('confirmed', 'corrected')")),
    info=about("review", 1095, Personal.NONE),
)

REVIEW_WEEKS = Table(
    "review_weeks",
    METADATA,
    Column("week", Text, primary_key=True, comment="2026-W47"),
    Column("population", Integer, nullable=False, comment="complaints it was drawn from"),
    Column("drawn", Integer, nullable=False),
    Column("drawn_at", DateTime(timezone=True), nullable=False),
    info=about("review", 1095, Personal.NONE),
)

REVIEW_COUNTS = Table(
    "review_counts",
    METADATA,
    Column("day", Date, primary_key=True, comment="of receipt, by the calendar of the pack"),
    Column("channel", Text, primary_key=True),
    Column("partition", Integer, primary_key=True, comment="so that no two batches wait for one row"),
    Column("measure", Text, primary_key=True, comment="kind, category, confidence, review, unfamiliar, length"),
    Column("bucket", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("total", Double, nullable=False, comment="sum of the measured values, for a mean"),
    info=about("review", 1095, Personal.NONE),
)

REVIEW_OPINIONS = Table(
    "review_opinions",
    METADATA,
    Column("complaint_id", Uuid, primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("state", Text, nullable=False, comment="waiting, given, given-up"),
    Column("tries", Integer, nullable=False),
    Column("next_at", DateTime(timezone=True), nullable=False, comment="not before"),
    Column("opinion", JSONB, comment="codes and probabilities; shown to people, decides nothing"),
    Column("model", Text, comment="who gave it"),
    Column("error", Text, comment="class of the last failure"),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    info=about("opinion", 365, Personal.MASKED),
)
