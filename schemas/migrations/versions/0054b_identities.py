"""People whom an identity provider knows."""

import sqlalchemy as sa
from alembic import op

revision = "0054b"
down_revision = None
branch_labels = None
depends_on = ("0033",)


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "staff_identities",
        sa.Column("issuer", sa.Text(), nullable=False, comment="of the identity provider"),
        sa.Column("subject", sa.Text(), nullable=False, comment="whom it calls so for good"),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["staff_accounts.account_id"],
            name=op.f("fk_staff_identities_account_id"),
        ),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_staff_identities")),
    )
    op.create_index(op.f("ix_staff_identities_account_id"), "staff_identities", ["account_id"])


def downgrade() -> None:
    """Remove it again."""
    op.drop_table("staff_identities")
