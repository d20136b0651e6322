"""Who was alarmed about what: one row a complaint, and the batches that safety cases name. Ids and pseudonyms only."""

from sqlalchemy import Boolean, Column, DateTime, Index, Integer, PrimaryKeyConstraint, Table, Text, Uuid

from schemas.tables.metadata import METADATA, about, decision_table, lock_table
from schemas.topics import Personal

ALARM_DECISIONS = decision_table("alarm")
ALARM_LOCKS = lock_table("alarm")

ALARMS = Table(
    "alarms",
    METADATA,
    Column("complaint_id", Uuid, primary_key=True),
    Column("revision", Integer, nullable=False, comment="the first that named a danger"),
    Column("alarmed_at", DateTime(timezone=True), nullable=False, comment="time of its record"),
    Index(None, "alarmed_at"),
    info=about("alarm", 1095, Personal.NONE),
)

ALARM_BATCHES = Table(
    "alarm_batches",
    METADATA,
    Column("batch_key", Text, nullable=False, comment="pseudonym of a batch number, or of product and store"),
    Column("sender_key", Text, nullable=False, comment="pseudonym of who complains: one person is one case"),
    Column("complaint_id", Uuid, nullable=False),
    Column("tracking_number", Text, nullable=False),
    Column("product_key", Text, comment="pseudonym: one batch number of two products is two batches"),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("decided", Boolean, nullable=False, comment="people were asked about the batch because of it"),
    PrimaryKeyConstraint("batch_key", "sender_key"),
    Index(None, "received_at"),
    info=about("alarm", 400, Personal.NONE),
)
