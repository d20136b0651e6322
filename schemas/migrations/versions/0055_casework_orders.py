"""What casework knows of a case besides its state, and what it orders the pipeline to do."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0055"
down_revision = None
branch_labels = None
depends_on = ("0051",)


def upgrade() -> None:
    """Create the tables of facts and orders."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "casework_facts",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column(
            "opener",
            postgresql.JSONB(),
            nullable=False,
            comment="what an escalation says of the earliest complaint known",
        ),
        sa.Column("copies", postgresql.JSONB(), nullable=False, comment="departments that have a copy"),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_casework_facts")),
    )
    op.create_table(
        "casework_orders",
        sa.Column("order_id", sa.Uuid(), nullable=False, comment="named by the report or answer that caused it"),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="reroute, reopen"),
        sa.Column("department", sa.Text(), nullable=False, comment="which has the case from then on"),
        sa.Column("previous", sa.Text(), nullable=False, comment="which had it"),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_casework_orders")),
    )
    op.create_table(
        "casework_orders_done",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column(
            "complaints",
            sa.Integer(),
            nullable=False,
            comment="that were told; 0: their records are no longer on the log",
        ),
        sa.Column("done_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_casework_orders_done")),
    )
