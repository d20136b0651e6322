"""Systemic clusters: what complaints of different customers share, and who was counted. All pseudonyms."""

from sqlalchemy import Boolean, Column, DateTime, Index, Integer, PrimaryKeyConstraint, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from schemas.tables.metadata import METADATA, about
from schemas.topics import Personal

CLUSTERS = Table(
    "clusters",
    METADATA,
    Column("cluster_id", Uuid, primary_key=True),
    Column("key", Text, nullable=False, comment="pseudonym of what is shared; changed under the lock of this key"),
    Column("by", Text, nullable=False, comment="batch, product-store, product-problem"),
    Column("first_at", DateTime(timezone=True), nullable=False, comment="earliest receipt"),
    Column("last_at", DateTime(timezone=True), nullable=False, comment="latest receipt, a day exact beyond the cap"),
    Column("size", Integer, nullable=False, comment="different customers, at most the cap"),
    Column("systemic", Boolean, nullable=False),
    Index(None, "key"),
    info=about("deduplicate", 1095, Personal.NONE),
)

CLUSTER_CUSTOMERS = Table(
    "cluster_customers",
    METADATA,
    Column("cluster_id", Uuid, nullable=False),
    Column("complaint_id", Uuid, nullable=False, comment="the complaint this customer was counted by"),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column(
        "known_by", JSONB, nullable=False, comment="pseudonyms of the customer: person, identifiers, ends of phones"
    ),
    PrimaryKeyConstraint("cluster_id", "complaint_id"),
    info=about("deduplicate", 1095, Personal.NONE),
)
