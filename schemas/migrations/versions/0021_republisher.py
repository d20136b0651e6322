"""What was published again."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "republished",
        sa.Column(
            "subject_id", sa.Uuid(), nullable=False, comment="complaint_id or suspended_id as the delivery names it"
        ),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column(
            "begun_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="of the last time, by the database's clock",
        ),
        sa.Column(
            "published_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="null: broken off, or not yet acknowledged by Kafka",
        ),
        sa.Column("outcome", sa.Text(), nullable=True, comment="received or suspended; null until published"),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_republished")),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("republished")
