"""The stops of stages."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table and its rule of one open stop a stage."""
    op.create_table(
        "runtime_stops",
        sa.Column("stop_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False, comment="Consumer group, prefix included"),
        sa.Column("reason", sa.Text(), nullable=False, comment="flood, offsets-lost or offsets-ahead"),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False, comment="Dead letters among the last `seen` records"),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column(
            "topic",
            sa.Text(),
            nullable=True,
            comment="Broker topic, partition and last offset of the batch at which it stopped",
        ),
        sa.Column("partition", sa.Integer(), nullable=True),
        sa.Column("offset", sa.BigInteger(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True, comment="Null while the stage is stopped"),
        sa.Column("resumed_by", sa.Text(), nullable=True),
        sa.Column("resumed_why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("stop_id", name=op.f("pk_runtime_stops")),
    )
    op.create_index(
        "uq_runtime_stops_open",
        "runtime_stops",
        ["stage"],
        unique=True,
        postgresql_where=sa.text("resumed_at IS NULL"),
    )
