"""What raw bytes lie in the object store."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the archive stage."""
    op.create_table(
        "archive_decisions",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("decision", postgresql.JSONB(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "revision", name=op.f("pk_archive_decisions")),
    )
    op.create_table(
        "archived_deliveries",
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("object_key", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("complaint_ids", postgresql.JSONB(), nullable=False),
        sa.Column("suspended_ids", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_archived_deliveries")),
    )
    op.create_index(op.f("ix_archived_deliveries_received_at"), "archived_deliveries", ["received_at"], unique=False)
