"""Cases, their members and the keys that find them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the deduplicate stage."""
    op.create_table(
        "case_members",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("case_seq", sa.Integer(), nullable=False),
        sa.Column(
            "tracking_number", sa.Text(), nullable=True, comment="null when another complaint had this number before"
        ),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("of", sa.Uuid(), nullable=True),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.Column("is_referral", sa.Boolean(), nullable=False),
        sa.Column(
            "stated",
            postgresql.JSONB(),
            nullable=False,
            comment="pseudonyms of stated product, batch, store and date",
        ),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_case_members")),
        sa.UniqueConstraint("case_id", "case_seq", name=op.f("uq_case_members_case_id_case_seq")),
        sa.UniqueConstraint("tracking_number", name=op.f("uq_case_members_tracking_number")),
    )
    op.create_table(
        "cases",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False, comment="complaint_id of the opener"),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False, comment="received_at of the opener"),
        sa.Column(
            "last_seq", sa.Integer(), nullable=False, comment="highest case_seq given; changed under this row's lock"
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_cases")),
    )
    op.create_table(
        "deduplicate_decisions",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("decision", postgresql.JSONB(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "revision", name=op.f("pk_deduplicate_decisions")),
    )
    op.create_table(
        "deduplicate_locks",
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_deduplicate_locks")),
    )
    op.create_table(
        "link_keys",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("key", "received_at", "complaint_id", name=op.f("pk_link_keys")),
    )
