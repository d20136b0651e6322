"""What was published again because its record was missing, and how often: written by the republisher alone."""

from sqlalchemy import Column, DateTime, Integer, Table, Text, Uuid

from schemas.tables.metadata import METADATA, about
from schemas.topics import Personal

REPUBLISHED = Table(
    "republished",
    METADATA,
    Column("subject_id", Uuid, primary_key=True, comment="complaint_id or suspended_id as the delivery names it"),
    Column("delivery_id", Uuid, nullable=False),
    Column("times", Integer, nullable=False),
    Column("begun_at", DateTime(timezone=True), nullable=False, comment="of the last time, by the database's clock"),
    Column("published_at", DateTime(timezone=True), comment="null: broken off, or not yet acknowledged by Kafka"),
    Column("outcome", Text, comment="received or suspended; null until published"),
    info=about("republisher", 1095, Personal.NONE),
)
