"""The index: one row a complaint, its newest revision, with all it is found by and what a list shows of it."""

from sqlalchemy import Boolean, Column, DateTime, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

from schemas.tables.metadata import METADATA, about, decision_table
from schemas.topics import Personal

INDEX_DECISIONS = decision_table("index")

COMPLAINT_INDEX = Table(
    "complaint_index",
    METADATA,
    Column("complaint_id", Uuid, primary_key=True),
    Column("revision", Integer, nullable=False, comment="the highest that has come; a lower one changes nothing"),
    Column("tracking_number", Text, nullable=False),
    Column("case_id", Uuid, nullable=False),
    Column("case_seq", Integer, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("entry", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("sealed", Boolean, nullable=False, comment="a report to an authority: indexed without words and identity"),
    Column("automatic", Boolean, nullable=False),
    Column("kind", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("safety", Boolean, nullable=False),
    Column("store", Text, comment="as stated, else as found in the text"),
    Column("counter", Text),
    Column("product", Text),
    Column("order_numbers", ARRAY(Text), nullable=False, comment="canonical: stated and found"),
    Column("contact", Text, nullable=False, comment="masked, for lists"),
    Column("excerpt", Text, nullable=False, comment="how it begins, masked, for lists"),
    Column("subject", Text, comment="masked"),
    Column("text", Text, comment="masked, up to 4,000 characters; the terms are of what was written"),
    Column("language", Text),
    Column("attachments", Integer, nullable=False),
    Column("clocks", JSONB, nullable=False, comment="promised by what it says, and written by an authority"),
    Column("due_at", DateTime(timezone=True), comment="the earliest of them"),
    Column("terms", TSVECTOR, nullable=False, comment="schemas.terms: of the text; of persons pseudonyms"),
    Index(None, "tracking_number"),
    Index(None, "case_id", "case_seq"),
    Index(None, "received_at", "complaint_id"),
    Index(None, "terms", postgresql_using="gin"),
    Index(
        "ix_complaint_index_clocks",
        "due_at",
        postgresql_include=["complaint_id", "case_id", "clocks"],
        postgresql_where=text("NOT automatic AND due_at IS NOT NULL"),
    ),
    Index(
        "ix_complaint_index_several",
        "due_at",
        postgresql_where=text("NOT automatic AND jsonb_array_length(clocks) > 1"),
    ),
    info=about("index", 1095, Personal.FULL),
)
