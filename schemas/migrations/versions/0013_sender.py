"""How each message of the outbox fares."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of the sender."""
    op.create_table(
        "outbox_attempts",
        sa.Column("outbox_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            comment="ready, claimed, sending, retry, sent, refused, unknown, given-up",
        ),
        sa.Column("owner", sa.Text(), nullable=True, comment="the process and task that holds the lease"),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False, comment="tries so far"),
        sa.Column("address_index", sa.Integer(), nullable=False, comment="which of the addresses is tried"),
        sa.Column(
            "next_at", sa.DateTime(timezone=True), nullable=False, comment="not before; for unknown: a person's time"
        ),
        sa.Column("vendor_id", sa.Text(), nullable=True),
        sa.Column("error_class", sa.Text(), nullable=True, comment="of the last failure"),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True, comment="null while open"),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "published_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="null until Kafka acknowledged the result",
        ),
        sa.PrimaryKeyConstraint("outbox_id", name=op.f("pk_outbox_attempts")),
    )
    op.create_index(
        "ix_outbox_attempts_due",
        "outbox_attempts",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('ready', 'retry')"),
    )
    op.create_index(
        "ix_outbox_attempts_held",
        "outbox_attempts",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("state IN ('claimed', 'sending')"),
    )
    op.create_index(
        "ix_outbox_attempts_unclear",
        "outbox_attempts",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("state = 'unknown' AND outcome IS NULL"),
    )
    op.create_index(
        "ix_outbox_attempts_unpublished",
        "outbox_attempts",
        ["settled_at"],
        unique=False,
        postgresql_where=sa.text("outcome IS NOT NULL AND published_at IS NULL"),
    )
