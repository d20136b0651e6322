"""Messages besides the acknowledgement: the notify stage, and what the outbox says of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0054"
down_revision = None
branch_labels = None
depends_on = ("0012", "0030")


def upgrade() -> None:
    """Create the tables of the stage; let the outbox say what a message tells of and until when it is of use."""
    op.create_table(
        "notify_decisions",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("decision", postgresql.JSONB(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "revision", name=op.f("pk_notify_decisions")),
    )
    op.create_table(
        "notify_locks",
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_notify_locks")),
        prefixes=["UNLOGGED"],
    )
    op.add_column(
        "outbox",
        sa.Column("occasion", sa.Text(), comment="of another message than an acknowledgement: what it tells of"),
    )
    op.add_column(
        "outbox",
        sa.Column("expires_at", sa.DateTime(timezone=True), comment="of no use after this: not sent any more"),
    )


def downgrade() -> None:
    """Remove them again."""
    op.drop_column("outbox", "expires_at")
    op.drop_column("outbox", "occasion")
    op.drop_table("notify_locks")
    op.drop_table("notify_decisions")
