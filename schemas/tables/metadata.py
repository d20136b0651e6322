"""What all tables share: naming of constraints, the declaration of writer, retention and personal data."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, MetaData, PrimaryKeyConstraint, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from schemas.topics import Personal

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def about(writer: str, retention_days: int | None, personal: Personal) -> dict[str, object]:
    """The `info` every table carries: its one writing stage, days kept (None: for ever), class of personal data."""
    return {"writer": writer, "retention_days": retention_days, "personal": personal}


def decision_table(stage: str, metadata: MetaData = METADATA) -> Table:
    """The stage's narrow decision rows: one per (complaint, revision), with the origin of the record that made it.

    The same origin again is a replay (emit the same), another origin is a redelivery (emit nothing). Rows
    outlive erasure as id-only tombstones, so that no replay or restore brings a complaint back.
    """
    return Table(
        f"{stage}_decisions",
        metadata,
        Column("complaint_id", Uuid, nullable=False),
        Column("revision", Integer, nullable=False),
        Column("topic", Text, nullable=False),
        Column("partition", Integer, nullable=False),
        Column("offset", BigInteger, nullable=False),
        Column("decision", JSONB, nullable=False),
        Column("decided_at", DateTime(timezone=True), nullable=False),
        PrimaryKeyConstraint("complaint_id", "revision"),
        info=about(stage, None, Personal.NONE),
    )


def lock_table(stage: str, metadata: MetaData = METADATA) -> Table:
    """The stage's row locks: one row per blocking key, held for the length of a batch transaction.

    Row locks, because advisory locks run out of shared memory at about 20,000 (measured on PostgreSQL 18). Without
    write-ahead log: after a crash nobody holds one, and the server may empty the table.
    """
    return Table(
        f"{stage}_locks",
        metadata,
        Column("key", Text, primary_key=True),
        info=about(stage, 90, Personal.NONE),
        prefixes=["UNLOGGED"],
    )
