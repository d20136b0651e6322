"""Which department answers for a case."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the route stage."""
    op.create_table(
        "route_decisions",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("decision", postgresql.JSONB(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "revision", name=op.f("pk_route_decisions")),
    )
    op.create_table(
        "route_locks",
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_route_locks")),
    )
    op.create_table(
        "route_cases",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False, comment="fixed by the first record of the case to arrive"),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("routed_by", sa.Uuid(), nullable=False, comment="complaint_id of that record"),
        sa.Column("routed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_route_cases")),
    )
    op.create_table(
        "route_escalations",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "level", name=op.f("pk_route_escalations")),
    )
