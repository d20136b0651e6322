"""The safety alarm: which complaints have alarmed, and the batches that safety cases name."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0042"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the alarm stage."""
    op.create_table(
        "alarm_decisions",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("decision", postgresql.JSONB(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "revision", name=op.f("pk_alarm_decisions")),
    )
    op.create_table(
        "alarm_locks",
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_alarm_locks")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "alarms",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False, comment="the first that named a danger"),
        sa.Column("alarmed_at", sa.DateTime(timezone=True), nullable=False, comment="time of its record"),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_alarms")),
    )
    op.create_index(op.f("ix_alarms_alarmed_at"), "alarms", ["alarmed_at"])
    op.create_table(
        "alarm_batches",
        sa.Column(
            "batch_key", sa.Text(), nullable=False, comment="pseudonym of a batch number, or of product and store"
        ),
        sa.Column(
            "sender_key", sa.Text(), nullable=False, comment="pseudonym of who complains: one person is one case"
        ),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=False),
        sa.Column(
            "product_key",
            sa.Text(),
            nullable=True,
            comment="pseudonym: one batch number of two products is two batches",
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided", sa.Boolean(), nullable=False, comment="people were asked about the batch because of it"),
        sa.PrimaryKeyConstraint("batch_key", "sender_key", name=op.f("pk_alarm_batches")),
    )
    op.create_index(op.f("ix_alarm_batches_received_at"), "alarm_batches", ["received_at"])


def downgrade() -> None:
    """Remove them."""
    for table in ("alarm_batches", "alarms", "alarm_locks", "alarm_decisions"):
        op.drop_table(table)
