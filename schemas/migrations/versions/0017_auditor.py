"""The ledger of the auditor."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "ledger_gaps",
        sa.Column("topic", sa.SmallInteger(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column(
            "last",
            sa.BigInteger(),
            nullable=False,
            comment="retention removed first … last before the auditor read them",
        ),
        sa.Column("noted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition", "first", name=op.f("pk_ledger_gaps")),
    )
    op.create_table(
        "ledger_horizon",
        sa.Column(
            "before", sa.DateTime(timezone=True), nullable=False, comment="rows of what ended before are removed"
        ),
        sa.Column("noted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("before", name=op.f("pk_ledger_horizon")),
    )
    op.create_table(
        "ledger_letters",
        sa.Column("dead_letter_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False, comment="RECORD while open, else REPLAYED or DISCARDED"),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column(
            "topic", sa.Text(), nullable=False, comment="where the record lies that failed, as the broker knows it"
        ),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("dead_letter_id", "kind", name=op.f("pk_ledger_letters")),
    )
    op.create_table(
        "ledger_positions",
        sa.Column("topic", sa.SmallInteger(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column(
            "next_offset",
            sa.BigInteger(),
            nullable=False,
            comment="everything before is in ledger_records or ledger_gaps",
        ),
        sa.Column("moved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition", name=op.f("pk_ledger_positions")),
    )
    op.create_table(
        "ledger_records",
        sa.Column("topic", sa.SmallInteger(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column(
            "subject",
            sa.Uuid(),
            nullable=True,
            comment="complaint_id, else delivery_id, suspended_id or dead_letter_id; null: unreadable",
        ),
        sa.Column("revision", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False, comment="see Kind"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="the record's own time"),
        sa.Column(
            "items",
            sa.ARRAY(sa.Uuid()),
            nullable=True,
            comment="of a delivery: what was read from it; of a complaint: stored attachments",
        ),
        sa.PrimaryKeyConstraint("topic", "partition", "offset", name=op.f("pk_ledger_records")),
    )
    op.create_table(
        "ledger_topics",
        sa.Column("topic", sa.SmallInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="as the broker knows it, prefix included"),
        sa.PrimaryKeyConstraint("topic", name=op.f("pk_ledger_topics")),
        sa.UniqueConstraint("name", name=op.f("uq_ledger_topics_name")),
    )
