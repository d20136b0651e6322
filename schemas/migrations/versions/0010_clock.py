"""The promises of 24 hours."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the promises and the clock's decisions."""
    op.create_table(
        "clock_decisions",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("decision", postgresql.JSONB(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "revision", name=op.f("pk_clock_decisions")),
    )
    op.create_table(
        "promises",
        sa.Column("subject_id", sa.Uuid(), nullable=False, comment="complaint_id or suspended_id"),
        sa.Column("kind", sa.Text(), nullable=False, comment="complaint or suspended"),
        sa.Column("state", sa.Text(), nullable=False, comment="open; a suspended one also replayed or discarded"),
        sa.Column("tracking_number", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.Column("page_shown", sa.Boolean(), nullable=False, comment="the number was shown where it was handed in"),
        sa.Column("by_authority", sa.Boolean(), nullable=False, comment="answered through an authority, never by us"),
        sa.Column("reply_channel", sa.Text(), nullable=False),
        sa.Column("addresses", postgresql.JSONB(), nullable=False, comment="tried in order"),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("references", postgresql.JSONB(), nullable=False),
        sa.Column(
            "envelope_key",
            sa.Text(),
            nullable=True,
            comment="suspended only: the object that knows where an answer goes",
        ),
        sa.Column("noted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_promises")),
    )
    op.create_index(op.f("ix_promises_noted_at"), "promises", ["noted_at"], unique=False)
    op.create_index(op.f("ix_promises_received_at"), "promises", ["received_at"], unique=False)
