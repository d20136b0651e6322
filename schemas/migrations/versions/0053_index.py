"""The index of complaints, for searching."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0053"
down_revision = None
branch_labels = None
depends_on = ("0033",)


def upgrade() -> None:
    """Create the tables of the index stage; let the audit log be asked by what somebody looked at."""
    op.create_table(
        "index_decisions",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("decision", postgresql.JSONB(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "revision", name=op.f("pk_index_decisions")),
    )
    op.create_table("complaint_index", *_columns(), sa.PrimaryKeyConstraint("complaint_id", name="pk_complaint_index"))
    op.create_index(op.f("ix_complaint_index_tracking_number"), "complaint_index", ["tracking_number"])
    op.create_index(op.f("ix_complaint_index_case_id_case_seq"), "complaint_index", ["case_id", "case_seq"])
    op.create_index(
        op.f("ix_complaint_index_received_at_complaint_id"), "complaint_index", ["received_at", "complaint_id"]
    )
    op.create_index(op.f("ix_complaint_index_terms"), "complaint_index", ["terms"], postgresql_using="gin")
    op.create_index(
        op.f("ix_audit_log_object_ids"),
        "audit_log",
        ["object_ids"],
        postgresql_using="gin",
        postgresql_ops={"object_ids": "jsonb_path_ops"},
    )


def _columns() -> list[sa.Column[object]]:
    return [
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column(
            "revision", sa.Integer(), nullable=False, comment="the highest that has come; a lower one changes nothing"
        ),
        sa.Column("tracking_number", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("case_seq", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "sealed",
            sa.Boolean(),
            nullable=False,
            comment="a report to an authority: indexed without words and identity",
        ),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("safety", sa.Boolean(), nullable=False),
        sa.Column("store", sa.Text(), nullable=True, comment="as stated, else as found in the text"),
        sa.Column("counter", sa.Text(), nullable=True),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("order_numbers", postgresql.ARRAY(sa.Text()), nullable=False, comment="canonical: stated and found"),
        sa.Column("contact", sa.Text(), nullable=False, comment="masked, for lists"),
        sa.Column("excerpt", sa.Text(), nullable=False, comment="how it begins, masked, for lists"),
        sa.Column("subject", sa.Text(), nullable=True, comment="masked"),
        sa.Column(
            "text",
            sa.Text(),
            nullable=True,
            comment="masked, up to 4,000 characters; the terms are of what was written",
        ),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("attachments", sa.Integer(), nullable=False),
        sa.Column(
            "clocks",
            postgresql.JSONB(),
            nullable=False,
            comment="promised by what it says, and written by an authority",
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True, comment="the earliest of them"),
        sa.Column(
            "terms", postgresql.TSVECTOR(), nullable=False, comment="schemas.terms: of the text; of persons pseudonyms"
        ),
    ]
