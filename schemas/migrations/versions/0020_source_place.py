"""Where the source itself lists a delivery, to compare what it offers with what is stored."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns to the archive's rows."""
    older = "null for rows older than this column"
    nowhere = "where the source lists it, `uidvalidity/uid` of a mail; null: nowhere"
    op.add_column("archived_deliveries", sa.Column("account", sa.Text(), nullable=True, comment=older))
    op.add_column("archived_deliveries", sa.Column("source_place", sa.Text(), nullable=True, comment=nowhere))
    op.create_index(
        op.f("ix_archived_deliveries_account_source_place"), "archived_deliveries", ["account", "source_place"]
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_index(op.f("ix_archived_deliveries_account_source_place"), table_name="archived_deliveries")
    op.drop_column("archived_deliveries", "source_place")
    op.drop_column("archived_deliveries", "account")
